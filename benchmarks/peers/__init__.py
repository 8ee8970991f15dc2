"""The shared problems with other packages beside dualad: `python -m benchmarks.peers`.

Each peer differentiates the same function, and its answer is compared before it is timed. The NumPy
functions of `benchmarks.problems` are run as they stand, with the peer's own namespace in place of
`np` (`rebind`); where a peer's users would write another form, it is in `forms`.

`--only WORD` takes the rows whose names contain the word, `--write` writes `docs/speed.md`, and
`--quick` takes a few runs of each, which says little.
"""
