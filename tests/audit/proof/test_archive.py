from __future__ import annotations

import io
import zipfile
import zlib

import pytest

from audit.proof import archive
from audit.proof.archive import InvalidArchive, pack, unpack

FILES = {"a.txt": b"alpha " * 50, "folder/b.txt": b"", "c.bin": bytes(range(256))}
PACKED = pack(FILES)


def test_archive_reads_as_written_and_every_zip_program_opens_it():
    assert unpack(PACKED) == FILES
    with zipfile.ZipFile(io.BytesIO(PACKED)) as opened:
        assert opened.testzip() is None
        assert {name: opened.read(name) for name in opened.namelist()} == FILES


def test_same_files_give_the_same_bytes():
    assert pack(dict(FILES)) == PACKED


def test_every_flipped_bit_is_refused_or_leaves_every_file_as_it_was():
    # Only the padding behind a deflate stream's last bits can change and leave the files alone.
    harmless = 0
    for bit in range(len(PACKED) * 8):
        data = bytearray(PACKED)
        data[bit // 8] ^= 1 << bit % 8
        try:
            assert unpack(bytes(data)) == FILES
            harmless += 1
        except InvalidArchive:
            pass
    assert harmless <= 7 * len(FILES)


def test_truncated_archive_is_refused_at_every_length():
    for length in range(len(PACKED)):
        with pytest.raises(InvalidArchive):
            unpack(PACKED[:length])


def test_bytes_before_or_behind_are_refused():
    for data in (PACKED + b"x", b"x" + PACKED, PACKED + PACKED, b"", b"no zip file at all"):
        with pytest.raises(InvalidArchive):
            unpack(data)


def test_file_that_stands_twice_is_refused():
    single = archive._deflate("a.txt", b"one"), archive._deflate("a.txt", b"two")
    with pytest.raises(InvalidArchive, match="twice"):
        unpack(archive._lay_out(list(single)))


@pytest.mark.parametrize("name", ["ü", "a\n", "n" * 101])
def test_name_that_is_long_or_not_plain_is_refused(name):
    with pytest.raises(InvalidArchive, match="name"):
        unpack(archive._lay_out([archive._deflate(name, b"")]))


def test_zip_of_another_program_is_refused():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as other:
        other.writestr("a.txt", "x")
    with pytest.raises(InvalidArchive, match="headers differ"):
        unpack(data.getvalue())


def test_bomb_is_refused_before_it_unpacks():
    bomb = {"bomb": bytes(10 * 1024**2)}
    packed = archive._lay_out([archive._deflate(name, data) for name, data in bomb.items()])
    with pytest.raises(InvalidArchive, match="200 times"):
        unpack(packed)
    with pytest.raises(InvalidArchive, match="200 times"):
        pack(bomb)


def test_size_that_lies_is_refused():
    honest = archive._deflate("a", b"x" * 1000)
    for size in (999, 1001):
        lying = archive._Packed(honest.name, zlib.crc32(b"x" * size), size, honest.data)
        with pytest.raises(InvalidArchive, match="promises"):
            unpack(archive._lay_out([lying]))


@pytest.mark.parametrize(
    ("limit", "value", "words"),
    [
        ("MAX_ARCHIVE", 100, "over 100 bytes"),
        ("MAX_FILES", 2, "more than 2"),
        ("MAX_FILE", 200, "a.txt passes the limit"),
        ("MAX_TOTAL", 400, "c.bin passes the limit"),
    ],
)
def test_each_limit_is_enforced(monkeypatch, limit, value, words):
    monkeypatch.setattr(archive, limit, value)
    with pytest.raises(InvalidArchive, match=words):
        unpack(PACKED)
    with pytest.raises(InvalidArchive, match=words):
        pack(FILES)
