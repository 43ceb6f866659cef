from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.proof.checkpoint import (
    MAX_NOTE,
    Checkpoint,
    InvalidCheckpoint,
    VerifierKey,
    claimed_checkpoint,
    open_note,
    read_checkpoint,
    sign_note,
    write_checkpoint,
)
from tests.audit.proof.builders import ORIGIN, SigningKey

KEY = SigningKey(1)
CHECKPOINT = Checkpoint(ORIGIN, 412, b"r" * 32, 3, b"s" * 32)
NOTE = write_checkpoint(CHECKPOINT, KEY.verifier, KEY.sign)
TEXT, _, SIGNATURE = NOTE.rpartition("\n\n")


def read(note: str | bytes, *keys: VerifierKey):
    data = note.encode() if isinstance(note, str) else note
    return read_checkpoint(data, keys or [KEY.verifier])


def signed(text: str, key: SigningKey = KEY) -> str:
    return sign_note(text, key.verifier, key.sign)


def test_note_of_the_go_package_documentation_verifies():
    # The example of golang.org/x/mod/sumdb/note: its verifier key, and the note that it signs.
    key = VerifierKey.parse("PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW")
    note = (
        "If you think cryptography is the answer to your problem,\n"
        "then you don't know what your problem is.\n"
        "\n"
        "— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNX"
        "gKvqfqdngotpRZb6KE6RyyBwJnAM=\n"
    )
    text, by = open_note(note.encode(), [key])
    assert text.startswith("If you think") and by == key
    assert str(key) == "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"


def test_checkpoint_reads_as_written():
    assert read(NOTE) == (CHECKPOINT, KEY.verifier)
    assert claimed_checkpoint(NOTE.encode()) == CHECKPOINT
    assert NOTE.split("\n")[:3] == [ORIGIN, "412", base64.b64encode(b"r" * 32).decode()]
    assert NOTE.split("\n")[3] == f"lockgate-scopes 3 {base64.b64encode(b's' * 32).decode()}"


def test_verifier_key_reads_as_written():
    assert VerifierKey.parse(f"{KEY.verifier}\n") == KEY.verifier


def test_unknown_signature_is_ignored():
    witness = signed(TEXT + "\n", SigningKey(9, "witness.example")).rpartition("\n\n")[2]
    assert read(TEXT + "\n\n" + witness + SIGNATURE)[0] == CHECKPOINT
    assert read(NOTE, SigningKey(2).verifier, KEY.verifier)[1] == KEY.verifier


def test_other_extension_lines_are_ignored():
    assert read(signed(TEXT + "\nsomething else\n"))[0] == CHECKPOINT


@settings(max_examples=80)
@given(st.integers(0, len(NOTE.encode()) * 8 - 1))
def test_no_flipped_bit_is_accepted(bit):
    data = bytearray(NOTE.encode())
    data[bit // 8] ^= 1 << bit % 8
    with pytest.raises(InvalidCheckpoint):
        read(bytes(data))


MALFORMED = {
    "not UTF-8": (NOTE.encode() + b"\xff", "not UTF-8"),
    "no blank line": (TEXT + "\n", "no blank line"),
    "no signature": (TEXT + "\n\n", "last signature line has no end"),
    "signature without end": (NOTE[:-1], "last signature line has no end"),
    "control character": (NOTE.replace("412", "4\r2"), "control character"),
    "too long": ("x" * MAX_NOTE + NOTE, "at most 1000000"),
    "too many signatures": (NOTE + SIGNATURE * 100, "at most 100"),
    "malformed signature line": (NOTE + "- dash\n", "malformed signature line"),
    "signature not base64": (NOTE + "— other !!!!\n", "not base64"),
    "signature too short": (NOTE + "— other AAAA\n", "holds no signature"),
    "wrong signature": (NOTE.replace("412", "413"), "does not verify"),
    "wanted signature missing": (TEXT + f"\n\n— other {'A' * 92}\n", "no signature by"),
    "second signature by the key wrong": (
        NOTE + f"— {ORIGIN} {base64.b64encode(KEY.verifier.id + bytes(64)).decode()}\n",
        "does not verify",
    ),
    "too few lines": (signed(f"{ORIGIN}\n412\n"), "origin, size and root"),
    "size with a leading zero": (signed(TEXT.replace("412", "0412") + "\n"), "no size"),
    "size with a sign": (signed(TEXT.replace("412", "-1") + "\n"), "no size"),
    "size in other digits": (signed(TEXT.replace("412", "٤١٢") + "\n"), "no size"),
    "size too large": (signed(TEXT.replace("412", "9" * 19) + "\n"), "cannot be the size"),
    "root not base64": (signed(TEXT.replace("cnJy", "????") + "\n"), "the root is not base64"),
    "root in another spelling": (
        signed(TEXT.replace("cnI=\nlock", "cnJ=\nlock") + "\n"),
        "not canonical base64",
    ),
    "root too short": (signed(TEXT.replace("cnJycnJy", "", 1) + "\n"), "not 32"),
    "no scope root": (signed("\n".join(TEXT.split("\n")[:3]) + "\n"), "lockgate-scopes"),
    "two scope roots": (signed(TEXT + "\n" + TEXT.split("\n")[3] + "\n"), "lockgate-scopes"),
    "empty extension": (signed(TEXT + "\n\nmore\n"), "empty line"),
    "origin empty": (signed(TEXT.replace(ORIGIN, "") + "\n"), "origin is empty"),
    "origin of another log": (signed(TEXT.replace(ORIGIN, "other.example") + "\n"), "of the log other"),
}


@pytest.mark.parametrize(("note", "words"), MALFORMED.values(), ids=MALFORMED)
def test_malformed_checkpoint_is_refused_in_words(note, words):
    with pytest.raises(InvalidCheckpoint, match=words):
        read(note)


LINE = str(KEY.verifier)
BAD_KEYS = {
    "form": ("nonsense", "form name"),
    "base64": (LINE[:-1] + "?", "not base64"),
    "other hash": (LINE.replace(KEY.verifier.id.hex(), "00000000"), "hash is"),
    "other algorithm": (f"n+00000000+{base64.b64encode(bytes(33)).decode()}", "not an Ed25519"),
    "length": (f"n+00000000+{base64.b64encode(bytes([1, 2, 3])).decode()}", "32 bytes, not 2"),
    "name": (LINE.replace("example", "exam ple"), "cannot name a key"),
}


@pytest.mark.parametrize(("line", "words"), BAD_KEYS.values(), ids=BAD_KEYS)
def test_malformed_verifier_key_is_refused_in_words(line, words):
    with pytest.raises(InvalidCheckpoint, match=words):
        VerifierKey.parse(line)


def test_signer_of_another_key_is_noticed_when_signing():
    with pytest.raises(InvalidCheckpoint, match="does not verify"):
        write_checkpoint(CHECKPOINT, KEY.verifier, SigningKey(2).sign)


def test_key_signs_only_for_its_own_origin():
    other = SigningKey(1, "other.example")
    with pytest.raises(InvalidCheckpoint, match="the origin"):
        write_checkpoint(CHECKPOINT, other.verifier, other.sign)
