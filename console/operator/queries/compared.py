"""The explanation of an alert as rows, words and sentences: both sides, how they compare, what it adds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import date
from difflib import SequenceMatcher
from typing import Any

from django.utils.translation import gettext as _

from console.operator.pages.alert import FieldRow, Run, Sentence, WordPair
from console.operator.pages.alerts import Compared
from console.parts import Comparison
from console.say import country_name, covered, shown
from kyc.screening.evidence import IDENTIFIERS
from kyc.screening.latin import latin

AGREES, CLOSE, DIFFERS, NONE = (
    Comparison.AGREES,
    Comparison.CLOSE,
    Comparison.DIFFERS,
    Comparison.NOT_COMPARED,
)
Properties = Mapping[str, Sequence[str]]
Feature = Mapping[str, Any]

#: Feature to its label and the FollowTheMoney properties that stand behind it.
FIELDS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    "birth_date": ("Born", ("birthDate",)),
    "incorporation_date": ("Formed", ("incorporationDate",)),
    "nationality": ("Nationality", ("nationality", "citizenship", "country")),
    "country": ("Country", ("jurisdiction", "mainCountry", "country", "flag")),
    "gender": ("Sex", ("gender",)),
    "birth_place": ("Born in", ("birthPlace",)),
    "address": ("Address", ("address",)),
}
NUMBERS = {
    "passportNumber": "Passport",
    "idNumber": "Number",
    "registrationNumber": "Register no.",
    "taxNumber": "Tax number",
    "leiCode": "LEI",
    "imoNumber": "IMO number",
    "swiftBic": "BIC",
}
WORDS = {
    "the same day": "Agrees",
    "the same month": "Month only",
    "the same year": "Year only",
    "day and month swapped": "Swapped",
    "close to each other": "Near",
    "one digit differs": "One digit",
    "years apart": "Differs",
    "far apart": "Differs",
}
#: Lines of a sum that no column shows.
EXTRA = {"weak_alias": "Weak alias", "kind": "Kind", "limit": "Limit"}


def features_of(explanation: Mapping[str, Any]) -> list[Feature]:
    return list(explanation.get("explanation", ()))


def comparison_of(feature: Feature) -> Comparison:
    """How the two values of one feature compare."""
    if feature["feature"] == "name":
        return AGREES if feature["score"] >= 0.9995 else CLOSE if feature["score"] >= 0.4 else DIFFERS
    if feature["detail"] in ("close to each other", "the same month", "the same year"):
        return CLOSE
    if feature["score"] >= 0.999:
        return AGREES
    return CLOSE if feature["score"] > 0 else DIFFERS


def word_of(feature: Feature) -> str:
    comparison = comparison_of(feature)
    if feature["detail"] in WORDS:
        return _(WORDS[feature["detail"]])
    return {AGREES: _("Agrees"), CLOSE: _("Close"), DIFFERS: _("Differs")}[comparison]


def rows(explanation: Mapping[str, Any], party: Properties, entry: Properties) -> tuple[FieldRow, ...]:
    """One row a field; a field that neither side gives has none."""
    features = features_of(explanation)
    by_name: dict[str, Feature] = {}
    for feature in features:
        by_name.setdefault(feature["feature"], feature)
    found = [_name_row(by_name["name"])] if "name" in by_name else []
    for name, (label, properties) in FIELDS.items():
        row = _field_row(name, _(label), properties, by_name.get(name), party, entry)
        if row:
            found.append(row)
    found += _number_rows(by_name.get("identifier"), party, entry)
    ours, theirs = _first(party, "position"), _first(entry, "position")
    if ours or theirs:
        found.append(FieldRow(_("Occupation"), ours, theirs, NONE, _none_word(ours, theirs), None))
    for feature in features:
        if feature["feature"] in EXTRA and feature["shift"]:
            found.append(
                FieldRow(
                    _(EXTRA[feature["feature"]]),
                    str(feature["query"] or feature["detail"]),
                    str(feature["candidate"] or "–"),
                    DIFFERS if feature["feature"] == "kind" else NONE,
                    _("Differs") if feature["feature"] == "kind" else _("Cap"),
                    feature["shift"],
                )
            )
    return tuple(found)


def _name_row(feature: Feature) -> FieldRow:
    return FieldRow(
        _("Name"),
        feature["query"],
        feature["candidate"],
        comparison_of(feature),
        word_of(feature),
        feature["shift"],
        base=True,
    )


def _field_row(
    name: str,
    label: str,
    properties: tuple[str, ...],
    feature: Feature | None,
    party: Properties,
    entry: Properties,
) -> FieldRow | None:
    if feature is not None:
        ours, theirs = feature["query"], feature["candidate"]
        return FieldRow(
            label,
            _value(name, ours),
            _value(name, theirs),
            comparison_of(feature),
            word_of(feature),
            feature["shift"],
        )
    # Nationality and country read the same properties: only what this field alone would say.
    if name in ("nationality", "country") and not (
        _first(party, *properties[:2]) or _first(entry, *properties[:2])
    ):
        return None
    ours, theirs = _first(party, *properties), _first(entry, *properties)
    if not ours and not theirs:
        return None
    return FieldRow(label, _value(name, ours), _value(name, theirs), NONE, _none_word(ours, theirs), None)


def _number_rows(equal: Feature | None, party: Properties, entry: Properties) -> list[FieldRow]:
    found = []
    told = False
    for prop, label in NUMBERS.items():
        if prop not in IDENTIFIERS and prop not in party and prop not in entry:
            continue
        ours, theirs = _first(party, prop), _first(entry, prop)
        is_it = equal is not None and not told and ours and ours == equal["query"]
        if is_it and equal is not None:
            told = True
            found.append(
                FieldRow(
                    _(label),
                    covered(ours),
                    str(equal["candidate"]),
                    comparison_of(equal),
                    _("Agrees") if equal["score"] > 0 else _("Differs"),
                    equal["shift"],
                )
            )
        elif ours or theirs:
            found.append(
                FieldRow(
                    _(label), covered(ours) if ours else "", theirs, NONE, _none_word(ours, theirs), None
                )
            )
    if equal is not None and not told:
        found.append(
            FieldRow(
                _("Number"),
                covered(str(equal["query"])),
                str(equal["candidate"]),
                comparison_of(equal),
                word_of(equal),
                equal["shift"],
            )
        )
    return found


def _first(properties: Properties, *names: str) -> str:
    return next((value for name in names for value in properties.get(name, ()) if value), "")


def _none_word(ours: str, theirs: str) -> str:
    return _("Not compared") if ours and theirs else _("One side only")


def _value(name: str, value: str) -> str:
    if name in ("nationality", "country") and value:
        return ", ".join(country_name(code.strip()) for code in value.split(","))
    if name in ("birth_date", "incorporation_date"):
        try:
            return shown(date.fromisoformat(value), "long")
        except ValueError:
            return value  # circa 1971, 1971-03
    return value


def squares(explanation: Mapping[str, Any]) -> tuple[Compared, ...]:
    """The four squares of a queue's row: name, birth or forming, country, number."""
    by_name = {feature["feature"]: feature for feature in features_of(explanation)}

    def square(label: str, *names: str) -> Compared:
        feature = next((by_name[name] for name in names if name in by_name), None)
        if feature is None:
            return Compared(label, NONE, _("not compared"))
        return Compared(label, comparison_of(feature), word_of(feature).lower())

    return (
        square(_("Name"), "name"),
        square(_("Birth or forming"), "birth_date", "incorporation_date"),
        square(_("Country"), "nationality", "country"),
        square(_("Number"), "identifier"),
    )


def words(explanation: Mapping[str, Any]) -> tuple[WordPair, ...]:
    """Words and their partners, in the order of the party's name; at most six."""
    name = next((f for f in features_of(explanation) if f["feature"] == "name"), None)
    if name is None:
        return ()
    pairs = list(name.get("pairs", ()))
    heaviest = max((pair["weight"] for pair in pairs), default=0)
    ours, theirs = _written(name["query"]), _written(name["candidate"])
    order = list(ours)
    alone = sum(pair["weight"] == heaviest for pair in pairs) == 1 < len(pairs)
    return tuple(
        WordPair(
            *_runs(_as_written(pair["query"], ours), _as_written(pair["candidate"], theirs)),
            alike=pair["score"],
            weight=pair["weight"],
            how=_how(pair["how"]),
            place=_place(pair["candidate"], list(theirs)),
            rare=alone and pair["weight"] == heaviest,
        )
        for pair in sorted(pairs, key=lambda pair: _at(pair["query"], order))[:6]
    )


def _written(name: str) -> dict[str, str]:
    """The words of a name as the scorer folds them, with each as it is written; in their order."""
    found: dict[str, str] = {}
    for word in re.split(r"[\s,]+", name):
        for folded in latin(word).split():
            found.setdefault(folded, word)
    return found


def _as_written(words: str, written: Mapping[str, str]) -> str:
    return " ".join(dict.fromkeys(written.get(word, word) for word in words.split()))


def _at(words: str, order: Sequence[str]) -> int:
    first = words.split(" ")[0] if words else ""
    return order.index(first) if first in order else len(order)


def _how(how: str) -> str:
    return {"equal": _("the same word"), "no partner": _("no partner")}.get(how, how)


def _place(word: str, theirs: Sequence[str]) -> str:
    first = word.split(" ")[0] if word else ""
    if first not in theirs:
        return ""
    number = theirs.index(first) + 1
    ending = {1: "st", 2: "nd", 3: "rd"}.get(number, "th")
    return _("%(nth)s word there") % {"nth": f"{number}{ending}"}


def _runs(ours: str, theirs: str) -> tuple[tuple[Run, ...], tuple[Run, ...]]:
    left: list[Run] = []
    right: list[Run] = []
    # Capitals are how a list is printed, not another spelling.
    for kind, a, b, c, d in SequenceMatcher(None, ours.lower(), theirs.lower(), autojunk=False).get_opcodes():
        if a != b:
            left.append(Run(ours[a:b], kind != "equal"))
        if c != d:
            right.append(Run(theirs[c:d], kind != "equal"))
    return tuple(left) or (Run("–"),), tuple(right) or (Run("–"),)


def sentences(explanation: Mapping[str, Any]) -> tuple[Sentence, ...]:
    """The stored sentences, each with the square of the field that it speaks of."""
    features = features_of(explanation)
    name = [feature for feature in features if feature["feature"] == "name"]
    rest = [f for f in features if f["feature"] not in ("name", "limit")]
    order = name + sorted(rest, key=lambda feature: -abs(feature["shift"]))
    found = []
    for number, text in enumerate(explanation.get("sentences", ())):
        feature = order[number] if number < len(order) else None
        comparison = comparison_of(feature) if feature else NONE
        lead, mark, tail = _split(text)
        if feature and feature["feature"] in ("nationality", "country"):
            sides = dict.fromkeys(_value("country", str(feature[side])) for side in ("query", "candidate"))
            tail = _(" against ").join(sides) + "."
        found.append(Sentence(comparison, lead + mark, tail))
    return tuple(found)


def _split(text: str) -> tuple[str, str, str]:
    """The lead up to the first stop that leaves something after it."""
    places = [(text.find(mark), mark[0]) for mark in (". ", ", ", "; ", ": ") if text.find(mark) > 0]
    if not places:
        return text, "", ""
    at, mark = min(places)
    return text[:at], mark, text[at + 2 :]
