"""What happens to a listed name on its way into a form: seeded, one function a kind.

Every function takes a name and a random source, and gives the changed name, or None where the kind does not
apply. Look-alikes are other parties' names and must not match; their rule looks at positions alone, at no
frequency and at no scorer.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

Mutation = Callable[[str, random.Random], str | None]

_LETTERS = "abcdefghijklmnopqrstuvwxyz"


def words(name: str) -> list[str]:
    """The words of a name, `FAMILY, Given` turned round."""
    family, comma, given = name.partition(",")
    return (given.split() + family.split()) if comma else name.split()


def _one_typo(name: str, draw: random.Random) -> str | None:
    places = [m.start() for m in re.finditer(r"[A-Za-z]", name)]
    if len(places) < 5:
        return None
    at = draw.choice(places)
    letter = draw.choice(_LETTERS)
    letter = letter.upper() if name[at].isupper() else letter
    kind = draw.choice(["replace", "insert", "delete", "swap"])
    if kind == "replace":
        return name[:at] + letter + name[at + 1 :]
    if kind == "insert":
        return name[:at] + letter + name[at:]
    if kind == "delete":
        return name[:at] + name[at + 1 :]
    return name[:at] + name[at + 1 : at + 2] + name[at] + name[at + 2 :]


def typo(name: str, draw: random.Random) -> str | None:
    """One letter replaced, inserted, deleted or swapped with the next."""
    return _one_typo(" ".join(words(name)), draw)


def two_typos(name: str, draw: random.Random) -> str | None:
    """Two of them."""
    once = _one_typo(" ".join(words(name)), draw)
    return _one_typo(once, draw) if once else None


def order(name: str, draw: random.Random) -> str | None:
    """The words in another order."""
    parts = words(name)
    shuffled = parts[:]
    for _ in range(5):
        draw.shuffle(shuffled)
        if shuffled != parts:
            return " ".join(shuffled)
    return None


def rotated(name: str, draw: random.Random) -> str | None:
    """The first word that is no part of a legal form last."""
    parts = core(name)
    return " ".join([*parts[1:], parts[0]]) if len(parts) > 2 else None


def initial(name: str, draw: random.Random) -> str | None:
    """The first name as an initial."""
    parts = words(name)
    if len(parts) < 2 or len(parts[0]) < 3 or not parts[0][0].isalpha():
        return None
    return " ".join([parts[0][0] + ".", *parts[1:]])


def dropped_middle(name: str, draw: random.Random) -> str | None:
    """One middle name left out."""
    parts = words(name)
    if len(parts) < 3:
        return None
    del parts[draw.randrange(1, len(parts) - 1)]
    return " ".join(parts)


def glued(name: str, draw: random.Random) -> str | None:
    """One space forgotten."""
    parts = words(name)
    if len(parts) < 2:
        return None
    at = draw.randrange(len(parts) - 1)
    return " ".join([*parts[:at], parts[at] + parts[at + 1].lower(), *parts[at + 2 :]])


_SPELLINGS = (
    ("ov", "off"), ("ou", "u"), ("u", "ou"), ("kh", "h"), ("h", "kh"), ("sh", "ch"), ("v", "w"), ("w", "v"),
    ("y", "i"), ("i", "y"), ("ee", "i"), ("dj", "j"), ("j", "dj"), ("q", "k"), ("k", "q"), ("ph", "f"),
    ("f", "ph"), ("ss", "s"), ("mm", "m"), ("ll", "l"), ("ck", "k"), ("z", "s"), ("e", "i"), ("a", "e"),
    ("th", "t"), ("d", "dh"), ("x", "ks"), ("ts", "tz"), ("ey", "ei"), ("ai", "ay"),
)  # fmt: skip


def spelling(name: str, draw: random.Random) -> str | None:
    """One or two groups of letters as another romanisation writes them."""
    text = " ".join(words(name)).lower()
    for _ in range(draw.choice([1, 2])):
        able = [pair for pair in _SPELLINGS if pair[0] in text]
        if not able:
            return None
        old, new = draw.choice(able)
        at = draw.choice([m.start() for m in re.finditer(old, text)])
        text = text[:at] + new + text[at + len(old) :]
    return text.title()


_CYRILLIC = (
    ("shch", "щ"), ("zh", "ж"), ("kh", "х"), ("ts", "ц"), ("ch", "ч"), ("sh", "ш"), ("ya", "я"), ("yu", "ю"),
    ("yo", "ё"), ("ye", "е"), ("ph", "ф"), ("ou", "у"), ("oo", "у"), ("ck", "к"), ("qu", "кв"),
    ("a", "а"), ("b", "б"), ("c", "к"), ("d", "д"), ("e", "е"), ("f", "ф"), ("g", "г"), ("h", "х"),
    ("i", "и"), ("j", "дж"), ("k", "к"), ("l", "л"), ("m", "м"), ("n", "н"), ("o", "о"), ("p", "п"),
    ("q", "к"), ("r", "р"), ("s", "с"), ("t", "т"), ("u", "у"), ("v", "в"), ("w", "в"), ("x", "кс"),
    ("y", "й"), ("z", "з"),
)  # fmt: skip


def cyrillic(name: str, draw: random.Random) -> str | None:
    """The name as a Russian form would write it."""
    text = " ".join(words(name)).lower()
    for old, new in _CYRILLIC:
        text = text.replace(old, new)
    return text.title() if re.fullmatch(r"[\u0400-\u04ff \-'’.]+", text) else None


_LEGAL = (
    ("limited liability company", "llc"), ("llc", "ooo"), ("ooo", "llc"), ("ltd", "limited"),
    ("limited", "ltd"),
    ("gmbh", "llc"), ("ao", "joint stock company"), ("jsc", "ao"), ("joint stock company", "jsc"),
    ("oao", "open joint stock company"), ("corporation", "corp"), ("corp", "corporation"), ("co", "company"),
    ("inc", "incorporated"), ("incorporated", "inc"), ("sa", "sociedad anonima"), ("pte", "private"),
    ("plc", "public limited company"), ("ag", "aktiengesellschaft"), ("bv", "besloten vennootschap"),
)  # fmt: skip
_FORM_WORDS = {
    "limited", "liability", "company", "llc", "ooo", "ltd", "gmbh", "ao", "jsc", "joint", "stock",
    "public", "open", "closed", "oao", "zao", "pao", "ojsc", "cjsc", "pjsc", "corporation", "corp",
    "co", "inc", "incorporated", "sa", "pte", "plc", "ag", "bv", "obshchestvo", "s", "ogranichennoi",
    "ogranichennoy", "otvetstvennostyu", "otvetstvennostiu", "otvetstvennosti", "aktsionernoe",
    "aktsionernoye", "otkrytoe", "zakrytoe", "publichnoe", "kompaniya", "obschestvo", "sti", "sirketi",
    "ltda", "kg", "as", "sarl", "de", "cv", "rl", "srl", "fzc", "fze", "fzco", "dmcc", "the",
}  # fmt: skip


def _bare(word: str) -> str:
    return word.lower().strip(".,()").replace(".", "")


def core(name: str) -> list[str]:
    """The words of a company name that are no part of a legal form."""
    return [word for word in name.split() if _bare(word) and _bare(word) not in _FORM_WORDS]


def legal_swapped(name: str, draw: random.Random) -> str | None:
    """The legal form as another register writes it."""
    text = " " + re.sub(r"[.,]", "", name).lower() + " "
    for old, new in _LEGAL:
        if f" {old} " in text:
            return text.replace(f" {old} ", f" {new} ", 1).strip().title()
    return None


def legal_dropped(name: str, draw: random.Random) -> str | None:
    """The legal form left out."""
    kept = core(name)
    return " ".join(kept).strip(" ,") if kept and len(kept) < len(name.split()) else None


def punctuation(name: str, draw: random.Random) -> str | None:
    """A legal form in separate letters, hyphens and commas come and gone."""
    text = re.sub(r"\bLLC\b", "L. L. C.", re.sub(r"\bLTD\b\.?", "L.T.D.", name, flags=re.IGNORECASE))
    text = re.sub(r"\bS\.?A\.?(?= |$)", "S. A.", text)
    if "-" in text:
        text = text.replace("-", " ")
    elif text == name:
        parts = name.split()
        text = "-".join(parts[:2]) + " " + " ".join(parts[2:]) if len(parts) > 2 else name.replace(" ", ", ")
    return text.strip() if text.strip() != name else None


def dropped_word(name: str, draw: random.Random) -> str | None:
    """One word that is no part of a legal form, not the first such, left out of three or more."""
    kept = core(name)
    if len(kept) < 3:
        return None
    gone = draw.choice(kept[1:])
    return " ".join(word for word in name.split() if word != gone)


def untouched(name: str, draw: random.Random) -> str | None:
    """The name as it is listed."""
    return name


#: Kind → (function, how many of each half are made).
PERSONS: dict[str, tuple[Mutation, int]] = {
    "untouched": (untouched, 150), "typo": (typo, 150), "two typos": (two_typos, 100), "order": (order, 100),
    "initial": (initial, 75), "dropped middle": (dropped_middle, 100), "spelling": (spelling, 150),
    "cyrillic": (cyrillic, 100), "glued": (glued, 75),
}  # fmt: skip
COMPANIES: dict[str, tuple[Mutation, int]] = {
    "untouched": (untouched, 100), "typo": (typo, 120), "two typos": (two_typos, 80),
    "legal swapped": (legal_swapped, 120), "legal dropped": (legal_dropped, 100),
    "punctuation": (punctuation, 70), "order": (rotated, 60), "dropped word": (dropped_word, 60),
    "glued": (glued, 50),
}  # fmt: skip


def recombined(name: str, other: str) -> str | None:
    """A person who does not exist: the first word of one name, the last of another."""
    ours, theirs = words(name), words(other)
    if len(ours) < 2 or len(theirs) < 2 or ours[0].lower() == theirs[0].lower():
        return None
    return f"{ours[0]} {theirs[-1]}" if ours[-1].lower() != theirs[-1].lower() else None


def first_word_exchanged(name: str, other: str) -> str | None:
    """A company that does not exist: a name of two or three words, legal form aside, with another's first."""
    ours, theirs = core(name), core(other)
    if not 2 <= len(ours) <= 3 or not theirs or ours[0].lower() == theirs[0].lower() or len(theirs[0]) < 3:
        return None
    return name.replace(ours[0], theirs[0], 1)
