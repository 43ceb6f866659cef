"""The FollowTheMoney schemata that can be screened, and what kind of name each carries."""

from __future__ import annotations

from enum import Enum


class Kind(Enum):
    """How a name is built: given and family names, words and a legal form, or a title."""

    PERSON = "person"
    ORGANISATION = "organisation"
    #: A legal entity that may be either.
    EITHER = "either"
    #: Vessels, aircraft and other things with a name.
    THING = "thing"


#: Schema → kind (followthemoney 4, the schemata whose `matchable` is true and that bear a name).
KINDS: dict[str, Kind] = {
    "Person": Kind.PERSON,
    "Company": Kind.ORGANISATION,
    "Organization": Kind.ORGANISATION,
    "PublicBody": Kind.ORGANISATION,
    "LegalEntity": Kind.EITHER,
    "Thing": Kind.EITHER,
    "Asset": Kind.THING,
    "Vehicle": Kind.THING,
    "Vessel": Kind.THING,
    "Airplane": Kind.THING,
    "Security": Kind.THING,
    "CryptoWallet": Kind.THING,
    "RealEstate": Kind.THING,
    "Address": Kind.THING,
}

_COMPARABLE = {
    Kind.PERSON: {Kind.PERSON, Kind.EITHER},
    Kind.ORGANISATION: {Kind.ORGANISATION, Kind.EITHER},
    Kind.EITHER: {Kind.PERSON, Kind.ORGANISATION, Kind.EITHER},
    Kind.THING: {Kind.THING},
}


def comparable(a: Kind, b: Kind) -> bool:
    """Whether two kinds can be the same party: a person is never a company."""
    return b in _COMPARABLE[a]
