"""Settings that every test shares."""

from __future__ import annotations

from hypothesis import settings

# The machines that run the tests are shared, so a slow example says nothing; and every run looks
# at the same examples, so that a failure can be repeated.
settings.register_profile("dualad", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("dualad")
