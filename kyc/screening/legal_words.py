"""Words that long legal forms are made of, for when rigour does not see the whole form.

A typing error or a lost space inside `LIMITED LIABILITY COMPANY` hides the form; its words must not then
count as the name. The list is ours: the long words of the forms most common on the lists.
"""

from __future__ import annotations

from functools import lru_cache

from rapidfuzz.distance import OSA

WORDS = (
    "limited", "liability", "company", "corporation", "incorporated", "joint", "stock", "public",
    "closed", "partnership", "private", "proprietary", "obshchestvo", "obschestvo", "ogranichennoi",
    "ogranichennoy", "otvetstvennostyu", "aktsionernoe", "aktsionernoye", "otkrytoe", "zakrytoe",
    "publichnoe", "tovarishchestvo", "kompaniya", "gesellschaft", "beschraenkter", "haftung",
    "aktiengesellschaft", "societe", "anonyme", "sociedad", "anonima", "responsabilidad", "limitada",
    "limitee", "capital", "variable", "sirketi", "ticaret", "anonim",
)  # fmt: skip
#: Short ones, taken as they stand alone.
SHORT = ("corp", "pvt")
_EXACT = frozenset((*WORDS, *SHORT))
#: Words that a forgotten space glues to the name.
_GLUED = ("limited", "company", "corporation", "incorporated", "liability")
#: Words of forms that are also ordinary words: only part of a form beside another such word.
_ORDINARY = frozenset(
    {"capital", "variable", "public", "private", "stock", "joint", "closed", "company", "ticaret"}
)


@lru_cache(maxsize=50_000)
def is_legal_word(form: str) -> bool:
    """Whether a word is part of a long legal form wherever it stands, also with a typing error."""
    if form in _EXACT:
        return form not in _ORDINARY
    return len(form) > 5 and _close(form) - _ORDINARY != frozenset()


@lru_cache(maxsize=50_000)
def part_of_form(form: str) -> bool:
    """Whether a word can be part of a legal form when it stands beside others, also with a typing error."""
    return form in _EXACT or (len(form) > 5 and bool(_close(form)))


@lru_cache(maxsize=50_000)
def close_to_form(form: str) -> bool:
    """Whether a short word, beside a legal form, is part of it with a typing error (`JOINT STCOK`)."""
    return 4 <= len(form) <= 5 and bool(_close(form))


def _close(form: str) -> frozenset[str]:
    """The legal words that a word differs from by one edit (two from twelve letters)."""
    if len(form) < 4:
        return frozenset()
    most = 1 if len(form) < 12 else 2
    return frozenset([word for word in WORDS if OSA.distance(word, form, score_cutoff=most) <= most])


def unglued(form: str) -> list[str]:
    """The word, and a legal word that a lost space has glued to it, apart."""
    for word in _GLUED:
        rest = len(form) - len(word)
        if rest >= 3 and form not in _EXACT:
            if form.endswith(word):
                return [form[:rest], word]
            if form.startswith(word):
                return [word, form[len(word) :]]
    return [form]
