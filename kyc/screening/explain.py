"""An explanation as JSON and as the sentences that a reviewer reads."""

from __future__ import annotations

from typing import Any

import pycountry

from kyc.screening.alignment import NameMatch
from kyc.screening.evidence import Feature
from kyc.screening.score import Match

_PLACES = 4


def explanation(match: Match) -> list[dict[str, Any]]:
    """The features as JSON objects; `score` × `weight` over all of them adds up to the match's score.

    The line `name` carries `pairs`: the words that stand for each other, similarity × weight adding up
    to the name score.
    """
    lines = []
    for feature in match.features:
        line: dict[str, Any] = {
            "feature": feature.feature,
            "score": round(feature.score, _PLACES),
            "weight": round(feature.weight, _PLACES),
            "shift": round(feature.shift, _PLACES),
            "query": feature.query,
            "candidate": feature.candidate,
            "detail": feature.detail,
        }
        if feature.feature == "name":
            line["detail"] = _name_detail(match.names)
            line["pairs"] = [
                {
                    "query": " ".join(pair.query),
                    "candidate": " ".join(pair.candidate),
                    "score": round(pair.similarity, _PLACES),
                    "weight": round(pair.weight, _PLACES),
                    "how": pair.how,
                }
                for pair in match.names.pairs
            ]
        lines.append(line)
    return lines


def _name_detail(match: NameMatch) -> str:
    """The word pairs on one line, in order of weight."""
    lines = []
    for pair in sorted(match.pairs, key=lambda pair: -pair.weight):
        ours, theirs = " ".join(pair.query) or "–", " ".join(pair.candidate) or "–"
        lines.append(f"{ours} ~ {theirs} {pair.similarity:.2f} × {pair.weight:.2f} ({pair.how})")
    return "; ".join(lines)


def result(match: Match, threshold: float) -> dict[str, Any]:
    """One result of a screening as JSON: what `screen` and `/match` answer."""
    return {
        "id": match.id,
        "schema": match.schema,
        "caption": match.caption,
        "score": round(match.score, _PLACES),
        "match": match.score >= threshold,
        "datasets": list(match.datasets),
        "explanation": explanation(match),
    }


#: Codes that lists use beside ISO 3166-1.
_NOT_IN_ISO = {"XK": "Kosovo", "EU": "European Union", "UK": "United Kingdom"}
_FIELDS = {
    "birth_date": "The birth date",
    "incorporation_date": "The date of incorporation",
    "nationality": "The nationality",
    "country": "The country",
    "gender": "The gender",
    "birth_place": "The birth place",
    "address": "The address",
}
_DETAILS = {
    "the same day": "agrees to the day",
    "the same month": "agrees in year and month; one side gives no day",
    "the same year": "agrees in the year; one side gives no day or month, so this adds little",
    "day and month swapped": "agrees when day and month are swapped",
    "close to each other": "differs a little",
    "one digit differs": "differs in one digit of the year",
    "years apart": "differs by years, which speaks against a match",
    "far apart": "differs by many years, which speaks strongly against a match",
}


def sentences(match: Match) -> list[str]:
    """What speaks for and against the match, in plain sentences, strongest first after the name."""
    found = [_name_sentence(match)]
    rest = [feature for feature in match.features if feature.feature != "name"]
    for feature in sorted(rest, key=lambda feature: -abs(feature.shift)):
        sentence = _sentence(feature)
        if sentence:
            found.append(sentence)
    if not any(feature.feature == "identifier" for feature in rest):
        found.append("No number stands on both sides, so none proves or rules out identity.")
    return found


def _name_sentence(match: Match) -> str:
    pairs = match.names.pairs
    together = [pair for pair in pairs if pair.similarity]
    alone = [pair for pair in pairs if not pair.similarity]
    if match.name_score >= 0.9995:
        return "The names agree word for word."
    heavy = max(pairs, key=lambda pair: pair.weight)
    word = " ".join(heavy.query or heavy.candidate)
    counts = f'"{word}" counts most because it is the rarest word.' if len(pairs) > 1 else ""
    if not together:
        return "No word of one name stands for a word of the other."
    if not alone:
        number = "The word" if len(together) == 1 else f"All {len(together)} words"
        return f"{number} of the name find a partner, not all spelled the same. {counts}".strip()
    missing = ", ".join(f'"{" ".join(pair.query or pair.candidate)}"' for pair in alone[:4])
    return f"{len(together)} of {len(pairs)} words find a partner; {missing} stands alone. {counts}".strip()


def _sentence(feature: Feature) -> str:
    if feature.feature == "identifier":
        if feature.score > 0:
            return f"Both sides carry the number {feature.query}, which outweighs a different spelling."
        return f"The numbers differ, {feature.query} against {feature.candidate}: a party has only one."
    if feature.feature == "weak_alias":
        return (
            f"The name is an alias that the list itself calls weak ({feature.candidate}), so it counts less."
        )
    if feature.feature == "kind":
        return f"One side is a {feature.query}, the other a {feature.candidate}: they cannot be the same."
    if feature.feature == "limit":
        return ""
    name = _FIELDS.get(feature.feature, feature.feature)
    detail = _DETAILS.get(feature.detail, feature.detail)
    ours, theirs = feature.query, feature.candidate
    if feature.feature in ("nationality", "country"):
        ours, theirs = _countries(ours), _countries(theirs)
    return f"{name} {detail}: {ours}." if ours == theirs else f"{name} {detail}: {ours} against {theirs}."


def _countries(codes: str) -> str:
    """The English names of the countries in `at, de`; a code without one stays, in capitals."""
    return ", ".join([_country(code.upper()) for code in codes.split(", ")])


def _country(code: str) -> str:
    if code in _NOT_IN_ISO:
        return _NOT_IN_ISO[code]
    found = pycountry.countries.get(alpha_2=code) or pycountry.historic_countries.get(alpha_2=code)
    return str(getattr(found, "common_name", found.name)) if found else code
