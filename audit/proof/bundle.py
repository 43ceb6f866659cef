"""The export bundle: which files it has, and how values become their lines and back.

| file | holds |
| --- | --- |
| manifest.json | recipient, legal basis, scopes, counts, tree sizes, SHA-256 and size of every file below |
| manifest.dsse.json | the log's signature over manifest.json |
| events.jsonl | a line an event, by index: {"disclosed": {name: {salt, value}}, "event": …, "version": 1} |
| proofs.jsonl | a line an event, in the same order: {"hash", "index", "path"} |
| scopes.json | the head of each exported scope and its proof in the scope map |
| checkpoint.txt | the signed checkpoint that everything is proved against |
| previous-checkpoint.txt, consistency.json | where the recipient has an earlier one: it, and the proof |
| schemas/ | JSON Schemas of the files above |
| report.html, report.pdf, README.txt | for people |

A line of events.jsonl is canonical JSON: the leaf is its version byte and its `event` as it stands there.
Hashes, digests and salts are lower-case hex.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from audit.proof.archive import pack
from audit.proof.checkpoint import Sign, VerifierKey, claimed_checkpoint, read_checkpoint
from audit.proof.dsse import sign_envelope
from audit.proof.errors import ProofError
from audit.proof.leaf import (
    VERSION,
    Event,
    InvalidLeaf,
    canonical_json,
    decode_leaf,
    encode_leaf,
    parse_canonical_json,
)
from audit.proof.merkle import hash_leaf
from audit.proof.redaction import Disclosure
from audit.proof.scopes import Head, HeadProof

FORMAT = "lockgate-audit-bundle/1"
MANIFEST_TYPE = "application/vnd.lockgate.audit-manifest+json"

MANIFEST, SIGNATURE = "manifest.json", "manifest.dsse.json"
EVENTS, PROOFS, SCOPES, CHECKPOINT = "events.jsonl", "proofs.jsonl", "scopes.json", "checkpoint.txt"
PREVIOUS, CONSISTENCY = "previous-checkpoint.txt", "consistency.json"
HTML, PDF, README = "report.html", "report.pdf", "README.txt"
SCHEMA_NAMES = (
    "schemas/consistency.schema.json",
    "schemas/event-line.schema.json",
    "schemas/manifest.schema.json",
    "schemas/proof-line.schema.json",
    "schemas/scopes.schema.json",
)
REQUIRED = (EVENTS, PROOFS, SCOPES, CHECKPOINT, *SCHEMA_NAMES, HTML, PDF, README)
OPTIONAL = (PREVIOUS, CONSISTENCY)

#: Most events in a bundle, longest line of a file in bytes, longest proof, most scopes.
MAX_EVENTS = 1_000_000
MAX_LINE = 4 * 1024**2
MAX_SCOPES = 1000


class InvalidBundle(ProofError):
    """A file of the bundle has not the form that this module writes."""


@dataclass(frozen=True)
class BundledEvent:
    """One event, proved: the leaf's bytes, its index in the log, its inclusion path, what is disclosed."""

    leaf: bytes
    index: int
    path: Sequence[bytes]
    disclosed: Mapping[str, Disclosure] = field(default_factory=dict)


@dataclass(frozen=True)
class BundledScope:
    """One exported scope: its head, the head's proof, and which of its numbers the bundle holds.

    `first` = 1 and `last` = head.number is the whole scope; anything else is a window, and the verifier
    says so. An empty window has last = first - 1.
    """

    head: Head
    proof: HeadProof
    first: int
    last: int

    @classmethod
    def whole(cls, head: Head, proof: HeadProof) -> BundledScope:
        """The scope from its first event to its last."""
        return cls(head, proof, 1, head.number)


@dataclass(frozen=True)
class Previous:
    """The checkpoint that the recipient had before, and the consistency proof from it to the new one."""

    checkpoint: str
    path: Sequence[bytes]


@dataclass(frozen=True)
class Purpose:
    """For whom and why: what the manifest says for people, and the report repeats."""

    recipient: str
    legal_basis: str
    created_at: str  # RFC 3339, UTC
    filters: Mapping[str, Any] = field(default_factory=dict)  # what was asked for: since, tenant …


@dataclass(frozen=True)
class Reports:
    """The two forms of the report, rendered."""

    html: bytes
    pdf: bytes


def write_bundle(
    *,
    purpose: Purpose,
    checkpoint: str,
    events: Iterable[BundledEvent],
    scopes: Sequence[BundledScope],
    reports: Reports,
    key: VerifierKey,
    sign: Sign,
    previous: Previous | None = None,
) -> bytes:
    """The bundle as a zip file; the same values give the same bytes.

    `checkpoint` is the signed note by `key`; `sign` is the private half of `key`. Events may come in any
    order. Raises ProofError where a leaf or the checkpoint is malformed or signed by another key. It does
    not prove anything: callers run `verifier.verify_bundle` over the result before they hand it out.
    """
    now, _ = read_checkpoint(checkpoint.encode(), [key])
    in_order = sorted(events, key=lambda event: event.index)
    files = {
        EVENTS: b"".join(write_event(event) for event in in_order),
        PROOFS: b"".join(write_proof(event) for event in in_order),
        SCOPES: _document({"scopes": [_scope_object(scope) for scope in scopes]}),
        CHECKPOINT: checkpoint.encode(),
        **_schemas(),
        HTML: reports.html,
        PDF: reports.pdf,
        README: _README.encode(),
    }
    previous_size = None
    if previous is not None:
        # An earlier checkpoint may be signed by an earlier key of the log.
        previous_size = claimed_checkpoint(previous.checkpoint.encode()).size
        files[PREVIOUS] = previous.checkpoint.encode()
        files[CONSISTENCY] = _document({"path": [item.hex() for item in previous.path]})
    manifest = _document(
        {
            "format": FORMAT,
            "origin": now.origin,
            "public_key": str(key),
            "recipient": purpose.recipient,
            "legal_basis": purpose.legal_basis,
            "created_at": purpose.created_at,
            "filters": dict(purpose.filters),
            "scopes": [{"name": s.head.name, "first": s.first, "last": s.last} for s in scopes],
            "counts": {
                "events": len(in_order),
                "disclosed": sum(len(event.disclosed) for event in in_order),
            },
            "tree_size": now.size,
            "previous_tree_size": previous_size,
            "files": {name: describe(data) for name, data in sorted(files.items())},
        }
    )
    signature = sign_envelope(MANIFEST_TYPE, manifest, key, sign)
    return pack({MANIFEST: manifest, SIGNATURE: signature, **files})


def describe(data: bytes) -> dict[str, Any]:
    """What the manifest says of a file."""
    return {"sha256": hashlib.sha256(data).hexdigest(), "size": len(data)}


# Each write_… has its read_… below; reading raises InvalidBundle for anything that writing cannot give.


def write_event(event: BundledEvent) -> bytes:
    """The line of events.jsonl."""
    disclosed = {name: {"salt": d.salt.hex(), "value": d.value} for name, d in event.disclosed.items()}
    line = {"version": event.leaf[0], "event": decode_leaf(event.leaf), "disclosed": disclosed}
    return canonical_json(line) + b"\n"


def read_event(line: bytes) -> tuple[bytes, Event, dict[str, Disclosure]]:
    """The leaf, the event in it and the disclosed values of a line of events.jsonl."""
    try:
        value = parse_canonical_json(line)
    except InvalidLeaf as error:
        raise InvalidBundle(str(error)) from None
    demand_keys(value, {"version", "event", "disclosed"})
    if value["version"] != VERSION or isinstance(value["version"], bool):
        raise InvalidBundle(f"leaf version {value['version']} is unknown; this verifier knows {VERSION}")
    disclosed = {}
    for name, opened in _object(value["disclosed"], "disclosed").items():
        demand_keys(opened, {"salt", "value"})
        disclosed[name] = Disclosure(unhex(opened["salt"]), text(opened["value"]))
    try:
        return encode_leaf(value["event"]), value["event"], disclosed
    except InvalidLeaf as error:
        raise InvalidBundle(str(error)) from None


def write_proof(event: BundledEvent) -> bytes:
    """The line of proofs.jsonl."""
    path = [item.hex() for item in event.path]
    return canonical_json({"index": event.index, "hash": hash_leaf(event.leaf).hex(), "path": path}) + b"\n"


def read_proof(line: bytes) -> tuple[int, bytes, list[bytes]]:
    """Index, leaf hash and path of a line of proofs.jsonl."""
    value = _json(line)
    demand_keys(value, {"index", "hash", "path"})
    return whole(value["index"]), unhex(value["hash"]), _hashes(value["path"])


def read_scopes(data: bytes) -> list[tuple[Head, HeadProof]]:
    """The heads and proofs of scopes.json."""
    value = _json(data)
    demand_keys(value, {"scopes"})
    return [_read_scope(scope) for scope in _list(value["scopes"], MAX_SCOPES)]


def read_consistency(data: bytes) -> list[bytes]:
    """The path of consistency.json."""
    value = _json(data)
    demand_keys(value, {"path"})
    return _hashes(value["path"])


def read_lines(data: bytes) -> Iterator[bytes]:
    """The lines of a .jsonl file: each ends with a newline, none is empty."""
    if data and not data.endswith(b"\n"):
        raise InvalidBundle("the last line has no end")
    start = 0
    for number in range(data.count(b"\n")):
        end = data.index(b"\n", start)
        if number >= MAX_EVENTS or not 0 < end - start <= MAX_LINE:
            raise InvalidBundle(f"more than {MAX_EVENTS} lines, or one empty or over {MAX_LINE} bytes")
        yield data[start:end]
        start = end + 1


@dataclass(frozen=True)
class Window:
    """Which numbers of a scope the manifest promises."""

    name: str
    first: int
    last: int


@dataclass(frozen=True)
class Manifest:
    """What manifest.json says."""

    origin: str
    public_key: VerifierKey
    recipient: str
    legal_basis: str
    created_at: str
    filters: dict[str, Any]
    scopes: tuple[Window, ...]
    events: int
    disclosed: int
    tree_size: int
    previous_tree_size: int | None
    files: dict[str, Any]

    @classmethod
    def read(cls, data: bytes) -> Manifest:
        """Raises InvalidBundle."""
        value = _json(data)
        demand_keys(value, {*cls.__annotations__, "format", "counts"} - {"events", "disclosed"})
        if value["format"] != FORMAT:
            raise InvalidBundle(f"format {value['format']!r}, not {FORMAT!r}")
        demand_keys(value["counts"], {"events", "disclosed"})
        previous = value["previous_tree_size"]
        return cls(
            origin=text(value["origin"]),
            public_key=_key(value["public_key"]),
            recipient=text(value["recipient"]),
            legal_basis=text(value["legal_basis"]),
            created_at=text(value["created_at"]),
            filters=_object(value["filters"], "filters"),
            scopes=tuple(_window(scope) for scope in _list(value["scopes"], MAX_SCOPES)),
            events=whole(value["counts"]["events"]),
            disclosed=whole(value["counts"]["disclosed"]),
            tree_size=whole(value["tree_size"]),
            previous_tree_size=None if previous is None else whole(previous),
            files=_object(value["files"], "files"),
        )


def demand_keys(value: Any, keys: set[str]) -> None:
    """`value` is an object with exactly these keys."""
    if not isinstance(value, dict) or value.keys() != keys:
        raise InvalidBundle(f"an object with exactly the keys {', '.join(sorted(keys))} expected")


def whole(value: Any) -> int:
    """A whole number from 0."""
    if type(value) is not int or not 0 <= value < 2**63:
        raise InvalidBundle(f"a whole number expected, found {str(value)[:40]!r}")
    return value


def text(value: Any) -> str:
    """A string, of whole characters."""
    if not isinstance(value, str) or any("\ud800" <= character <= "\udfff" for character in value):
        raise InvalidBundle(f"text expected, found {str(value)[:40]!r}")
    return value


def unhex(value: Any) -> bytes:
    """Lower-case hex."""
    try:
        data = bytes.fromhex(text(value))
    except ValueError:
        raise InvalidBundle(f"hex expected, found {value[:40]!r}") from None
    if data.hex() != value:
        raise InvalidBundle(f"lower-case hex expected, found {value[:40]!r}")
    return data


def _scope_object(scope: BundledScope) -> dict[str, Any]:
    other = scope.proof.other
    return {
        "name": scope.head.name,
        "number": scope.head.number,
        "digest": scope.head.digest,
        "siblings": [sibling.hex() for sibling in scope.proof.siblings],
        "other": None if other is None else other.hex(),
    }


def _read_scope(value: Any) -> tuple[Head, HeadProof]:
    demand_keys(value, {"name", "number", "digest", "siblings", "other"})
    try:
        head = Head(text(value["name"]), whole(value["number"]), unhex(value["digest"]).hex())
    except ValueError as error:
        raise InvalidBundle(str(error)) from None
    other = None if value["other"] is None else unhex(value["other"])
    return head, HeadProof(tuple(_hashes(value["siblings"])), other)


def _window(value: Any) -> Window:
    demand_keys(value, {"name", "first", "last"})
    window = Window(text(value["name"]), whole(value["first"]), whole(value["last"]))
    if not 1 <= window.first <= window.last + 1:
        raise InvalidBundle(f"events {window.first} to {window.last} are no window of a scope")
    return window


def _key(value: Any) -> VerifierKey:
    try:
        return VerifierKey.parse(text(value))
    except ProofError as error:
        raise InvalidBundle(str(error)) from None


def _hashes(value: Any) -> list[bytes]:
    return [unhex(item) for item in _list(value, 512)]


def _list(value: Any, most: int) -> list[Any]:
    if not isinstance(value, list) or len(value) > most:
        raise InvalidBundle(f"a list of at most {most} expected")
    return value


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidBundle(f"{what}: an object expected")
    return value


def _json(data: bytes) -> Any:
    try:
        return json.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise InvalidBundle(f"no JSON: {error}") from None


def _document(value: Any) -> bytes:
    """JSON for people to read too."""
    return json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False).encode() + b"\n"


def _schemas() -> dict[str, bytes]:
    return {name: (Path(__file__).parent / name).read_bytes() for name in SCHEMA_NAMES}


_README = """\
This is an export of the audit log of a Lockgate installation.

report.html and report.pdf say the same for people; everything else lets a program check it.
manifest.json says for whom the export was made, why, and which scopes it covers.

To verify it you need Python 3.11 or later with the package "cryptography"; of Lockgate the files
audit/__init__.py, audit/verify.py and audit/proof/, few enough to read before you run them; and the log's
public key in a file of one line. Take the key from the provider by another way than this bundle and
compare its fingerprint by telephone or on paper.

    python -m audit.verify BUNDLE.zip --public-key log.pub

The key is remembered, so that later bundles of this log need no key again. Without a key the verifier
checks everything but the origin, says ORIGIN NOT VERIFIED and ends with exit code 3.

What is checked: every event stands in the log's signed Merkle tree (RFC 6962); the events of each scope
are numbered without a gap, each naming the one before by its digest; the last is the one that the signed
map of scopes names; each disclosed personal value is the one that the event committed to; and, where you
had an earlier export, the log only grew since then.
"""
