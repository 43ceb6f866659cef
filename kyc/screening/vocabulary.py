"""The words of an index, and which of them resemble a word that is asked for.

Words within the scorer's edits are found by the pigeonhole principle: a word cut into k + 1 parts keeps one
part whole through k edits, at most k letters from its place (a swap of two letters counts as two edits there,
and is looked up by itself where only one is allowed). Other keys of a word are its spelling skeleton,
sound, consonants and meanings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any
from zlib import crc32

import numpy as np
from rapidfuzz.distance import OSA
from rapidfuzz.process import cpdist

from kyc.screening import alike
from kyc.screening.arrays import Array, Lists, Strings
from kyc.screening.names import ABJAD, EAST_ASIAN, LEGAL, NUMBER, Token
from kyc.screening.spelling import syllables


def key(text: str) -> int:
    """A 64-bit key of a string."""
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "little")


def letters(word: str) -> int:
    """The letters that occur in a word, a bit each (digits share the bits of six)."""
    mask = 0
    for code in word.encode():
        mask |= 1 << ((code - 97) % 32)
    return mask


def budget(length: int) -> int:
    """How many edits a word of this length may have."""
    return 3 if length >= alike.THREE else 2 if length >= alike.TWO else 1 if length >= alike.ONE else 0


#: The same by length, for many words at once.
_BUDGETS = np.array([budget(length) for length in range(alike.THREE + 1)], dtype=np.int32)

#: Side by side: which of the words asked for, the number of a term, how much they resemble each other.
_Resembling = tuple[Array, Array, Array]


def _cuts(length: int, edits: int) -> list[tuple[int, int]]:
    """The edits + 1 parts of a word of this length."""
    marks = [length * x // (edits + 1) for x in range(edits + 2)]
    return list(pairwise(marks))


def part_keys(word: str) -> Iterator[int]:
    """Keys under which a word is filed: its parts, for every number of edits a longer word may have."""
    raw = word.encode()
    for edits in sorted(
        {budget(len(word)), budget(len(word) + 1), budget(len(word) + 2), budget(len(word) + 3)}
    ):
        if edits and len(raw) > edits:
            for part, (start, end) in enumerate(_cuts(len(raw), edits)):
                yield (edits << 48 | len(raw) << 40 | part << 36) | crc32(raw[start:end])


def _asked_keys(word: str) -> list[int]:
    """Keys under which words that resemble this one are filed."""
    raw = word.encode()
    return [base | crc32(raw[at:end]) for base, at, end in _plan(len(raw))]


@lru_cache(maxsize=256)
def _plan(size: int) -> list[tuple[int, int, int]]:
    """What to look up for a word of this many letters: (base of the key, from, to)."""
    found = []
    for length in range(max(2, size - 3), size + 4):
        edits = budget(max(length, size))
        difference = length - size
        if not edits or abs(difference) > edits or length <= edits:
            continue
        for part, (start, end) in enumerate(_cuts(length, edits)):
            for shift in range(-edits, edits + 1):
                # Edits before the part move it, edits after it make up the rest of the difference.
                if abs(shift) + abs(difference + shift) > edits:
                    continue
                at = start + shift
                if at >= 0 and at + end - start <= size:
                    found.append((edits << 48 | length << 40 | part << 36, at, at + end - start))
    return found


class Vocabulary:
    """Term number ↔ word, and the words that resemble one. Terms that are no words have no neighbours."""

    def __init__(self, arrays: Mapping[str, Array]) -> None:
        self._keys, self._numbers = arrays["term.keys"], arrays["term.numbers"]
        self._parts = Lists(arrays["part.keys"], arrays["part.at"], arrays["part.values"])
        self._other = Lists(arrays["other.keys"], arrays["other.at"], arrays["other.values"])
        self._letters = arrays["word.letters"]
        words = Strings(arrays["word.text"], arrays["word.at"])
        self._words = [words[x] for x in range(len(words))]

    def number(self, term: str) -> int | None:
        """The number of a term, None where no name holds it."""
        wanted = key(term)
        x = int(np.searchsorted(self._keys, np.uint64(wanted)))
        if x < len(self._keys) and int(self._keys[x]) == wanted:
            return int(self._numbers[x])
        return None

    def numbers(self, terms: list[str]) -> Array:
        """The numbers of many terms, -1 where no name holds one."""
        wanted = np.fromiter(map(key, terms), dtype=np.uint64, count=len(terms))
        places = np.searchsorted(self._keys, wanted)
        places[places == len(self._keys)] = 0
        if not len(self._keys):
            return np.full(len(terms), -1, dtype=np.int32)
        found: Array = np.where(self._keys[places] == wanted, self._numbers[places], -1).astype(np.int32)
        return found

    def word(self, number: int) -> str:
        """The word of a number; words come before the other terms."""
        return self._words[number]

    def resembling(self, tokens: Sequence[Token]) -> list[tuple[Array, Array]]:
        """For each word the numbers of the terms that resemble it, in order, and how much, 0..1."""
        found = [self._within_edits(tokens), self._by_other_keys(tokens)]
        exact = self.numbers([each.form for each in tokens])
        known = np.flatnonzero(exact >= 0)
        found.append((known, exact[known], np.ones(len(known), dtype=np.float32)))
        asked, terms, similar = (np.concatenate(each) for each in zip(*found, strict=True))
        order = np.lexsort((-similar, terms, asked))
        asked, terms, similar = asked[order], terms[order], similar[order]
        best = np.ones(len(asked), dtype=bool)
        best[1:] = (asked[1:] != asked[:-1]) | (terms[1:] != terms[:-1])
        asked, terms, similar = asked[best], terms[best], similar[best]
        ends = np.searchsorted(asked, np.arange(1, len(tokens)))
        return list(zip(np.split(terms, ends), np.split(similar, ends), strict=True))

    def _within_edits(self, tokens: Sequence[Token]) -> _Resembling:
        """Words that differ by few letters."""
        able = [x for x, each in enumerate(tokens) if each.kind != NUMBER and budget(len(each.form) + 1)]
        forms = [tokens[x].form for x in able]
        keys = [_asked_keys(form) for form in forms]
        which, filed = self._parts.find_many([one for each in keys for one in each])
        asked = np.repeat(np.arange(len(forms)), list(map(len, keys)))[which]
        swapped, swapped_by = self._swapped(forms)
        asked, filed = np.concatenate([asked, swapped_by]), np.concatenate([filed, swapped])
        # An edit changes at most two of the letters that occur: most words fall out here.
        bits = np.fromiter(map(letters, forms), dtype=np.uint32, count=len(forms))
        most = np.fromiter((budget(len(form) + 1) for form in forms), dtype=np.int32, count=len(forms))
        near = np.bitwise_count(self._letters[filed] ^ bits[asked]) <= 2 * most[asked]
        asked, filed = asked[near], filed[near]
        ours = [forms[x] for x in asked.tolist()]
        theirs = list(map(self._words.__getitem__, filed.tolist()))
        edits = cpdist(ours, theirs, scorer=OSA.distance, score_cutoff=3, dtype=np.uint8).astype(np.int32)
        long = np.fromiter(map(max, map(len, ours), map(len, theirs)), dtype=np.int32, count=len(ours))
        few = edits <= _BUDGETS[np.minimum(long, len(_BUDGETS) - 1)]
        edits, long = edits[few], long[few]
        loss = (alike.EDIT + alike.EDITS_MORE * np.maximum(0, edits - 1)) * edits / np.maximum(1, long)
        return np.array(able, dtype=np.int32)[asked[few]], filed[few], (1.0 - loss).astype(np.float32)

    def _swapped(self, forms: Sequence[str]) -> tuple[Array, Array]:
        """Words that differ by two neighbouring letters, where such a swap can break both parts of a word."""
        swaps = [
            (x, form[:at] + form[at + 1] + form[at] + form[at + 2 :])
            for x, form in enumerate(forms)
            if budget(len(form)) == 1
            for at in range(len(form) - 1)
        ]
        found = self.numbers([swap for _, swap in swaps])
        by = np.fromiter((x for x, _ in swaps), dtype=np.int64, count=len(swaps))
        words = (found >= 0) & (found < len(self._words))
        return found[words], by[words]

    def _by_other_keys(self, tokens: Sequence[Token]) -> _Resembling:
        """Words of one meaning, spelling, sound or row of consonants."""
        keys = [(x, key(text), similar) for x, each in enumerate(tokens) for text, similar in _other(each)]
        which, terms = self._other.find_many([one for _, one, _ in keys])
        asked = np.fromiter((x for x, _, _ in keys), dtype=np.int32, count=len(keys))
        similar = np.fromiter((each for _, _, each in keys), dtype=np.float32, count=len(keys))
        return asked[which], terms, similar[which]


def _other(token: Token) -> Iterator[tuple[str, float]]:
    """Keys under which words that resemble this one are filed, beside its letters, and how much they do."""
    for symbol in token.symbols:
        yield f"={symbol}", alike.SAME_NAME
    if token.kind == LEGAL:
        return
    if similar := alike.SAME_SPELLING[min(4, len(token.skeleton))]:
        yield f"/{token.skeleton}", similar
    if len(token.sound) > 2:
        yield f"~{token.sound}", alike.SAME_SOUND
    if len(token.bones) > 1:
        for script in ("A",) if token.script != ABJAD else ("A", "L"):
            yield f"{script}{token.bones}", alike.READ_AS[3]
    if token.script != ABJAD and len(token.form) >= alike.EAST_ASIAN_EDIT:
        other = "S" if token.script != EAST_ASIAN else "s"
        yield f"{other}{syllables(token.form)}", alike.SAME_SYLLABLES


def other_keys(token: Token) -> Iterator[str]:
    """Keys of a token beside its letters."""
    for symbol in token.symbols:
        yield f"={symbol}"
    if token.kind != LEGAL:
        yield f"/{token.skeleton}"
        if len(token.sound) > 2:
            yield f"~{token.sound}"
        if len(token.bones) > 1:
            yield ("A" if token.script == ABJAD else "L") + token.bones
        if token.script != ABJAD and len(token.form) >= alike.EAST_ASIAN_EDIT:
            yield ("s" if token.script != EAST_ASIAN else "S") + syllables(token.form)


def build(words: Mapping[str, int], others: Mapping[str, int], tokens: Iterable[Token]) -> dict[str, Any]:
    """The arrays of a vocabulary. Words have the numbers 0..n-1, other terms those after them."""
    terms = [*words, *others]
    keys = np.fromiter((key(term) for term in terms), dtype=np.uint64, count=len(terms))
    order = np.argsort(keys, kind="stable")
    parts: list[int] = []
    part_of: list[int] = []
    for word, number in words.items():
        for found in part_keys(word):
            parts.append(found)
            part_of.append(number)
    pairs = {(found, words[token.form]) for token in tokens for found in other_keys(token)}
    cache: dict[str, int] = {}
    other = np.fromiter(
        (cache.setdefault(text, key(text)) if text not in cache else cache[text] for text, _ in pairs),
        dtype=np.uint64,
        count=len(pairs),
    )
    return {
        "term.keys": keys[order],
        "term.numbers": order.astype(np.int32),
        **Strings.arrays("word", words),
        "word.letters": np.fromiter(map(letters, words), dtype=np.uint32, count=len(words)),
        **Lists.arrays("part", np.array(parts, dtype=np.uint64), np.array(part_of, dtype=np.int32)),
        **Lists.arrays("other", other, np.fromiter((x for _, x in pairs), dtype=np.int32, count=len(pairs))),
    }
