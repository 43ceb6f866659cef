"""A file that is not whole, not a list, or another list is refused whole, with the place and the reason."""

import io
import lzma
import tarfile
import zipfile
from pathlib import Path

import pytest

from core.errors import InvalidInput
from kyc.lists import files
from kyc.lists.reading import read, read_source
from tests.kyc.lists.test_un import NEW as UN
from tests.kyc.lists.written import ADD, ALT, END, SDN, csl_json, entries, file, finished, sdn

CSL = (
    "_id,source,entity_number,type,programs,name,addresses,alt_names,ids\n"
    "a1,Entity List (EL) - Bureau of Industry and Security,,,,Tulipworks,,,\n"
)
LAST = SDN.splitlines(keepends=True)[-1]


@pytest.mark.parametrize(
    ("primary", "field", "reason", "line"),
    [
        (SDN, "end mark", "sdn.csv: the closing Ctrl-Z is missing: not whole", 3),
        (SDN[: -len(LAST) // 2], "file", "not whole or not CSV", 3),
        (SDN + '104,"SHORT ROW",-0- \r\n' + END, "row", "3 fields instead of 12: not whole", 4),
        (SDN + SDN.splitlines(keepends=True)[0] + END, "key", "ofac-101 stands in the list twice", None),
        (SDN + SDN.splitlines(keepends=True)[0].replace("101", "x1") + END, "ent_num", "is not an entity", 4),
        (SDN.replace('"vessel"', '"balloon"') + END, "type", "'balloon' is not a type", 3),
        (SDN.replace('"PAPER BOAT"', '""') + END, "name", "ofac-103 has no name", None),
        (SDN + END + LAST + END, "file", "text after the end mark", None),
        (SDN.replace("PAPER", "PA\x00PER") + END, "file", "a NUL byte", None),
    ],
)
def test_a_damaged_primary_file(primary: str, field: str, reason: str, line: int | None) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        entries("us_ofac_sdn", *sdn(primary))
    assert (refused.value.field, refused.value.line) == (field, line)


def test_a_cut_file_of_aliases() -> None:
    with pytest.raises(InvalidInput, match=r"alt\.csv: the closing Ctrl-Z is missing: not whole"):
        entries("us_ofac_sdn", *sdn(alt=ALT[:-3]))


@pytest.mark.parametrize(
    ("text", "field", "reason", "line"),
    [
        (CSL + "a2,short,row\n", "row", "3 fields instead of 9: not whole", 3),
        (CSL.rstrip(), "file", "the last line is unfinished: not whole", 2),
        (CSL.replace(",alt_names", ",other"), "header", "no column alt_names", 1),
        (CSL + 'a2,"open quote', "file", "not whole or not CSV", 3),
    ],
)
def test_a_damaged_table(text: str, field: str, reason: str, line: int) -> None:
    with pytest.raises(InvalidInput, match=reason) as refused:
        entries("us_csl", file("consolidated.csv", text))
    assert (refused.value.field, refused.value.line) == (field, line)


@pytest.mark.parametrize("source", ["us_ofac_sdn", "us_csl", "un_sc", "ftm", "jp_meti"])
def test_an_empty_file(source: str) -> None:
    with pytest.raises(InvalidInput, match="empty"):
        read(source, [file("list", " \n")])


def test_a_list_without_entries() -> None:
    with pytest.raises(InvalidInput, match="no entries at all"):
        entries("us_csl", file("csl.json", csl_json([])))


def test_another_list() -> None:
    with pytest.raises(InvalidInput, match="this is the UN Consolidated List, not OFAC SDN list"):
        read("us_ofac_sdn", [file("sdn.csv", UN)])


def test_the_consolidated_file_given_as_the_sdn_file() -> None:
    parties = '1,"SECTOR BANK",-0- ,"UKRAINE-EO13662",-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- ,-0- \r\n'
    with pytest.raises(InvalidInput, match="those of another list of OFAC's"):
        entries("us_ofac_sdn", file("sdn.csv", parties + END))
    with pytest.raises(InvalidInput, match="those of another list of OFAC's"):
        entries("us_ofac_cons", *sdn())


def test_a_file_that_is_no_list() -> None:
    with pytest.raises(InvalidInput, match="no layout of OFAC SDN list that is known"):
        read("us_ofac_sdn", [file("sdn.csv", "good morning")])


def test_a_source_that_does_not_exist() -> None:
    with pytest.raises(InvalidInput, match="us_ofac is none of us_ofac_sdn"):
        read("us_ofac", sdn())


def test_two_versions_at_once() -> None:
    with pytest.raises(InvalidInput, match="2 files of primary records"):
        read("us_ofac_sdn", [*sdn(), file("old.csv", SDN + END)])
    with pytest.raises(InvalidInput, match="2 files of the same kind"):
        read("un_sc", [file("a.xml", UN), file("b.xml", UN)])


# folders, archives and compression


def test_a_folder_and_compressed_files(tmp_path: Path) -> None:
    for name, text in (("sdn.csv", SDN), ("add.csv", ADD), ("alt.csv", ALT)):
        (tmp_path / f"{name}.xz").write_bytes(lzma.compress((text + END).encode()))
    (tmp_path / "README.txt").write_text("Not a list.")
    result = read_source("us_ofac_sdn", tmp_path)
    assert len(list(result)) == 3
    assert result.notes == {"not read: README.txt": 1}


def _zipped(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for item in sdn():
            archive.writestr(f"lists/{item.name}", item.open().read())


def _tarred(path: Path) -> None:
    with tarfile.open(path, "w:xz") as archive:
        for item in sdn():
            content = item.open().read()
            member = tarfile.TarInfo(f"lists/{item.name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))


@pytest.mark.parametrize(("name", "pack"), [("sdn.zip", _zipped), ("sdn.tar.xz", _tarred)])
def test_an_archive(tmp_path: Path, name: str, pack) -> None:
    pack(tmp_path / name)
    assert finished("us_ofac_sdn", *files.list_files(tmp_path / name)).names == 7
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InvalidInput, match="a damaged archive"):
        read_source("us_ofac_sdn", tmp_path / name)


def test_an_archive_that_unpacks_to_too_much(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _zipped(tmp_path / "sdn.zip")
    monkeypatch.setattr(files, "MAX_ARCHIVE", 100)
    with pytest.raises(InvalidInput, match="larger than the limit after decompression"):
        read_source("us_ofac_sdn", tmp_path / "sdn.zip")


def test_damaged_compression(tmp_path: Path) -> None:
    path = tmp_path / "un.xml.xz"
    packed = lzma.compress(UN.encode())
    path.write_bytes(packed[: len(packed) - 40])
    with pytest.raises(InvalidInput, match="damaged"):
        list(read_source("un_sc", path))


def test_what_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match="no such file"):
        read_source("un_sc", tmp_path / "un.xml")
    with pytest.raises(InvalidInput, match="an empty folder"):
        read_source("un_sc", tmp_path)


# XML


BOMB = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">'
    '<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">]>'
)


@pytest.mark.parametrize(
    "prolog",
    [
        BOMB,
        '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY d SYSTEM "file:///etc/hostname">]>',
        '<?xml version="1.0"?><!DOCTYPE x SYSTEM "https://lists.example/x.dtd">',
        '<?xml version="1.0"?><!-- a --><!DOCTYPE CONSOLIDATED_LIST>',
    ],
    ids=["billion laughs", "external entity", "external DTD", "bare"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_xml_with_a_doctype(prolog: str, encoding: str) -> None:
    body = UN.split("?>", 1)[1].replace(
        "<FIRST_NAME> ARMIN", "<FIRST_NAME>&d;" if "ENTITY" in prolog else "<FIRST_NAME>"
    )
    text = prolog + body
    if encoding == "utf-16":
        # The layout is told by its bytes; what matters is that the parser never lets one through.
        source = file("un.xml", text.replace("?>", ' encoding="UTF-16"?>', 1).encode("utf-16"))
        with pytest.raises(InvalidInput, match="DOCTYPE"):
            list(files.xml_elements(source, "INDIVIDUAL", root="CONSOLIDATED_LIST"))
        return
    with pytest.raises(InvalidInput, match="a DOCTYPE is not accepted"):
        entries("un_sc", file("un.xml", text))


@pytest.mark.parametrize(
    "text",
    [UN[:-40], UN.replace("</INDIVIDUALS>", ""), UN.replace("QUELL<", "&undeclared;<"), UN + "<more/>"],
    ids=["cut", "unclosed", "an entity that is not declared", "text behind the end"],
)
def test_xml_that_is_not_well_formed(text: str) -> None:
    with pytest.raises(InvalidInput, match="not well-formed or not whole") as refused:
        entries("un_sc", file("un.xml", text))
    assert refused.value.field == "xml"


def test_xml_of_another_root() -> None:
    with pytest.raises(InvalidInput, match="the root is OTHER, not CONSOLIDATED_LIST"):
        entries("un_sc", file("un.xml", f"<OTHER>{UN.split('?>', 1)[1]}</OTHER>"))
