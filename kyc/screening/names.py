"""What is compared: one party or list entry, taken apart once.

An entity is a FollowTheMoney object (https://followthemoney.tech): `{"id", "schema", "caption",
"datasets", "properties"}`, every property a list of strings. Tokens, legal forms, symbols (name variants
across scripts, after Wikidata) and Latin forms come from rigour; scripts that rigour leaves alone (Arabic,
Hebrew, Han, Hangul, Thai …) are written in Latin letters by ICU.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rapidfuzz.distance import OSA
from rigour.names import NameTypeTag, analyze_names

from core.errors import InvalidInput
from kyc.screening.latin import family_and_given, is_abjad, is_east_asian, is_hangul, latin, plain_abjad
from kyc.screening.legal_words import close_to_form, is_legal_word, part_of_form, unglued
from kyc.screening.schemata import KINDS, Kind
from kyc.screening.spelling import consonants, skeleton

#: Properties that hold a name, strong ones first; `weakAlias` is capped in the score.
STRONG = ("name", "alias", "previousName", "abbreviation")
WEAK = ("weakAlias",)
#: A longer name is cut here: no list holds one, and alignment costs tokens squared.
MAX_TOKENS = 24

LEGAL, STOP, NUMBER, NAME, LETTER = "legal", "stop", "number", "name", "letter"
#: Words that carry no meaning of their own: they find nothing, unless a name has no other.
FRAME = (LEGAL, STOP)
LATIN, ABJAD, EAST_ASIAN = "latin", "abjad", "east asian"


@dataclass(frozen=True, slots=True, eq=False)
class Token:
    """One word of a name. `token()` alone makes it: equal words are one object and hash by identity."""

    #: Latin letters and digits, lower case.
    form: str
    kind: str
    #: What the word is known to mean (rigour): name variants, legal forms, numbers, places, business words.
    symbols: frozenset[str]
    #: Metaphone, empty where there is none.
    sound: str
    #: Spelling variants of a word share it (`spelling.skeleton`).
    skeleton: str
    #: Consonants alone; compared where one side comes from a script without vowels.
    bones: str
    #: The script it was written in: `latin` stands for all that rigour transliterates.
    script: str
    #: Whether it is a name of persons that rigour knows.
    known: bool
    #: Frame, not substance: a legal form, a stop word, a single letter.
    frame: bool


@lru_cache(maxsize=200_000)
def token(form: str, kind: str, symbols: frozenset[str], sound: str, script: str) -> Token:
    """The one token of these values."""
    known = any(symbol.startswith("NAME:") for symbol in symbols)
    return Token(
        form,
        kind,
        symbols,
        sound,
        skeleton(form, script != ABJAD),
        consonants(form),
        script,
        known,
        kind in FRAME or len(form) == 1,
    )


@dataclass(frozen=True, slots=True, eq=False)
class NameForm:
    """One name of an entity, in tokens. `weak` marks an alias that the list itself calls weak."""

    original: str
    tokens: tuple[Token, ...]
    weak: bool
    #: Meanings of several neighbouring words together: (first, last + 1, symbols).
    phrases: tuple[tuple[int, int, frozenset[str]], ...]
    #: The Latin forms of the tokens.
    forms: tuple[str, ...]
    #: First letters of all words but the last: where a group of words may begin.
    heads: frozenset[str]
    #: Whether a word comes from a script that writes few vowels.
    abjad: bool

    @classmethod
    def of(
        cls,
        original: str,
        tokens: tuple[Token, ...],
        weak: bool,
        phrases: tuple[tuple[int, int, frozenset[str]], ...],
    ) -> NameForm:
        """A name of these tokens."""
        forms = tuple([each.form for each in tokens])
        heads = frozenset([form[0] for form in forms[:-1]])
        abjad = any(each.script == ABJAD for each in tokens)
        return cls(original, tokens, weak, phrases, forms, heads, abjad)


@dataclass(frozen=True, slots=True, eq=False)
class Analysed:
    """One entity, analysed: what `score.score` compares."""

    id: str
    schema: str
    caption: str
    datasets: tuple[str, ...]
    kind: Kind
    names: tuple[NameForm, ...]
    properties: Mapping[str, list[str]]

    def values(self, *properties: str) -> list[str]:
        """All values of these properties, in order, empty ones dropped."""
        found: list[str] = []
        for prop in properties:
            if given := self.properties.get(prop):
                found += [value for value in given if value.strip()]
        return found


_TYPES = {
    Kind.PERSON: NameTypeTag.PER,
    Kind.ORGANISATION: NameTypeTag.ORG,
    Kind.EITHER: NameTypeTag.ENT,
    Kind.THING: NameTypeTag.OBJ,
}
_KIND_OF_TAG = {"LEGAL": LEGAL, "STOP": STOP, "NUM": NUMBER}


def validate(entity: Any) -> None:
    """Check the shape of an entity. Raises InvalidInput naming the field and the reason."""
    if not isinstance(entity, dict):
        raise InvalidInput("entity", "not a JSON object")
    if not isinstance(entity.get("id", ""), str):
        raise InvalidInput("id", "not a string")
    schema = entity.get("schema")
    if schema is None or schema == "":
        raise InvalidInput("schema", "missing")
    if not isinstance(schema, str) or schema not in KINDS:
        raise InvalidInput("schema", f"unknown schema {schema!r}")
    properties = entity.get("properties")
    if not isinstance(properties, dict):
        raise InvalidInput("properties", "missing" if properties is None else "not an object")
    for name, values in properties.items():
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise InvalidInput(f"properties.{name}", "not a list of strings")
    for name in ("caption",):
        if not isinstance(entity.get(name, ""), str | None):
            raise InvalidInput(name, "not a string")
    datasets = entity.get("datasets", [])
    if not isinstance(datasets, list) or not all(isinstance(value, str) for value in datasets):
        raise InvalidInput("datasets", "not a list of strings")


def analyse(entity: Mapping[str, Any]) -> Analysed:
    """Take an entity apart. Raises InvalidInput where it is malformed or has no name."""
    validate(entity)
    properties: dict[str, list[str]] = entity["properties"]
    kind = KINDS[entity["schema"]]
    strong = [value for prop in STRONG for value in properties.get(prop, ())]
    strong += _from_parts(properties)
    weak = [value for prop in WEAK for value in properties.get(prop, ())]
    names = [*_name_forms(strong, kind, weak=False), *_name_forms(weak, kind, weak=True)]
    if not names and not strong and not weak and isinstance(entity.get("caption"), str) and entity["caption"]:
        names = list(_name_forms([entity["caption"]], kind, weak=False))
    if not names:
        raise InvalidInput("properties.name", "no name to compare")
    return Analysed(
        id=str(entity.get("id") or ""),
        schema=entity["schema"],
        caption=entity.get("caption") or (strong or weak)[0],
        datasets=tuple(entity.get("datasets") or ()),
        kind=kind,
        names=tuple(names),
        properties=properties,
    )


def _from_parts(properties: Mapping[str, list[str]]) -> list[str]:
    """The name that first, middle and last name make where no full name is given."""
    if any(properties.get(prop) for prop in STRONG):
        return []
    parts = [properties.get(p, [])[:1] for p in ("firstName", "secondName", "middleName", "fatherName")]
    last = properties.get("lastName", [])[:1]
    words = [word for part in [*parts, last] for word in part]
    return [" ".join(words)] if words else []


def _name_forms(values: Iterable[str], kind: Kind, *, weak: bool) -> list[NameForm]:
    """The distinct names among the values, in their order."""
    found: dict[tuple[str, ...], NameForm] = {}
    for value in values:
        for form in (_name_form(value, kind, weak), _uncut(value, kind, weak)):
            if form is not None:
                found.setdefault(tuple(t.form for t in form.tokens), form)
    return list(found.values())


def _uncut(value: str, kind: Kind, weak: bool) -> NameForm | None:
    """A word of Han or Hangul that may be one name as it stands, such as 侯赛尼 (Hosseini).

    Of Han only those that are known: three characters are most often a full name.
    """
    text = value.strip()
    if value.isascii() or kind is Kind.ORGANISATION or len(family_and_given(text)) == 1:
        return None
    name = _analyse(text, kind)
    labels = [f"{span.symbol.category.value}:{span.symbol.id}" for span in name.spans] if name else []
    known = frozenset([label for label in labels if label.startswith("NAME:")])
    if not known and not (len(text) > 2 and is_hangul(text)):
        return None
    return NameForm.of(value, (token(latin(text).replace(" ", ""), NAME, known, "", EAST_ASIAN),), weak, ())


@lru_cache(maxsize=20_000)
def _name_form(value: str, kind: Kind, weak: bool) -> NameForm | None:
    """One written name in tokens; None where nothing of it can be compared."""
    text = plain_abjad(_turned(value) if kind is Kind.PERSON else _DOTTED.sub(" ", value))
    if kind is Kind.PERSON:
        text = " ".join(family_and_given(text))
    name = _analyse(text, kind) or _analyse(latin(text), kind)
    if name is None:
        return None
    single: dict[int, set[str]] = {}
    several: dict[tuple[int, int], set[str]] = {}
    for span in name.spans:
        label = f"{span.symbol.category.value}:{span.symbol.id}"
        first, last = span.parts[0].index, span.parts[-1].index
        if first == last or label.startswith("ORGCLS"):
            for part in span.parts:
                single.setdefault(part.index, set()).add(label)
        elif last - first == len(span.parts) - 1:
            several.setdefault((first, last + 1), set()).add(label)
    tokens: list[Token] = []
    place: dict[int, int] = {}
    for part in name.parts:
        place[part.index] = len(tokens)
        known = frozenset(single.get(part.index, ()))
        word = _KIND_OF_TAG.get(part.tag.value, NAME)
        if word == STOP and kind is Kind.PERSON and _is_given(part.form, known):
            word = NAME
        if kind is not Kind.PERSON and _ROMAN.fullmatch(part.form):
            word = NUMBER
        if len(part.form) == 1 and word not in (NUMBER, LEGAL):
            word = NAME if kind is Kind.PERSON else LETTER
        if part.ascii or part.comparable.isascii():
            form = _plain(part.ascii or part.comparable)
            if form:
                if is_east_asian(part.form):
                    tokens.append(token(form, word, known, "", EAST_ASIAN))
                else:
                    tokens.extend(_latin_words(form, kind, word, known, part.metaphone or ""))
        else:
            tokens.extend(_other_words(part.form, kind, word, known, len(name.parts) == 1))
    place[len(name.parts)] = len(tokens)
    if kind is not Kind.PERSON:
        tokens = _frame_of_company(tokens)
    if not tokens:
        return None
    phrases = tuple(
        (place[start], place[end], frozenset(symbols))
        for (start, end), symbols in sorted(several.items())
        if place[start] < place[end] <= MAX_TOKENS
    )
    return NameForm.of(value, tuple(tokens[:MAX_TOKENS]), weak, phrases)


def _analyse(text: str, kind: Kind) -> Any:
    """What rigour makes of one text; None where it finds no word."""
    found = next(iter(analyze_names(_TYPES[kind], [text], consolidate=False)), None)
    return found if found is not None and found.parts else None


#: A full stop between whole words, as in `Ltd.Guangzhou` or `Amazon.com`; `S.A.` has none.
_DOTTED = re.compile(r"(?<=[^\W\d_]{3})\.(?=[^\W\d_]{3})")
_ROMAN = re.compile("(?:x{0,3}(?:ix|iv|v?i{1,3})|x{2,3}|x{1,3}v)")
#: Words between names. Other stop words (`un`, `an`, `in`) are also syllables of East Asian names.
_PARTICLES = frozenset(
    "al el la le il de di da do du del dela della des den der dos das van von und zu the of and y e i bin"
    " ben ibn bint binti bt mr mrs ms dr prof sir st a o".split()
)


def _is_given(form: str, symbols: frozenset[str]) -> bool:
    return form not in _PARTICLES and any(symbol.startswith("NAME:") for symbol in symbols)


def _turned(name: str) -> str:
    """`FAMILY, Given` as `Given FAMILY`, so that neighbours are those of the spoken name."""
    family, comma, given = name.partition(",")
    if not comma or "," in given or not given.strip() or given.strip(" .").lower() in _SUFFIXES:
        return name
    return f"{given.strip()} {family.strip()}"


_SUFFIXES = {"jr", "sr", "ii", "iii", "iv", "esq", "phd", "md"}


def _latin_words(form: str, kind: Kind, word: str, known: frozenset[str], sound: str) -> list[Token]:
    if kind is Kind.PERSON and not known and 4 < len(form) < 7 and OSA.distance(form, "abdul") == 1:
        form = "abdul"
    if kind is Kind.PERSON and (servant := _SERVANT.fullmatch(form)):
        # Abdul, Abdel, Abd al-: one name in two words.
        rest = [token(servant[1], word, known, "", LATIN)] if servant[1] else []
        return [
            token("abd", word, _SERVANT_SYMBOL, "", LATIN),
            token("al", STOP, frozenset(), "", LATIN),
            *rest,
        ]
    pieces = unglued(form) if kind is not Kind.PERSON and word == NAME and not known else [form]
    if len(pieces) == 1:
        return [token(form, word, known, sound, LATIN)]
    return [token(piece, LEGAL if part_of_form(piece) else NAME, frozenset(), "", LATIN) for piece in pieces]


_SERVANT = re.compile("abdh?(?:[aeiu]|ou|oo)[lrs](?:|(?!l)([a-z]{3,}))")
#: What all spellings of the first half of Abdul mean; a name like others, although it is half of one.
ABDUL = "SYMBOL:ABDUL"
_SERVANT_SYMBOL = frozenset({ABDUL})


def _other_words(text: str, kind: Kind, word: str, known: frozenset[str], alone: bool) -> list[Token]:
    """Words of a script that rigour leaves alone, in Latin letters."""
    if is_abjad(text):
        forms = latin(text).split()
        if text == "عبد":
            return [token("abd", word, _SERVANT_SYMBOL, "", LATIN)]
        article = len(forms) == 2
        return [
            token(
                form,
                STOP if article and x == 0 else word,
                known if x == len(forms) - 1 else frozenset(),
                "",
                ABJAD,
            )
            for x, form in enumerate(forms)
        ]
    pieces = family_and_given(text) if alone and kind is not Kind.ORGANISATION else [text]
    forms = [latin(piece).replace(" ", "") for piece in pieces]
    script = EAST_ASIAN if is_east_asian(text) else LATIN
    return [
        token(form, word, known if len(pieces) == 1 else frozenset(), "", script) for form in forms if form
    ]


#: Legal forms and small words that stand before a name; others there (`Los`, `KB`) are part of it.
_LEADING = frozenset(
    "a aat ab ad ag al an and ano anpo ao as bv chvk cjsc co coltd company cooperative corp corporation "
    "dd de doo el eood est et fgbu fgu fgup fzc fzco fze gie gmbh gnpp gup il inc ip jsc jscb kft kg la "
    "le les limited llc llp ltd ltda mmc mup ngo nko nv oao of ohg ojsc ood ooo oy oyj pao pat pjsc "
    "pjsco plc pmc prat pt pte pty sa sacv sae sarl sas sc scientific sia spa spzoo srl srlcv taa tdv "
    "the too tov tzov uab ultd wll zao zrt".split()
)


def _frame_of_company(tokens: list[Token]) -> list[Token]:
    """Words of a legal form that rigour did not see as one (a typing error in it) made part of the frame."""
    first = tokens[0]
    if (
        first.kind in FRAME
        and first.form not in _LEADING
        and len(tokens) > 1
        and not part_of_form(first.form)
    ):
        tokens = [token(first.form, NAME, first.symbols, first.sound, first.script), *tokens[1:]]
    marked = [each.kind == LEGAL or part_of_form(each.form) for each in tokens]
    if not any(marked) or all(marked):
        return tokens
    last = len(tokens) - 1
    for x, each in enumerate(tokens):
        before, after = x > 0 and marked[x - 1], x < last and marked[x + 1]
        # A slip in a short word of a form, and the `s` of `Obshchestvo s ogranichennoi …`.
        if ((before or after) and close_to_form(each.form)) or (before and after and len(each.form) == 1):
            marked[x] = True
    framed = []
    for x, each in enumerate(tokens):
        beside = (x > 0 and marked[x - 1]) or (x + 1 < len(tokens) and marked[x + 1])
        if each.kind in (NAME, LETTER) and marked[x] and (beside or is_legal_word(each.form)):
            framed.append(token(each.form, LEGAL, each.symbols, each.sound, each.script))
        else:
            framed.append(each)
    return framed if any(each.kind not in (LEGAL, STOP, LETTER) for each in framed) else tokens


def _plain(form: str) -> str:
    return form if form.isalnum() else "".join(letter for letter in form if letter.isalnum())
