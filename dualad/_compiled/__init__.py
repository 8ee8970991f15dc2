"""Derivatives as machine code: Numba and llvmlite, imported only when they are needed."""
