"""The shape of a BODS 0.4 statement (standard.openownership.org, 0.4 schema): types, codes, formats.

Only shapes: what statements mean together is judged in `statements.check`. One small table instead of
the schema files, so that each complaint names the field and says what was expected.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

Problem = tuple[str, str]
"""Path of the field within the statement, and what is wrong with it."""
Shape = Callable[[Any, str], Iterator[Problem]]

UNSPECIFIED_REASONS = frozenset(
    {
        "noBeneficialOwners",
        "subjectUnableToConfirmOrIdentifyBeneficialOwner",
        "interestedPartyHasNotProvidedInformation",
        "subjectExemptFromDisclosure",
        "interestedPartyExemptFromDisclosure",
        "unknown",
        "informationUnknownToPublisher",
    }
)
INTEREST_TYPES = frozenset(
    {
        "shareholding",
        "votingRights",
        "appointmentOfBoard",
        "otherInfluenceOrControl",
        "seniorManagingOfficial",
        "settlor",
        "trustee",
        "protector",
        "beneficiaryOfLegalArrangement",
        "rightsToSurplusAssetsOnDissolution",
        "rightsToProfitOrIncome",
        "rightsGrantedByContract",
        "conditionalRightsGrantedByContract",
        "controlViaCompanyRulesOrArticles",
        "controlByLegalFramework",
        "boardMember",
        "boardChair",
        "unknownInterest",
        "unpublishedInterest",
        "enjoymentAndUseOfAssets",
        "rightToProfitOrIncomeFromAssets",
        "nominee",
        "nominator",
    }
)
#: Which subtypes an entityType may have.
SUBTYPES: Mapping[str, frozenset[str]] = {
    "arrangement": frozenset({"trust", "nomination", "other"}),
    "legalEntity": frozenset({"trust", "other"}),
    "stateBody": frozenset({"governmentDepartment", "stateAgency", "other"}),
    "registeredEntity": frozenset({"other"}),
    "state": frozenset({"other"}),
    "anonymousEntity": frozenset({"other"}),
    "unknownEntity": frozenset({"other"}),
}
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")


def text(
    *, codes: frozenset[str] | None = None, least: int = 0, most: int | None = None, pattern: str = ""
) -> Shape:
    def shape(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, str):
            yield path, "not a text"
        elif codes is not None and value not in codes:
            yield path, f"not one of the codes: {value}"
        elif len(value) < least or (most is not None and len(value) > most):
            yield path, f"{len(value)} characters, expected {least} to {most}"
        elif pattern and not re.fullmatch(pattern, value):
            yield path, f"not in the expected form: {value}"

    return shape


def boolean(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, bool):
        yield path, "neither true nor false"


def percentage(value: Any, path: str) -> Iterator[Problem]:
    if isinstance(value, bool) or not isinstance(value, int | float):
        yield path, "not a number"
    elif not 0 <= value <= 100:
        yield path, "outside 0 to 100 percent"


def day(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield path, "not a text"
    elif not is_day(value):
        yield path, f"not a date: {value}"


def is_day(value: str) -> bool:
    """Whether `value` is a calendar date YYYY-MM-DD."""
    try:
        return len(value) == 10 and date.fromisoformat(value) is not None
    except ValueError:
        return False


def instant(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield path, "not a text"
        return
    if is_day(value):
        return
    try:
        stamp = datetime.fromisoformat(value)
        if stamp.tzinfo is None or "T" not in value.upper():
            raise ValueError
    except ValueError:
        yield path, f"not a date or time: {value}"


def partial_day(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield path, "not a text"
    elif not re.fullmatch(r"\d{4}(-(0[1-9]|1[0-2]))?", value) and not is_day(value):
        yield path, f"not a year, month or date: {value}"


def uri(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield path, "not a text"
    elif not _URI.fullmatch(value) or not urlsplit(value).scheme:
        yield path, "not an absolute URI"


def many(item: Shape) -> Shape:
    def shape(value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, list):
            yield path, "not an array"
            return
        for n, one in enumerate(value):
            yield from item(one, f"{path}[{n}]")

    return shape


@dataclass(frozen=True)
class Thing:
    """An object: `needs` must be there, `fields` are checked where they are; others are free."""

    fields: Mapping[str, Shape]
    needs: tuple[str, ...] = ()
    also: tuple[Shape, ...] = field(default=())

    def __call__(self, value: Any, path: str) -> Iterator[Problem]:
        if not isinstance(value, dict):
            yield path, "not an object"
            return
        dot = f"{path}." if path else ""
        for name in self.needs:
            if name not in value:
                yield f"{dot}{name}", "missing"
        for name, shape in self.fields.items():
            if name in value:
                yield from shape(value[name], f"{dot}{name}")
        for rule in self.also:
            yield from rule(value, path)


def either(name: str, other: str) -> Shape:
    def shape(value: Any, path: str) -> Iterator[Problem]:
        if name not in value and other not in value:
            yield f"{path}.{name}", f"missing, and no {other}"

    return shape


def record_or_reason(value: Any, path: str) -> Iterator[Problem]:
    if not isinstance(value, str):
        yield from UNSPECIFIED(value, path)


def _subtype(value: Any, path: str) -> Iterator[Problem]:
    kind, sub = value.get("type"), value.get("subtype")
    if isinstance(kind, str) and isinstance(sub, str) and sub not in SUBTYPES.get(kind, frozenset({sub})):
        yield f"{path}.subtype", f"{sub} does not go with {kind}"


def _components(value: Any, path: str) -> Iterator[Problem]:
    if value.get("isComponent") is True and value.get("componentRecords"):
        yield f"{path}.componentRecords", "a component has no components"


def _annotation(value: Any, path: str) -> Iterator[Problem]:
    if value.get("motivation") == "linking" and "url" not in value:
        yield f"{path}.url", "missing"
    if value.get("motivation") != "transformation" and value.get("transformedContent"):
        yield f"{path}.transformedContent", "only where the motivation is transformation"


def _address(*kinds: str) -> Shape:
    return Thing(
        {"type": text(codes=frozenset(kinds)), "address": text(), "postCode": text(), "country": COUNTRY}
    )


UNSPECIFIED = Thing({"reason": text(codes=UNSPECIFIED_REASONS), "description": text()}, ("reason",))
COUNTRY = Thing({"name": text(), "code": text(least=2, most=2)}, ("name",))
JURISDICTION = Thing({"name": text(), "code": text(least=2, most=6)}, ("name",))
IDENTIFIER = Thing(
    {"id": text(), "scheme": text(), "schemeName": text(), "uri": uri}, also=(either("scheme", "schemeName"),)
)
SOURCE = Thing(
    {
        "type": many(
            text(
                codes=frozenset(
                    {"selfDeclaration", "officialRegister", "thirdParty", "primaryResearch", "verified"}
                )
            )
        ),
        "description": text(),
        "url": uri,
        "retrievedAt": instant,
        "assertedBy": many(Thing({"name": text(), "uri": uri})),
    }
)
ENTITY = Thing(
    {
        "isComponent": boolean,
        "entityType": Thing(
            {
                "type": text(codes=frozenset(SUBTYPES)),
                "subtype": text(codes=frozenset().union(*SUBTYPES.values())),
                "details": text(),
            },
            ("type",),
            (_subtype,),
        ),
        "unspecifiedEntityDetails": UNSPECIFIED,
        "name": text(),
        "alternateNames": many(text()),
        "jurisdiction": JURISDICTION,
        "identifiers": many(IDENTIFIER),
        "foundingDate": day,
        "dissolutionDate": day,
        "addresses": many(_address("registered", "business", "alternative")),
        "uri": uri,
        "publicListing": Thing(
            {
                "hasPublicListing": boolean,
                "companyFilingsURLs": many(uri),
                "securitiesListings": many(
                    Thing(
                        {
                            "marketIdentifierCode": text(),
                            "operatingMarketIdentifierCode": text(),
                            "stockExchangeJurisdiction": text(least=2, most=6),
                            "stockExchangeName": text(),
                            "security": Thing(
                                {
                                    "idScheme": text(codes=frozenset({"isin", "figi", "cusip", "cins"})),
                                    "id": text(),
                                    "ticker": text(),
                                },
                                ("ticker",),
                            ),
                        },
                        ("stockExchangeJurisdiction", "security", "stockExchangeName"),
                    )
                ),
            },
            ("hasPublicListing",),
        ),
        "formedByStatute": Thing({"name": text(), "date": day}),
    },
    ("isComponent", "entityType"),
)
PERSON = Thing(
    {
        "isComponent": boolean,
        "personType": text(codes=frozenset({"anonymousPerson", "unknownPerson", "knownPerson"})),
        "unspecifiedPersonDetails": UNSPECIFIED,
        "names": many(
            Thing(
                {
                    "type": text(
                        codes=frozenset(
                            {"legal", "translation", "transliteration", "former", "alternative", "birth"}
                        )
                    ),
                    "fullName": text(),
                    "familyName": text(),
                    "givenName": text(),
                    "patronymicName": text(),
                },
                ("fullName",),
            )
        ),
        "identifiers": many(IDENTIFIER),
        "nationalities": many(COUNTRY),
        "placeOfBirth": _address("placeOfBirth"),
        "birthDate": partial_day,
        "deathDate": partial_day,
        "taxResidencies": many(COUNTRY),
        "addresses": many(_address("residence", "service", "alternative")),
        "politicalExposure": Thing(
            {
                "status": text(codes=frozenset({"isPep", "isNotPep", "unknown"})),
                "details": many(
                    Thing(
                        {
                            "reason": text(),
                            "missingInfoReason": text(),
                            "jurisdiction": JURISDICTION,
                            "startDate": day,
                            "endDate": day,
                            "source": SOURCE,
                        }
                    )
                ),
            },
            ("status",),
        ),
    },
    ("personType", "isComponent"),
)
RELATIONSHIP = Thing(
    {
        "isComponent": boolean,
        "componentRecords": many(text()),
        "subject": record_or_reason,
        "interestedParty": record_or_reason,
        "interests": many(
            Thing(
                {
                    "type": text(codes=INTEREST_TYPES),
                    "directOrIndirect": text(codes=frozenset({"direct", "indirect", "unknown"})),
                    "beneficialOwnershipOrControl": boolean,
                    "details": text(),
                    "share": Thing(
                        {
                            "exact": percentage,
                            "minimum": percentage,
                            "maximum": percentage,
                            "exclusiveMinimum": percentage,
                            "exclusiveMaximum": percentage,
                        }
                    ),
                    "startDate": day,
                    "endDate": day,
                }
            )
        ),
    },
    ("isComponent", "subject", "interestedParty"),
    (_components,),
)
RECORDS: Mapping[str, Thing] = {"entity": ENTITY, "person": PERSON, "relationship": RELATIONSHIP}


def _details(value: Any, path: str) -> Iterator[Problem]:
    kind = value.get("recordType")
    if "recordDetails" in value and isinstance(kind, str) and kind in RECORDS:
        yield from RECORDS[kind](value["recordDetails"], "recordDetails")


STATEMENT = Thing(
    {
        "statementId": text(least=32, most=64),
        "statementDate": instant,
        "annotations": many(
            Thing(
                {
                    "statementPointerTarget": text(),
                    "creationDate": instant,
                    "createdBy": Thing({"name": text(), "uri": uri}),
                    "motivation": text(
                        codes=frozenset(
                            {"commenting", "correcting", "identifying", "linking", "transformation"}
                        )
                    ),
                    "description": text(),
                    "transformedContent": text(),
                    "url": uri,
                },
                ("motivation", "statementPointerTarget"),
                (_annotation,),
            )
        ),
        "publicationDetails": Thing(
            {
                "publicationDate": instant,
                "bodsVersion": text(pattern=r"\d+\.\d+"),
                "license": uri,
                "publisher": Thing({"name": text(), "url": uri}, also=(either("name", "url"),)),
            },
            ("publicationDate", "bodsVersion", "publisher"),
        ),
        "source": SOURCE,
        "declaration": text(),
        "declarationSubject": text(),
        "recordId": text(),
        "recordType": text(codes=frozenset(RECORDS)),
        "recordStatus": text(codes=frozenset({"new", "updated", "closed"})),
    },
    ("statementId", "declarationSubject", "recordId", "recordType", "recordDetails", "statementDate"),
    (_details,),
)


def problems(statement: Any) -> list[Problem]:
    """Every deviation of one statement from the schema; empty where it conforms."""
    return list(STATEMENT(statement, ""))
