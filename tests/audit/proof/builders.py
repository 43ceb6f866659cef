"""Small builders: keys, events and logs of few lines."""

from __future__ import annotations

import contextlib
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from audit.proof.archive import InvalidArchive, unpack
from audit.proof.bundle import BundledEvent, BundledScope, Previous, Purpose, Reports, write_bundle
from audit.proof.checkpoint import Checkpoint, VerifierKey, write_checkpoint
from audit.proof.leaf import decode_leaf, encode_leaf, leaf_digest
from audit.proof.merkle import Edge, consistency_proof, hash_leaf, inclusion_proof
from audit.proof.redaction import Disclosure, commit
from audit.proof.scopes import Head, map_root, prove_head, update_heads

ORIGIN = "lockgate.example/log"


def flipped(bundle: bytes, place: float) -> bytes:
    """One bit is another at about this share of the file, the first there that changes what the file says.

    One bit in a thousand changes nothing: it gives another deflate stream of the same bytes.
    """
    for at in range(int(len(bundle) * place), len(bundle)):
        damaged = bytearray(bundle)
        damaged[at] ^= 1
        with contextlib.suppress(InvalidArchive):
            if unpack(bytes(damaged)) == unpack(bundle):
                continue
        return bytes(damaged)
    raise AssertionError("no bit changes anything")


class SigningKey:
    """A log's key, made from one byte so that tests are the same on every run."""

    def __init__(self, seed: int = 1, name: str = ORIGIN) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.verifier = VerifierKey(name, self._private.public_key().public_bytes_raw())

    def sign(self, message: bytes) -> bytes:
        return self._private.sign(message)


def an_event(number: int = 0, **changes):
    event = {
        "id": str(UUID(int=number)),
        "at": f"2026-11-25T00:00:{number % 60:02}.000000Z",
        "actor": {"kind": "user", "id": "u1", "session": "", "address": ""},
        "verb": "application.submitted",
        "subjects": [{"kind": "application", "id": f"a{number}"}],
        "reason": "",
        "versions": {},
        "payload": {"number": number, "place": "Zürich"},
        "commitments": {},
        "scopes": [],
    }
    return event | changes


class Log:
    """A whole log in memory, as sequencer and export will keep it in tables."""

    def __init__(self, key: SigningKey | None = None) -> None:
        self.key = key or SigningKey()
        self.leaves: list[bytes] = []
        self.edge, self.nodes = Edge(), {}
        self.map, self.heads = {}, {}
        self.salts = {}

    def record(self, *scopes: str, personal: dict[str, str] | None = None, **changes) -> int:
        """Appends one event that belongs to `scopes`; returns its index."""
        index = len(self.leaves)
        positions = []
        for name in sorted(scopes):
            head = self.heads.get(name, Head(name, 0, ""))
            positions.append({"name": name, "number": head.number + 1, "previous": head.digest})
        opened = {
            name: Disclosure(bytes([index % 256]) * 32, value) for name, value in (personal or {}).items()
        }
        commitments = {name: commit(d.salt, name, d.value) for name, d in opened.items()}
        leaf = encode_leaf(an_event(index, scopes=positions, commitments=commitments, **changes))
        self.append(leaf, opened)
        new = [Head(p["name"], p["number"], leaf_digest(leaf)) for p in positions]
        self.heads.update({head.name: head for head in new})
        self.map.update(update_heads(new, self.map.get).nodes)
        return index

    def append(self, leaf: bytes, opened: dict[str, Disclosure] | None = None) -> None:
        self.salts[len(self.leaves)] = opened or {}
        self.leaves.append(leaf)
        self.edge, full = self.edge.append(hash_leaf(leaf))
        self.nodes.update({(node.level, node.index): node.hash for node in full})

    def read(self, level: int, index: int) -> bytes:
        return self.nodes[level, index]

    def checkpoint(self) -> str:
        state = Checkpoint(
            self.key.verifier.name,
            len(self.leaves),
            self.edge.root(),
            len(self.heads),
            map_root(self.map.get),
        )
        return write_checkpoint(state, self.key.verifier, self.key.sign)

    def events(self, *scopes: str) -> list[BundledEvent]:
        size = len(self.leaves)
        return [
            BundledEvent(leaf, index, inclusion_proof(index, size, self.read), self.salts[index])
            for index, leaf in enumerate(self.leaves)
            if {position["name"] for position in decode_leaf(leaf)["scopes"]} & set(scopes)
        ]

    def scope(self, name: str) -> BundledScope:
        return BundledScope.whole(self.heads.get(name, Head(name, 0, "")), prove_head(name, self.map.get))

    def previous(self, checkpoint: str, size: int) -> Previous:
        return Previous(checkpoint, consistency_proof(size, len(self.leaves), self.read))

    def bundle(self, *scopes: str, **changes) -> bytes:
        """The honest bundle of `scopes`, or one with some of its values changed and signed again."""
        values = {
            "purpose": Purpose("Examiner", "15 CFR 744", "2026-11-25T00:00:00Z", {"tenant": "t1"}),
            "checkpoint": self.checkpoint(),
            "events": self.events(*scopes),
            "scopes": [self.scope(name) for name in scopes],
            "reports": Reports(b"<p>report</p>", b"%PDF-1.7"),
            "key": self.key.verifier,
            "sign": self.key.sign,
        }
        return write_bundle(**(values | changes))


def a_log() -> Log:
    """Thirty events: twenty of tenant t1 and ten of t2; every second one also of the jurisdiction US."""
    log = Log()
    for number in range(30):
        tenant = "tenant:t2" if number % 3 == 1 else "tenant:t1"
        scopes = [tenant, "jurisdiction:US"] if number % 2 else [tenant]
        log.record(*scopes, personal={"name": f"Ada {number}"})
    return log
