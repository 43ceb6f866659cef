"""The real series: every change of the SDN list over four months, as changes of its entries; and parties."""

from __future__ import annotations

import io
import lzma
import random
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kyc.lists.reading import read_source
from tests.shared_data import shared_data

SOURCE = "us_ofac_sdn"
_MARK = b"\x1a"


@dataclass(frozen=True)
class Day:
    """One snapshot of the series: the file, and what it changed against the one before."""

    name: str
    file: bytes
    #: Key → the entry as it is from now on; None: it left the list.
    changed: Mapping[str, dict[str, Any] | None]


def days(folder: Path) -> Iterator[Day]:
    """The 41 snapshots in order; only the rows that differ from the day before are read.

    `folder` takes a small file for the reader. The first day's changes are the whole list.
    """
    rows: dict[bytes, bytes] = {}
    keys: dict[bytes, str] = {}
    whole = lzma.open(shared_data("ofac/sdn-daily-2023-10_2024-01.tar.xz")).read()
    with tarfile.open(fileobj=io.BytesIO(whole)) as archive:
        for member in archive:
            file = archive.extractfile(member)
            assert file is not None
            content = file.read()
            now = {line.split(b",", 1)[0]: line for line in content.split(b"\r\n") if line[:1].isdigit()}
            changed: dict[str, dict[str, Any] | None] = {
                keys.pop(number): None for number in rows.keys() - now.keys()
            }
            differing = [line for number, line in now.items() if rows.get(number) != line]
            for number, entity in _read(differing, folder):
                keys[number] = entity["id"]
                changed[entity["id"]] = entity
            rows = now
            yield Day(member.name, content, changed)


def _read(lines: list[bytes], folder: Path) -> Iterator[tuple[bytes, dict[str, Any]]]:
    if not lines:
        return
    path = folder / "sdn.csv"
    path.write_bytes(b"".join(line + b"\r\n" for line in lines) + _MARK)
    entries = list(read_source(SOURCE, path))
    assert len(entries) == len(lines)
    for line, entry in zip(lines, entries, strict=True):
        yield line.split(b",", 1)[0], entry.to_ftm()


_SYLLABLES = "an bel cor dag es fjo gis hak im jor kes lud mar nep ost pri quil ras sven tul ulf vik".split()


def parties(listed: list[dict[str, Any]], count: int, seed: int = 11) -> list[dict[str, Any]]:
    """Parties of ours: a third bears a listed name, mostly with small faults; the others are invented.

    `listed` are entries of the whole series, so that hits appear and disappear.
    """
    chance = random.Random(seed)
    found = []
    for x in range(count):
        if x % 3:
            words = ["".join(chance.sample(_SYLLABLES, chance.randint(2, 3))).title() for _ in range(2)]
            entity = {"schema": "Person", "name": " ".join(words)}
            more = {"birthDate": [f"19{chance.randint(40, 99)}"]}
        else:
            base = chance.choice(listed)
            schema = (
                base["schema"] if base["schema"] in ("Person", "Company", "Organization") else "LegalEntity"
            )
            entity = {"schema": schema, "name": _mutated(base["caption"], chance)}
            more = {
                name: list(base["properties"][name])
                for name in ("birthDate", "passportNumber", "country")
                if name in base["properties"] and chance.random() < 0.4
            }
        found.append(
            {
                "id": f"party-{x}",
                "schema": entity["schema"],
                "caption": entity["name"],
                "datasets": [],
                "properties": {"name": [entity["name"]], **more},
            }
        )
    return found


def _mutated(name: str, chance: random.Random) -> str:
    """A listed name as somebody else may write it."""
    words = name.replace(",", "").split()
    match chance.randrange(6):
        case 0:
            return name
        case 1:
            chance.shuffle(words)
        case 2 if len(words) > 2:
            del words[chance.randrange(1, len(words))]
        case 3:
            place = chance.randrange(len(words))
            words[place] = words[place][:-1] or words[place]
        case 4:
            place = chance.randrange(len(words))
            at = chance.randrange(len(words[place]))
            words[place] = words[place][:at] + chance.choice("aeiou") + words[place][at + 1 :]
        case _:
            words = [words[0][:1], *words[1:]] if len(words) > 2 else words
    return " ".join(words)
