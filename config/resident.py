"""What a process that lives long does once, when everything it needs is loaded."""

import gc

#: New objects before the youngest generation is looked through (Python: 700). Comparing names makes tuples by
#: the thousand that counting frees at once: looking for cycles among them took a tenth of the time.
NEW_OBJECTS = 20_000


def settle() -> None:
    """Keep what is loaded out of the collector's sight.

    A full collection walks every object of the program and of the index's caches, half a million: 240 ms in
    which a process answers nobody. What is loaded stays, and its pages stay shared after a fork; what
    requests leave, the younger generations find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(NEW_OBJECTS, 10, 500)
