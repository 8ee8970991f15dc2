"""Benchmarks in asv's form, and the problems that they share with the tests."""
