"""Any script in Latin letters: for what rigour leaves in its own script.

ICU's Any-Latin (Unicode TR 35); scripts that it has no rules for (Khmer, Lao, Sinhala, Tibetan …) by the
table of anyascii. A name in Han or Hangul without spaces is cut into family and given name; from Arabic the
article is split off, as Latin spellings do.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

import icu
from anyascii import anyascii

_RULES = "Any-Latin; NFKD; [:Nonspacing Mark:] Remove; Latin-ASCII; Lower; [^a-z0-9\\ ] Remove"
_NO_LETTER = re.compile("[^a-z0-9 ]")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]")
_EAST_ASIAN = re.compile("[\u3400-\u9fff\uf900-\ufaff\uac00-\ud7af]+")
_HANGUL = re.compile("[\uac00-\ud7af]+")
_ABJAD = re.compile("[\u0590-\u05ff\u0600-\u06ff\u0700-\u074f\ufb50-\ufdff\ufe70-\ufefc]")
#: Letters of Persian, Pashto and Urdu, and carriers of hamza, as Arabic writes the sound.
_ARABIC = str.maketrans(
    {
        **dict.fromkeys("یىېۍئ", "ي"), **dict.fromkeys("کګ", "ك"), **dict.fromkeys("ہۀةھ", "ه"),
        **dict.fromkeys("أإآٱ", "ا"), "ؤ": "و", "ټ": "ت", "ډ": "د", "ړ": "ر", "ڼ": "ن", "ځ": "ز", "ږ": "ژ",
    }
)  # fmt: skip
_ARABIC_ARTICLE = re.compile("^ال(?=..)")
_SERVANT_OF = re.compile(r"\bعبد\s*(?:(ا?لله\b)|ال)")


@lru_cache(maxsize=1)
def _transliterator() -> Any:
    return icu.Transliterator.createInstance(_RULES)


@lru_cache(maxsize=50_000)
def latin(text: str) -> str:
    """The text in lower-case Latin letters and digits; syllables of Han stand apart."""
    spaced = _ARABIC_ARTICLE.sub("ال ", _HAN.sub(r"\g<0> ", text))
    written = str(_transliterator().transliterate(spaced)).split()
    return " ".join(written or _NO_LETTER.sub("", anyascii(text).lower()).split())


def is_abjad(text: str) -> bool:
    """Whether the text is in a script that writes few vowels (Arabic, Hebrew, Syriac)."""
    return _ABJAD.search(text) is not None


def plain_abjad(text: str) -> str:
    """Arabic letters in one form, `عبدال…` in separate words: what the analysis of names reads."""
    if text.isascii() or not is_abjad(text):
        return text
    return _SERVANT_OF.sub(
        lambda m: "عبدالله" if m[1] else "عبد ال", unicodedata.normalize("NFKC", text).translate(_ARABIC)
    )


def is_east_asian(text: str) -> bool:
    """Whether the text is in Han or Hangul."""
    return _EAST_ASIAN.search(text) is not None


def is_hangul(text: str) -> bool:
    """Whether the text is in Hangul alone."""
    return _HANGUL.fullmatch(text) is not None


def family_and_given(text: str) -> list[str]:
    """A full name in Han or Hangul, cut: one character of family name, of four characters two."""
    if not _EAST_ASIAN.fullmatch(text) or not 2 <= len(text) <= 4:
        return [text]
    cut = 2 if len(text) == 4 else 1
    return [text[:cut], text[cut:]]
