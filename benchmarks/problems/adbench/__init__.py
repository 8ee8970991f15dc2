"""ADBench's four objectives, written from their definitions.

F. Srajer, Z. Kukelova, A. Fitzgibbon, "A benchmark of selected algorithmic differentiation tools on
some problems in computer vision and machine learning", Optimization Methods and Software 33, 2018.
"""

from . import bundle, gmm, hand, lstm

PROBLEMS = (*gmm.PROBLEMS, *bundle.PROBLEMS, *lstm.PROBLEMS, *hand.PROBLEMS)
