"""The Merkle tree of the log, by RFC 6962 section 2.1 and RFC 9162 section 2.1, with SHA-256.

A *node* (level, index) is the root of the full subtree over the leaves index·2^level up to, not
including, (index+1)·2^level. Only full subtrees are ever stored: they never change again. What is not
full hangs on the right edge and is computed from at most log2(size) stored nodes.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from audit.proof.errors import ProofError

#: Bytes of a hash.
HASH_SIZE = 32
#: RFC 6962: MTH({}) = SHA-256().
EMPTY_ROOT = hashlib.sha256(b"").digest()

#: Reads the hash of the full subtree (level, index). Level 0 are the leaf hashes.
NodeReader = Callable[[int, int], bytes]


class InvalidProof(ProofError):
    """An inclusion or consistency proof is of the wrong shape or leads to another root."""


@dataclass(frozen=True)
class Node:
    """A full subtree that has just been completed and is to be stored."""

    level: int
    index: int
    hash: bytes


def hash_leaf(data: bytes) -> bytes:
    """RFC 6962: MTH({d}) = SHA-256(0x00 ‖ d)."""
    return hashlib.sha256(b"\x00" + data).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """RFC 6962: SHA-256(0x01 ‖ left ‖ right)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


@dataclass(frozen=True)
class Edge:
    """A tree as its right edge: the full subtrees that its size is the sum of, largest first.

    One subtree stands for each bit that is set in `size`, so the edge of ten million leaves is eight
    hashes, and that is all an append needs.
    """

    size: int = 0
    hashes: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.hashes) != self.size.bit_count():
            raise ValueError(f"an edge of size {self.size} cannot have {len(self.hashes)} hashes")

    def append(self, leaf_hash: bytes) -> tuple[Edge, list[Node]]:
        """The edge with one leaf more, and the nodes that became full with it (the leaf first)."""
        hashes, level, index, current = list(self.hashes), 0, self.size, leaf_hash
        full = [Node(level, index, current)]
        while index & 1:  # A left sibling waits: the two make a full subtree one level up.
            current = hash_node(hashes.pop(), current)
            level, index = level + 1, index >> 1
            full.append(Node(level, index, current))
        return Edge(self.size + 1, (*hashes, current)), full

    def extend(self, leaf_hashes: Iterable[bytes]) -> tuple[Edge, list[Node]]:
        """`append` for a batch."""
        edge, full = self, []
        for leaf_hash in leaf_hashes:
            edge, more = edge.append(leaf_hash)
            full += more
        return edge, full

    def root(self) -> bytes:
        """The root hash (MTH) of the tree."""
        if not self.hashes:
            return EMPTY_ROOT
        *rest, root = self.hashes
        for left in reversed(rest):
            root = hash_node(left, root)
        return root


def edge_at(size: int, read: NodeReader) -> Edge:
    """The right edge of the first `size` leaves, out of stored nodes."""
    hashes, start = [], 0
    for level in reversed(range(size.bit_length())):
        if size >> level & 1:
            hashes.append(read(level, start >> level))
            start += 1 << level
    return Edge(size, tuple(hashes))


def root_at(size: int, read: NodeReader) -> bytes:
    """The root of the first `size` leaves, out of stored nodes."""
    return edge_at(size, read).root()


def inclusion_proof(index: int, size: int, read: NodeReader) -> list[bytes]:
    """PATH(index, D[size]) of RFC 6962 section 2.1.1, nearest sibling first.

    Raises ValueError unless 0 ≤ index < size.
    """
    if not 0 <= index < size:
        raise ValueError(f"no leaf {index} in a tree of {size}")
    return _path(index, 0, size, read)


def consistency_proof(old: int, new: int, read: NodeReader) -> list[bytes]:
    """PROOF(old, D[new]) of RFC 6962 section 2.1.2; empty for old = 0 and old = new.

    Raises ValueError unless 0 ≤ old ≤ new.
    """
    if not 0 <= old <= new:
        raise ValueError(f"a tree of {old} is no beginning of a tree of {new}")
    if old in (0, new):
        return []
    return _subproof(old, 0, new, True, read)


def _path(index: int, start: int, end: int, read: NodeReader) -> list[bytes]:
    if end - start == 1:
        return []
    middle = start + _split(end - start)
    if index < middle:
        return [*_path(index, start, middle, read), _subtree(middle, end, read)]
    return [*_path(index, middle, end, read), _subtree(start, middle, read)]


def _subproof(old: int, start: int, end: int, whole: bool, read: NodeReader) -> list[bytes]:
    """SUBPROOF; `whole` is the RFC's b: the old tree's own subtree, whose root the verifier knows."""
    if old == end:
        return [] if whole else [_subtree(start, end, read)]
    middle = start + _split(end - start)
    if old <= middle:
        return [*_subproof(old, start, middle, whole, read), _subtree(middle, end, read)]
    return [*_subproof(old, middle, end, False, read), _subtree(start, middle, read)]


def _subtree(start: int, end: int, read: NodeReader) -> bytes:
    """MTH(D[start:end]): one stored node where it is full, else put together from full ones."""
    size = end - start
    level = size.bit_length() - 1
    if size == 1 << level:
        return read(level, start >> level)
    middle = start + _split(size)
    return hash_node(_subtree(start, middle, read), _subtree(middle, end, read))


def _split(size: int) -> int:
    """The RFC's k: the largest power of two smaller than `size`."""
    return 1 << ((size - 1).bit_length() - 1)


def inclusion_proof_length(index: int, size: int) -> int:
    """How many hashes the inclusion proof of leaf `index` in a tree of `size` leaves has."""
    # Below the level where the leaf and the last leaf part, every level has a sibling; above it, only
    # where the leaf's branch is a right child.
    inner = (index ^ (size - 1)).bit_length()
    return inner + (index >> inner).bit_count()


def verify_inclusion(leaf_hash: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> None:
    """RFC 9162 section 2.1.3.2: the leaf stands at `index` of the tree `size`, `root`, or InvalidProof."""
    if not 0 <= index < size:
        raise InvalidProof(f"index {index} is outside a tree of {size} leaves")
    _check_hashes("inclusion proof", proof, inclusion_proof_length(index, size))
    fn, sn, found = index, size - 1, leaf_hash
    for sibling in proof:
        if fn & 1 or fn == sn:
            found = hash_node(sibling, found)
            while not fn & 1 and fn:  # The leaf's branch has no sibling on these levels.
                fn, sn = fn >> 1, sn >> 1
        else:
            found = hash_node(found, sibling)
        fn, sn = fn >> 1, sn >> 1
    if found != root:
        raise InvalidProof(f"the inclusion proof leads to root {found.hex()}, not {root.hex()}")


def verify_consistency(
    old_size: int, old_root: bytes, new_size: int, new_root: bytes, proof: Sequence[bytes]
) -> None:
    """RFC 9162 section 2.1.4.2: the new tree begins with the whole old tree, or InvalidProof."""
    if not 0 <= old_size <= new_size:
        raise InvalidProof(f"a tree of {old_size} leaves is no beginning of a tree of {new_size}")
    if old_size in (0, new_size):
        _check_hashes("consistency proof", proof, 0)
        expected = new_root if old_size else EMPTY_ROOT
        if old_root != expected:
            raise InvalidProof(f"two roots for {old_size} leaves: {old_root.hex()} and {expected.hex()}")
        return
    _check_hashes("consistency proof", proof, consistency_proof_length(old_size, new_size))
    fn, sn = old_size - 1, new_size - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    # Where the old tree is one full subtree (fn is 0 now), its root is where the proof starts.
    first, *rest = proof if fn else (old_root, *proof)
    old_found = new_found = first
    for sibling in rest:
        if fn & 1 or fn == sn:
            old_found, new_found = hash_node(sibling, old_found), hash_node(sibling, new_found)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            new_found = hash_node(new_found, sibling)
        fn, sn = fn >> 1, sn >> 1
    if old_found != old_root:
        raise InvalidProof(f"the proof leads to old root {old_found.hex()}, not {old_root.hex()}")
    if new_found != new_root:
        raise InvalidProof(f"the proof leads to new root {new_found.hex()}, not {new_root.hex()}")


def consistency_proof_length(old: int, new: int) -> int:
    """How many hashes the consistency proof from `old` to `new` leaves has, for 0 < old < new."""
    # It is the path of the old tree's last full subtree in the new tree, and that subtree's own root
    # unless it is the whole old tree.
    trailing = (old & -old).bit_length() - 1
    path = inclusion_proof_length(old - 1, new) - trailing
    return path if old == 1 << trailing else path + 1


def _check_hashes(what: str, proof: Sequence[bytes], length: int) -> None:
    if len(proof) != length:
        raise InvalidProof(f"the {what} has {len(proof)} hashes, {length} are needed")
    if any(len(sibling) != HASH_SIZE for sibling in proof):
        raise InvalidProof(f"a hash of the {what} is not {HASH_SIZE} bytes long")
