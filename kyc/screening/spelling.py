"""Spellings of one word reduced to what they have in common.

Rules are ours, after the variants that romanisation tables produce (BGN/PCGN, ISO 9, passport practice):
`Yuriy`, `Iurii`, `Jurij` and `Yury`; `Mohammed` and `Muhamad`; `Sech1n`. A skeleton is never shown.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

#: Digits that stand for letters inside a word.
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g"})
#: Groups of letters written for one sound, longest first.
_GROUPS = (
    ("shch", "x"), ("tsch", "x"), ("dzh", "j"), ("sch", "x"), ("tch", "x"), ("cz", "x"),
    ("dj", "j"), ("zh", "j"), ("sh", "x"), ("ch", "x"), ("kh", "h"), ("gh", "g"), ("ph", "f"), ("th", "t"),
    ("dh", "d"), ("ts", "z"), ("tz", "z"), ("ck", "k"),
    ("ou", "u"), ("oo", "u"), ("ee", "i"), ("ea", "i"), ("ie", "i"), ("ei", "i"), ("ey", "i"), ("ay", "ai"),
)  # fmt: skip
_LETTERS = str.maketrans({"w": "v", "y": "i", "c": "k", "e": "i", "o": "u"})
_SOFT_C = re.compile("c(?=[eiy])")
_DOUBLE = re.compile(r"(.)\1+")
_SILENT_H = re.compile(r"(?<=[aeiou])h(?![aeiou])")
_FIRST_GLIDE = re.compile("^[yi](?=[eu])")
_GLIDE = re.compile("(?<=[eiu])y(?=[aeiou])")
_ENDING = re.compile("(?:[iy]+|[iy]j)$|(?<=[aeiou])(?:ff|f|v)$")
_VOWELS = re.compile("[aeiouyw]|h$")


@lru_cache(maxsize=100_000)
def skeleton(form: str, silent: bool = True) -> str:
    """What is left of a Latin form when one sound is written one way and i/e, o/u are one letter.

    `silent`: an h between vowel and consonant is not spoken (it is in words out of Arabic letters).
    """
    word = form
    if not word.isalpha() and not word.isdigit():
        word = word.translate(_LEET)
    word = word[:1] + word[1:].replace("x", "ks").replace("q", "k")
    if silent and "h" in word:
        word = _SILENT_H.sub("", word)
    if "y" in word or word[:1] == "i":
        word = _GLIDE.sub("", _FIRST_GLIDE.sub("", word))
    word = _ENDING.sub(lambda found: "v" if found.group()[0] in "fv" else "i", word)
    for group, letter in _GROUPS:
        if group in word:
            word = word.replace(group, letter)
    if "c" in word:
        word = _SOFT_C.sub("s", word)
    word = word.translate(_LETTERS).replace("q", "k")
    return _DOUBLE.sub(r"\1", word)


#: Hangul writes r as l, f as p and v as b, and a vowel after every consonant that has none.
_AS_SYLLABLES = str.maketrans("rfv", "lpb")
_FILLER = re.compile("eu(?![aeiouyn])")


@lru_cache(maxsize=50_000)
def syllables(form: str) -> str:
    """What is left of a form when it tells no more than syllables of Hangul do (measured on Korean words)."""
    plain = _FILLER.sub("", form).replace("ph", "p").translate(_AS_SYLLABLES)
    return skeleton(plain)


@lru_cache(maxsize=100_000)
def consonants(form: str) -> str:
    """The consonants of a Latin form: what Arabic and Hebrew write of a name at the least."""
    return _VOWELS.sub("", skeleton(form).replace("v", ""))


#: A letter of a vowelless script, and what Latin spellings write for it.
_WRITTEN = {
    "d": "dzt", "z": "zdst", "t": "ts", "k": "kg", "j": "jg", "g": "gkj", "x": "xs",
    "s": "sz", "b": "bp", "f": "fv", "p": "pf",
}  # fmt: skip
_ARTICLE = re.compile("^al(?=[tdrzsxnj])|(?<=.)al(?=[tdrzsxnj])")


#: Vowels that are written as long ones, and those that may be spoken without being written.
_LONG, _SHORT = "aiuv", "aiu"


@dataclass(frozen=True, slots=True)
class _Reading:
    """The ways to read a word, as the states of an automaton, a bit each (Baeza-Yates and Gonnet 1992)."""

    #: Letter → the states that it leads on from.
    by_letter: dict[str, int]
    #: States that may be skipped, and those that may take more letters.
    optional: int
    repeated: int
    end: int

    def takes(self, word: str) -> bool:
        """Whether the whole word is one of the readings."""
        states = self._skipped(1)
        for letter in word:
            on = states & self.by_letter.get(letter, 0)
            if not on:
                return False
            states = self._skipped(on << 1 | on & self.repeated)
        return states & self.end != 0

    def _skipped(self, states: int) -> int:
        while (more := states | (states & self.optional) << 1) != states:
            states = more
        return states


@lru_cache(maxsize=20_000)
def _reading(written: str) -> _Reading:
    # The l of the article is spoken as the letter that follows it: al-din, eddine, uddin.
    runs = re.findall("[aiuv]+|.", _ARTICLE.sub("aL", written))
    # (letters, may be skipped, may repeat): between any two a short vowel may stand.
    steps = [(_SHORT, True, False)]
    for x, run in enumerate(runs):
        if x:
            steps.append((_SHORT, True, True))
        if run == "L":
            steps.append(("l", True, False))
        elif run == "h":
            steps.append(("ht" if x else "h", x > 0, False))
        elif run[0] in _LONG:
            steps.append((_LONG if "v" in run else _SHORT, False, True))
        else:
            steps.append((_WRITTEN.get(run, run), False, False))
    steps.append((_SHORT, True, False))
    by_letter: dict[str, int] = {}
    optional = repeated = 0
    for x, (letters, skipped, again) in enumerate(steps):
        for letter in letters:
            by_letter[letter] = by_letter.get(letter, 0) | 1 << x
        optional |= skipped << x
        repeated |= again << x
    return _Reading(by_letter, optional, repeated, 1 << len(steps))


def reads_as(written: str, latin: str) -> bool:
    """Whether a skeleton from Arabic or Hebrew letters can be read as a Latin skeleton.

    Long vowels are written and must be there, short ones are not and may stand between any two letters.
    """
    return may_begin(written, latin) and _reading(written).takes(latin)


def may_begin(written: str, latin: str) -> bool:
    """Whether the first consonants agree: spares most pairs the making of a pattern."""
    if written[0] in "aiuvh" or written[:2] == "al":
        return True
    first = latin[1:2] if latin[0] in "aiu" else latin[0]
    return first in _WRITTEN.get(written[0], written[0])
