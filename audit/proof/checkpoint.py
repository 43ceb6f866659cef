"""The signed checkpoint: what the log commits to at one size.

C2SP tlog-checkpoint in a C2SP signed-note with Ed25519, as Go's golang.org/x/mod/sumdb/note reads it:

    <origin>
    <size>
    <base64 of the root hash>
    lockgate-scopes <count> <base64 of the scope map's root>

    — <key name> <base64 of 4 bytes of key hash ‖ 64 bytes of signature>

The signature covers the text up to and with the newline before the blank line. A verifier key is one
line, `name+hash+base64(0x01 ‖ public key)`.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.proof.errors import ProofError

#: Largest note, in bytes, and most signature lines: the limits of Go's note package.
MAX_NOTE = 1_000_000
MAX_SIGNATURES = 100
#: The signed-note specification's number for Ed25519.
ED25519 = b"\x01"

#: Signs bytes with the log's Ed25519 key: 64 bytes. The key itself may live in a keyring or a KMS.
Sign = Callable[[bytes], bytes]

_SIGNATURE_LINE = re.compile(r"— (\S+) (\S+)")
_NUMBER = re.compile(r"0|[1-9][0-9]{0,18}")
_SCOPES = "lockgate-scopes"


class InvalidCheckpoint(ProofError):
    """A verifier key, a note or a checkpoint is malformed, or a wanted signature is missing or wrong."""


@dataclass(frozen=True)
class VerifierKey:
    """The public half of a log's key, with the name that its signatures carry."""

    name: str
    public: bytes  # 32 bytes

    def __post_init__(self) -> None:
        if not self.name or "+" in self.name or not _is_one_line(self.name) or " " in self.name:
            raise InvalidCheckpoint(f"{self.name!r} cannot name a key: no space, no plus, one line")
        if len(self.public) != 32:
            raise InvalidCheckpoint(f"an Ed25519 public key has 32 bytes, not {len(self.public)}")

    @classmethod
    def parse(cls, line: str) -> VerifierKey:
        """Reads `name+hash+base64`. Raises InvalidCheckpoint."""
        parts = line.strip().split("+", 2)
        if len(parts) != 3:
            raise InvalidCheckpoint("a verifier key has the form name+hash+base64")
        name, key_hash, encoded = parts
        data = _from_base64(encoded, "the verifier key")
        if data[:1] != ED25519:
            raise InvalidCheckpoint("the verifier key is not an Ed25519 key")
        key = cls(name, data[1:])
        if key.id.hex() != key_hash:
            raise InvalidCheckpoint(f"the verifier key's hash is {key.id.hex()}, its line says {key_hash}")
        return key

    @property
    def id(self) -> bytes:
        """The key hash of the signed-note specification, 4 bytes: a hint, no proof."""
        return hashlib.sha256(self.name.encode() + b"\n" + ED25519 + self.public).digest()[:4]

    @property
    def fingerprint(self) -> str:
        """Hex SHA-256 of the public key, for people to compare by eye or telephone."""
        return hashlib.sha256(self.public).hexdigest()

    def verifies(self, message: bytes, signature: bytes) -> bool:
        """Whether `signature` is this key's Ed25519 signature of `message`."""
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def __str__(self) -> str:
        return f"{self.name}+{self.id.hex()}+{_to_base64(ED25519 + self.public)}"


@dataclass(frozen=True)
class Checkpoint:
    """A log's size and root, with the count and root of its scope map (scopes.py)."""

    origin: str
    size: int
    root: bytes
    scope_count: int
    scope_root: bytes

    def __post_init__(self) -> None:
        if not self.origin or not _is_one_line(self.origin):
            raise InvalidCheckpoint("the origin is empty or not one line")
        for what, number in (("size", self.size), ("number of scopes", self.scope_count)):
            if not 0 <= number < 2**63:
                raise InvalidCheckpoint(f"{number} cannot be the {what}")
        for what, root in (("root", self.root), ("scope root", self.scope_root)):
            if len(root) != 32:
                raise InvalidCheckpoint(f"the {what} has {len(root)} bytes, not 32")

    def text(self) -> str:
        """The text that is signed, with its last newline."""
        return (
            f"{self.origin}\n{self.size}\n{_to_base64(self.root)}\n"
            f"{_SCOPES} {self.scope_count} {_to_base64(self.scope_root)}\n"
        )

    @classmethod
    def parse(cls, text: str) -> Checkpoint:
        """Reads what `text` writes; other extension lines are ignored. Raises InvalidCheckpoint."""
        if not text.endswith("\n"):
            raise InvalidCheckpoint("the checkpoint's last line has no end")
        lines = text[:-1].split("\n")
        if len(lines) < 3:
            raise InvalidCheckpoint(f"a checkpoint has origin, size and root; found {len(lines)} lines")
        origin, size, root, *extensions = lines
        if not all(extensions):
            raise InvalidCheckpoint("an empty line among the checkpoint's extensions")
        scopes = [line.split(" ") for line in extensions if line.split(" ")[0] == _SCOPES]
        if len(scopes) != 1 or len(scopes[0]) != 3:
            raise InvalidCheckpoint(f"one line {_SCOPES!r} with count and root is needed")
        return cls(
            origin,
            _number(size, "size"),
            _from_base64(root, "the root"),
            _number(scopes[0][1], "number of scopes"),
            _from_base64(scopes[0][2], "the scope root"),
        )


def sign_note(text: str, key: VerifierKey, sign: Sign) -> str:
    """`text` (ending in a newline) as a note with one signature. Raises InvalidCheckpoint."""
    _check_text(text)
    signature = sign(text.encode())
    if not key.verifies(text.encode(), signature):
        raise InvalidCheckpoint(f"the signature made does not verify with {key}")
    return f"{text}\n— {key.name} {_to_base64(key.id + signature)}\n"


def open_note(note: bytes, keys: Iterable[VerifierKey]) -> tuple[str, VerifierKey]:
    """The text of `note` and the first of `keys` that signed it.

    Signatures of other keys (witnesses, say) are ignored. Raises InvalidCheckpoint where the note is
    malformed, none of `keys` signed it, or a signature in the name of one of `keys` is wrong.
    """
    text, signatures = _split_note(note)
    wanted = list(keys)
    for key in wanted:
        mine = [data[4:] for name, data in signatures if name == key.name and data[:4] == key.id]
        if not all(key.verifies(text.encode(), signature) for signature in mine):
            raise InvalidCheckpoint(f"the signature of {key.name} does not verify with {key}")
        if mine:
            return text, key
    names = ", ".join(map(str, wanted)) or "a trusted key"
    raise InvalidCheckpoint(f"no signature by {names}")


def write_checkpoint(checkpoint: Checkpoint, key: VerifierKey, sign: Sign) -> str:
    """The signed checkpoint as it is published. The key's name has to be the origin."""
    if key.name != checkpoint.origin:
        raise InvalidCheckpoint(f"the key is named {key.name}, the origin {checkpoint.origin}")
    return sign_note(checkpoint.text(), key, sign)


def read_checkpoint(note: bytes, keys: Iterable[VerifierKey]) -> tuple[Checkpoint, VerifierKey]:
    """The checkpoint in `note` and the key of `keys` that signed it. Raises InvalidCheckpoint."""
    text, key = open_note(note, keys)
    checkpoint = Checkpoint.parse(text)
    if checkpoint.origin != key.name:
        raise InvalidCheckpoint(f"signed by {key.name}, but of the log {checkpoint.origin}")
    return checkpoint, key


def claimed_checkpoint(note: bytes) -> Checkpoint:
    """What a note claims, its signatures not verified: for its own writer, or to choose keys by."""
    text, _ = _split_note(note)
    return Checkpoint.parse(text)


def _split_note(note: bytes) -> tuple[str, list[tuple[str, bytes]]]:
    """The text and the (name, key hash ‖ signature) pairs of a note, nothing verified."""
    if len(note) > MAX_NOTE:
        raise InvalidCheckpoint(f"a note of {len(note)} bytes; at most {MAX_NOTE} are allowed")
    try:
        whole = note.decode()
    except UnicodeDecodeError:
        raise InvalidCheckpoint("the note is not UTF-8") from None
    text, blank, rest = whole.rpartition("\n\n")
    if not blank:
        raise InvalidCheckpoint("no blank line between the note's text and its signatures")
    text += "\n"
    _check_text(text)
    if not rest.endswith("\n"):
        raise InvalidCheckpoint("the note's last signature line has no end")
    lines = rest[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise InvalidCheckpoint(f"{len(lines)} signatures; at most {MAX_SIGNATURES} are allowed")
    return text, [_signature(line) for line in lines]


def _signature(line: str) -> tuple[str, bytes]:
    match = _SIGNATURE_LINE.fullmatch(line)
    if match is None or "+" in match[1]:
        raise InvalidCheckpoint(f"malformed signature line {line[:80]!r}")
    data = _from_base64(match[2], "a signature")
    if len(data) < 5:
        raise InvalidCheckpoint("a signature line holds no signature")
    return match[1], data


def _check_text(text: str) -> None:
    if not text.endswith("\n"):
        raise InvalidCheckpoint("the note's text does not end with a newline")
    if any(ord(character) < 0x20 and character != "\n" for character in text):
        raise InvalidCheckpoint("a control character in the note's text")


def _is_one_line(text: str) -> bool:
    return text.isprintable() and text == text.strip()


def _number(text: str, what: str) -> int:
    if not _NUMBER.fullmatch(text):
        raise InvalidCheckpoint(f"{text[:40]!r} is no {what}: decimal digits without a leading zero")
    return int(text)


def _to_base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _from_base64(text: str, what: str) -> bytes:
    """Standard base64 with padding, in its one canonical spelling."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise InvalidCheckpoint(f"{what} is not base64") from None
    if _to_base64(data) != text:
        raise InvalidCheckpoint(f"{what} is not canonical base64")
    return data
