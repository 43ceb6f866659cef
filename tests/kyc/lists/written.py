"""Tiny lists that we wrote: every party in them is invented."""

from __future__ import annotations

import json
from typing import Any

from kyc.lists.entry import Entry
from kyc.lists.files import ListFile
from kyc.lists.reading import ReadResult, read

END = "\x1a\r\n"

SDN = (
    '101,"TULIPWORKS TRADING LLC",-0- ,"INVENTED] [PRETEND",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"Website www.tulipworks.example; Tax ID No. 77-1234567 (Panama); Legal Entity Number '
    "5299000J2N45DDNE4Y28; Organization Established Date 05 May 2014; Linked To: QUELL, Armin; a.k.a. "
    "'TULWO'.\"\r\n"
    '102,"QUELL, Armin","individual","INVENTED",Director ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,'
    '"DOB 03 Dec 1965; alt. DOB circa 1966; POB Quito, Ecuador; nationality Ecuador; alt. nationality Peru; '
    "citizen Korea, North; Gender Male; Passport A0012345 (Ecuador) issued 01 Jan 2010 expires 01 Jan 2020; "
    "National ID No. 17-998877 (Ecuador); Digital Currency Address - XBT "
    "1InventedAddressForTestsOnly9x; alt. Email Address armin@quell.example; Secondary sanctions risk: "
    'section 9 of an invented order."\r\n'
    '103,"PAPER BOAT","vessel","INVENTED",-0- ,"T9XY2","Bulk Carrier","1,200","900","Liberia",'
    '"Tulip Shipping",'
    '"Vessel Registration Identification IMO 9074729; MMSI 636000001; Former Vessel Flag Malta."\r\n'
)
ADD = '101,1,"1 Glasshouse Lane","Panama City","Panama",-0- \r\n102,2,-0- ,"Quito","Ecuador",-0- \r\n'
ALT = (
    '101,1,"fka","TULIP TRADING LIMITED",-0- \r\n101,2,"aka","TWT",-0- \r\n'
    '102,3,"aka","QUELLE, Arminio",-0- \r\n'
)


def file(name: str, text: str | bytes) -> ListFile:
    """A file of a list, in memory."""
    return ListFile.of_bytes(name, text.encode() if isinstance(text, str) else text)


def sdn(primary: str = SDN + END, add: str = ADD + END, alt: str = ALT + END) -> list[ListFile]:
    """OFAC's three files."""
    return [file("add.csv", add), file("alt.csv", alt), file("sdn.csv", primary)]


def entries(source: str, *files: ListFile) -> dict[str, Entry]:
    """The entries of a list by key."""
    return {entry.key: entry for entry in read(source, files)}


def one(source: str, *files: ListFile) -> Entry:
    """The only entry."""
    (entry,) = read(source, files)
    return entry


def finished(source: str, *files: ListFile) -> ReadResult:
    """A result that has been read to its end."""
    result = read(source, files)
    for _ in result:
        pass
    return result


def csl_json(rows: list[dict[str, Any]], **changed: Any) -> str:
    """A compact Consolidated Screening List."""
    sources = [
        "Specially Designated Nationals (SDN) - Treasury Department",
        "Entity List (EL) - Bureau of Industry and Security",
        "Sectoral Sanctions Identifications List (SSI) - Treasury Department",
    ]
    whole = {
        "citation": "U.S. Consolidated Screening List (invented)",
        "sourceGeneratedAt": "2026-02-03T13:15:00+00:00",
        "entryCount": len(rows),
        "countsBySource": {name: sum(r["s"] == i for r in rows) for i, name in enumerate(sources)},
        "tables": {
            "sources": sources,
            "licenceRequirements": ["For all items subject to the EAR."],
            "licencePolicies": ["Policy of denial."],
            "programmes": ["INVENTED; PRETEND"],
            "urls": ["https://lists.example/"],
        },
        "entries": rows,
    }
    return json.dumps({**whole, **changed})
