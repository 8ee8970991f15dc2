"""Other people's code as it stands, differentiated and judged by finite differences.

``python -m benchmarks.existing.packages fluids ht chemicals pvlib`` takes every public function of
packages from PyPI (install them first), with arguments from the doctests or a fixed generator.
``python -m benchmarks.existing.scipy_functions FOLDER`` takes SciPy's collection of test functions
for global optimisation; FOLDER is ``benchmarks`` of SciPy's source package.
"""
