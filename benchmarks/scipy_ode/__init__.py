"""Benchmarks of solvers of differential equations."""
