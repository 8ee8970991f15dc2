"""One request to the allocator, made when dualad is imported.

A derivative allocates and frees many arrays of the same few sizes. glibc gives freed memory of
more than 128 KiB back to the system until an array of that size has been freed once; from then on
it keeps as much at hand. Each page that comes back from the system costs more than the arithmetic
on it: gradients at 10^4 to 10^6 elements take 2 to 6 times as long. So the largest array that has
this effect is allocated and freed here, without touching its pages (0.05 ms, no memory). Other
allocators take no notice.
"""

from __future__ import annotations

import numpy as np

LARGEST = 2**25 - 2**13  # bytes; glibc's limit is 32 MiB, its own header included


def keep_pages() -> None:
    """Raise the size up to which the allocator keeps freed memory for the next array."""
    np.empty(LARGEST, np.uint8)
