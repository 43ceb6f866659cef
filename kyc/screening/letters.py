"""Which names share too few letters for an alignment to be worth its time.

A name is a bag of letters; two bags overlap from 0 to 1 (Dice). What retrieval finds at a low cosine is
mostly chance, and most of that shows here, thousands of pairs at once, before any name is put together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.sparse import csr_matrix

from kyc.screening.arrays import Array
from kyc.screening.names import LATIN, NameForm

#: Letters of a bag: a to z, and digits together with ten of them.
BINS = 32
#: Overlap and cosine together: below this the names are aligned only where letters cannot tell.
LEAST_TOGETHER = 1.25


def bag(text: str) -> Array:
    """How often each letter stands in ASCII text: BINS counts, at most 255 each."""
    counts = np.bincount(np.frombuffer(text.encode(), dtype=np.uint8) % BINS, minlength=BINS)
    return np.minimum(counts, 255).astype(np.uint8)


def bags(words: Sequence[str], of_names: Array, at: Array) -> Array:
    """The bags of names that are made of `words[of_names[at[x] : at[x + 1]]]`, one row each."""
    by_word = np.stack([bag(word) for word in words]) if words else np.zeros((0, BINS), dtype=np.uint8)
    names = csr_matrix(
        (np.ones(len(of_names), dtype=np.int32), of_names, at), shape=(len(at) - 1, len(words))
    )
    together: Array = np.minimum(names @ by_word.astype(np.int32), 255).astype(np.uint8)
    return together


def can_tell(name: NameForm) -> bool:
    """Whether letters say how alike a name is: not for other scripts, nor for initials."""
    return all(each.script == LATIN and len(each.form) > 1 for each in name.tokens)


def overlap(ours: Array, theirs: Array) -> Array:
    """The share of letters in common, 0..1, row by row. Symmetric."""
    common = np.minimum(ours, theirs).sum(axis=1, dtype=np.int32)
    size = ours.sum(axis=1, dtype=np.int32) + theirs.sum(axis=1, dtype=np.int32)
    found: Array = 2.0 * common / np.maximum(1, size)
    return found
