"""The invented list of the demonstration, in two versions, as FollowTheMoney JSON lines.

Names are put together from made-up syllables by a fixed seed, so the list is the same everywhere and no
entry is anybody. The few entries that the story needs stand below in full.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

DATASET = "demo_list"
SEED = 20261124
FIRST, ADDED, CHANGED, REMOVED = 1177, 31, 4, 2

Entity = dict[str, Any]

#: What version 1 says of those whom the story meets.
MET: list[tuple[str, str, str, dict[str, list[str]]]] = [
    (
        "00417",
        "Person",
        "VELIDRANOFF, Alexey Viktorovitch",
        {
            "birthDate": ["1971"],
            "nationality": ["kz"],
            "gender": ["male"],
            "birthPlace": ["Almaty"],
        },
    ),
    (
        "00222",
        "Company",
        "Sable Arc Trading FZE",
        {"alias": ["Sable Arc General Trading"], "country": ["ae"], "registrationNumber": ["SAIF-771804"]},
    ),
    (
        "00731",
        "Person",
        "Eskild Skarvholt",
        {"birthDate": ["1978"], "nationality": ["no"], "gender": ["male"]},
    ),
    (
        "00902",
        "Person",
        "Petronella Wekunda Achira",
        {"birthDate": ["1976"], "nationality": ["ug"], "gender": ["female"]},
    ),
    (
        "01044",
        "Company",
        "Wyrnhold Beteiligung GmbH",
        {"country": ["at"]},
    ),
]

#: Whom version 2 adds: three layers above one of the tenants.
NEWLY_LISTED = (
    "01501",
    "Person",
    "Konrad Eszterlund",
    {
        "alias": ["Konrád Eszterlund", "Конрад Эстерлунд"],
        "birthDate": ["1968-02-29"],
        "nationality": ["at"],
        "gender": ["male"],
        "passportNumber": ["P4417720"],
    },
)

_FRONT = (
    "Bra Dre Fal Gwy Hol Jur Kel Lor Mar Nes Ost Pel Rav Sil Tor Ulf Vas Wen Yar Zel Cor Ith Obr Que"
).split()
_MIDDLE = "ba de fi go lu mi no pra ri sho ta ve wo xi ya zu cha dri gli ksa".split()
_BACK = "mund dorn wick sova pulos ghar mec tzen brandt quist vash olan eriu sik thar nko yuma dze".split()
_GIVEN = (
    "Ar Bel Ced Dov Elm Fra Gil Hed Iov Jas Kir Lin Mor Nav Oru Pav Ros Sev Tam Una Vel Wil Yev Zor"
).split()
_ENDING = "in a ek ita or ume ai el iya ovan eth ula".split()
_TRADE = "Harbour Lattice Meridian Copper Northern Silk Granite Lantern Cedar Orbit Falcon Juniper".split()
_WORK = "Logistics Trading Electronics Shipping Holdings Instruments Components Aviation Metals".split()
_FORM = "LLC Ltd GmbH FZE JSC SARL OOO Co. Ltd.".split()
_COUNTRIES = "ae am az by cy ge hk ir kg kz lb my pk ru sy tr uz vn".split()
_CYRILLIC = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "абцдефгхийклмнопкрстуввхызАБЦДЕФГХИЙКЛМНОПКРСТУВВХЫЗ",
)


def write(folder: Path) -> tuple[Path, Path]:
    """Write both versions into `folder`; return their paths."""
    first = _first()
    paths = (folder / "demo-list-1.json", folder / "demo-list-2.json")
    for path, entities in zip(paths, (first, _second(first)), strict=True):
        lines = (json.dumps(entity, ensure_ascii=False) for entity in entities)
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paths


def _first() -> list[Entity]:
    made = [_entity(key, schema, name, more) for key, schema, name, more in MET]
    taken = {entity["id"] for entity in made}
    source = _entries(random.Random(SEED))  # noqa: S311 - invented names, no secret
    number = 0
    while len(made) < FIRST:
        number += 1
        if f"demo-{number:05d}" not in taken:
            made.append(_numbered(number, next(source)))
    return sorted(made, key=lambda entity: entity["id"])


def _second(first: list[Entity]) -> list[Entity]:
    """Version 2: 31 added, 4 changed, 2 removed."""
    source = _entries(random.Random(SEED + 1))  # noqa: S311
    met = {f"demo-{key}" for key, *_ in MET}
    plain = [entity for entity in first if entity["id"] not in met]
    gone = {entity["id"] for entity in plain[10 : 10 + REMOVED]}
    changed = {entity["id"] for entity in plain[100 : 100 + CHANGED]}
    kept = []
    for entity in first:
        if entity["id"] in gone:
            continue
        if entity["id"] in changed:
            properties = {**entity["properties"], "country": ["tm"]}
            entity = {**entity, "properties": properties}
        kept.append(entity)
    key, schema, name, more = NEWLY_LISTED
    kept.append(_entity(key, schema, name, more))
    kept += [_numbered(1600 + n, next(source)) for n in range(ADDED - 1)]
    return kept


def _entity(key: str, schema: str, name: str, more: dict[str, list[str]]) -> Entity:
    return {
        "id": f"demo-{key}",
        "schema": schema,
        "caption": name,
        "datasets": [DATASET],
        "properties": {"name": [name], **more},
    }


def _numbered(number: int, made: Entity) -> Entity:
    return {**made, "id": f"demo-{number:05d}"}


def _entries(choice: random.Random) -> Iterator[Entity]:
    while True:
        yield _person(choice) if choice.random() < 0.6 else _company(choice)


def _person(choice: random.Random) -> Entity:
    given = choice.choice(_GIVEN) + choice.choice(_ENDING)
    second = choice.choice(_GIVEN) + choice.choice(_ENDING)
    surname = choice.choice(_FRONT) + choice.choice(_MIDDLE) + choice.choice(_MIDDLE) + choice.choice(_BACK)
    name = f"{given} {second} {surname}"
    aliases = [f"{surname.upper()}, {given}", name.translate(_CYRILLIC)][: choice.choice((1, 2, 2, 2))]
    born = f"{choice.randint(1938, 1999)}"
    if choice.random() < 0.6:
        born += f"-{choice.randint(1, 12):02d}-{choice.randint(1, 28):02d}"
    return _entity(
        "",
        "Person",
        name,
        {
            "alias": aliases,
            "birthDate": [born],
            "nationality": [choice.choice(_COUNTRIES)],
            "gender": [choice.choice(("male", "female"))],
        },
    )


def _company(choice: random.Random) -> Entity:
    core = f"{choice.choice(_FRONT)}{choice.choice(_MIDDLE)}{choice.choice(_BACK)}"
    words = f"{core} {choice.choice(_TRADE)} {choice.choice(_WORK)}"
    name = f"{words} {choice.choice(_FORM)}"
    aliases = [core.capitalize() + " " + words.split()[-1], words][: choice.choice((1, 2, 2))]
    return _entity("", "Company", name, {"alias": aliases, "country": [choice.choice(_COUNTRIES)]})
