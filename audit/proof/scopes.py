"""The second tree: a map from the name of each scope to its head (last number, last digest).

Its root stands in every checkpoint, so that the log cannot show a scope's reader a shorter scope: a
name has exactly one place in the map, and therefore one head, or provably none.

It is a binary tree over the bits of key = SHA-256(name), first bit first. A subtree with one scope in it
is that scope's tip; so the depth is about log2 of the number of scopes, and an update or a proof touches
only the nodes on the way from the root. A node is 65 bytes, and its hash is the SHA-256 of them:

    tip     0x00 ‖ key ‖ SHA-256(number as 8 bytes, big-endian ‖ digest)
    branch  0x01 ‖ hash of the 0 side ‖ hash of the 1 side

An empty subtree has the hash of 32 zero bytes. Nodes are stored under their path, the text of the bits
that lead to them: "" is the root. A proof shows hashes of other scopes, never a name, number or digest.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from audit.proof.errors import ProofError

#: Hash of an empty subtree, and so the root of an empty map.
EMPTY = bytes(32)
#: Bits of a key: no path and no proof is longer.
KEY_BITS = 256
_TIP, _BRANCH = b"\x00", b"\x01"

#: Reads the node stored under a path, None where none is.
NodeReader = Callable[[str], bytes | None]


class InvalidScopeProof(ProofError):
    """A proof does not show this head of this scope under this root."""


@dataclass(frozen=True)
class Head:
    """How far a scope has come. A scope without events has number 0 and digest ""."""

    name: str
    number: int
    digest: str  # hex leaf hash of the scope's last event

    def __post_init__(self) -> None:
        empty, length = self.number == 0, len(bytes.fromhex(self.digest))
        if not 0 <= self.number < 2**63 or length != (0 if empty else 32):
            raise ValueError(f"no head of a scope: number {self.number}, digest {self.digest!r}")

    def tip(self) -> bytes:
        """The node of this head."""
        number = self.number.to_bytes(8, "big")
        return _TIP + scope_key(self.name) + _sha256(number + bytes.fromhex(self.digest))


@dataclass(frozen=True)
class HeadProof:
    """The hashes beside the way from a scope's place up to the root, nearest first.

    For a scope without events, `other` is the tip of the one scope that stands where it would, or None
    where nothing does.
    """

    siblings: tuple[bytes, ...]
    other: bytes | None = None


@dataclass(frozen=True)
class Update:
    """What a change of heads makes of the map."""

    root: bytes
    nodes: dict[str, bytes]  # to be stored, over what stood there
    added: int  # scopes that are new


def scope_key(name: str) -> bytes:
    """Where a scope stands in the map."""
    return _sha256(name.encode())


def path_of(name: str) -> str:
    """All 256 bits of a scope's way; its nodes are stored under beginnings of it."""
    return _bits(scope_key(name))


def map_root(read: NodeReader) -> bytes:
    """The root of the stored map."""
    return _hash(read(""))


def update_heads(heads: Iterable[Head], read: NodeReader) -> Update:
    """The map with each of `heads` put in, new or in place of that scope's earlier head."""
    written: dict[str, bytes] = {}
    added = 0
    for head in heads:
        if head.number == 0:
            raise ValueError(f"the scope {head.name!r} has no event yet")
        added += _put(head.tip(), written, read)
    return Update(_hash(_read_over(written, read, "")), written, added)


def prove_head(name: str, read: NodeReader) -> HeadProof:
    """The proof of the scope's head, or that it has none."""
    path = path_of(name)
    siblings: list[bytes] = []
    for depth in range(KEY_BITS + 1):
        node = read(path[:depth])
        if node is None or node[:1] == _TIP:
            other = node if node is not None and _key(node) != scope_key(name) else None
            return HeadProof(tuple(reversed(siblings)), other)
        siblings.append(node[1:33] if path[depth] == "1" else node[33:])
    raise ValueError("a branch stands deeper than keys have bits: the stored map is damaged")


def verify_head(head: Head, proof: HeadProof, root: bytes) -> None:
    """`head` is the one head of its scope under `root` (number 0: it has none), or InvalidScopeProof."""
    depth, path = len(proof.siblings), path_of(head.name)
    if depth > KEY_BITS or any(len(sibling) != 32 for sibling in proof.siblings):
        raise InvalidScopeProof(f"{depth} hashes, or one that is not 32 bytes long")
    found = _hash(_bottom(head, proof))
    for level, sibling in enumerate(proof.siblings, 1):
        pair = sibling + found if path[depth - level] == "1" else found + sibling
        found = _sha256(_BRANCH + pair)
    if found != root:
        raise InvalidScopeProof(f"the proof leads to root {found.hex()}, not {root.hex()}")


def _bottom(head: Head, proof: HeadProof) -> bytes | None:
    """The node that stands where the proof begins."""
    if head.number:
        if proof.other is not None:
            raise InvalidScopeProof("a scope with events, and another in its place")
        return head.tip()
    if proof.other is not None:
        if len(proof.other) != 65 or proof.other[:1] != _TIP:
            raise InvalidScopeProof("what stands in the scope's place is no tip")
        key, depth = _key(proof.other), len(proof.siblings)
        if key == scope_key(head.name) or _bits(key)[:depth] != path_of(head.name)[:depth]:
            raise InvalidScopeProof("the other tip does not stand in the scope's place")
    return proof.other


def _put(tip: bytes, written: dict[str, bytes], read: NodeReader) -> bool:
    """Puts one tip in; True where its scope is new."""
    path, depth = _bits(_key(tip)), 0
    node = _read_over(written, read, "")
    while node is not None and node[:1] == _BRANCH:
        depth += 1
        node = _read_over(written, read, path[:depth])
    new = node is None or _key(node) != _key(tip)
    if new and node is not None:
        # Another scope's tip stands here: both move down to where their keys part.
        other = _bits(_key(node))
        while path[depth] == other[depth]:
            written[path[:depth]] = _BRANCH + EMPTY + EMPTY
            depth += 1
        written[path[:depth]] = _BRANCH + (_hash(node) * 2)
        depth += 1
        written[other[:depth]] = node
    written[path[:depth]] = tip
    _rehash(path[:depth], written, read)
    return new


def _rehash(path: str, written: dict[str, bytes], read: NodeReader) -> None:
    """Writes the hash of the node at `path` into its parent, and so on up to the root."""
    for depth in reversed(range(len(path))):
        child = _hash(written[path[: depth + 1]])
        parent = _read_over(written, read, path[:depth]) or b""
        written[path[:depth]] = parent[:33] + child if path[depth] == "1" else _BRANCH + child + parent[33:]


def _read_over(written: dict[str, bytes], read: NodeReader, path: str) -> bytes | None:
    return written[path] if path in written else read(path)


def _hash(node: bytes | None) -> bytes:
    return EMPTY if node is None else _sha256(node)


def _key(tip: bytes) -> bytes:
    return tip[1:33]


def _bits(key: bytes) -> str:
    return f"{int.from_bytes(key, 'big'):0{KEY_BITS}b}"


def _sha256(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()
