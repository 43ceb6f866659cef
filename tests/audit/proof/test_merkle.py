"""The tree against the published vectors, and the laws of its proofs."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.proof.merkle import (
    EMPTY_ROOT,
    Edge,
    InvalidProof,
    consistency_proof,
    edge_at,
    hash_leaf,
    inclusion_proof,
    root_at,
    verify_consistency,
    verify_inclusion,
)

# The inputs and roots that Certificate Transparency's own reference tests publish.
INPUTS = [
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]


class Tree:
    """A tree in memory: what the sequencer keeps in tables."""

    def __init__(self, leaves):
        self.leaves = [hash_leaf(leaf) for leaf in leaves]
        self.edges, self.nodes = [Edge()], {}
        for leaf in self.leaves:
            edge, full = self.edges[-1].append(leaf)
            self.edges.append(edge)
            self.nodes.update({(node.level, node.index): node.hash for node in full})

    def read(self, level, index):
        return self.nodes[level, index]

    def root(self, size):
        return self.edges[size].root()


BIG = Tree(f"leaf {n}".encode() for n in range(71))
CLASSIC = Tree(bytes.fromhex(text) for text in INPUTS)


def flipped(data: bytes, bit: int) -> bytes:
    value = bytearray(data)
    value[bit // 8] ^= 1 << bit % 8
    return bytes(value)


def test_roots_are_those_of_the_reference_tests():
    assert Tree([]).root(0) == EMPTY_ROOT
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert [CLASSIC.root(size).hex() for size in range(1, 9)] == ROOTS


def test_inclusion_proof_is_that_of_the_reference_tests():
    # The path of the first leaf among eight, published beside the roots.
    assert [sibling.hex() for sibling in inclusion_proof(0, 8, CLASSIC.read)] == [
        "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
        "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
        "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    ]


def test_consistency_proof_is_that_of_the_reference_tests():
    assert [sibling.hex() for sibling in consistency_proof(6, 8, CLASSIC.read)] == [
        "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
        "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    ]


def test_every_inclusion_proof_of_every_size_verifies():
    for size in range(1, 72):
        for index in range(size):
            proof = inclusion_proof(index, size, BIG.read)
            verify_inclusion(BIG.leaves[index], index, size, proof, BIG.root(size))


def test_every_consistency_proof_of_every_pair_of_sizes_verifies():
    for new in range(72):
        for old in range(new + 1):
            proof = consistency_proof(old, new, BIG.read)
            verify_consistency(old, BIG.root(old), new, BIG.root(new), proof)


def test_edge_and_root_come_back_from_stored_nodes_at_every_size():
    for size in range(72):
        assert edge_at(size, BIG.read) == BIG.edges[size]
        assert root_at(size, BIG.read) == BIG.root(size)


def test_batch_gives_what_single_appends_give():
    edge, nodes = Edge().extend(BIG.leaves)
    assert edge == BIG.edges[-1]
    assert {(node.level, node.index): node.hash for node in nodes} == BIG.nodes


def test_edge_refuses_a_number_of_hashes_that_its_size_does_not_have():
    with pytest.raises(ValueError, match="size 3 cannot have 1"):
        Edge(3, (EMPTY_ROOT,))


@st.composite
def places(draw):
    size = draw(st.integers(1, 71))
    return draw(st.integers(0, size - 1)), size


@settings(max_examples=60)
@given(places(), st.data())
def test_one_flipped_bit_anywhere_breaks_an_inclusion_proof(place, data):
    index, size = place
    proof = inclusion_proof(index, size, BIG.read)
    parts = [BIG.leaves[index], BIG.root(size), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    leaf, root, *path = parts
    with pytest.raises(InvalidProof, match="leads to root"):
        verify_inclusion(leaf, index, size, path, root)


@settings(max_examples=60)
@given(places(), st.integers(0, 71))
def test_inclusion_proof_holds_for_no_other_index(place, other):
    index, size = place
    if other == index:
        return
    with pytest.raises(InvalidProof):
        verify_inclusion(
            BIG.leaves[index], other, size, inclusion_proof(index, size, BIG.read), BIG.root(size)
        )


@settings(max_examples=60)
@given(st.integers(1, 70), st.integers(1, 70), st.data())
def test_one_flipped_bit_anywhere_breaks_a_consistency_proof(old, more, data):
    new = min(old + more, 71)
    proof = consistency_proof(old, new, BIG.read)
    parts = [BIG.root(old), BIG.root(new), *proof]
    which = data.draw(st.integers(0, len(parts) - 1))
    parts[which] = flipped(parts[which], data.draw(st.integers(0, 255)))
    old_root, new_root, *path = parts
    with pytest.raises(InvalidProof, match="leads to"):
        verify_consistency(old, old_root, new, new_root, path)


@pytest.mark.parametrize(
    ("change", "words"),
    [(lambda proof: proof[:-1], "2 hashes, 3"), (lambda proof: proof + proof[:1], "4 hashes, 3")],
)
def test_proof_of_another_length_is_refused_before_any_hashing(change, words):
    proof = inclusion_proof(0, 8, CLASSIC.read)
    with pytest.raises(InvalidProof, match=words):
        verify_inclusion(CLASSIC.leaves[0], 0, 8, change(proof), CLASSIC.root(8))
    with pytest.raises(InvalidProof, match=words):
        verify_consistency(
            6, CLASSIC.root(6), 8, CLASSIC.root(8), change(consistency_proof(6, 8, CLASSIC.read))
        )


def test_index_outside_the_tree_is_refused():
    for index in (-1, 8, 2**70):
        with pytest.raises(InvalidProof, match="outside a tree of 8"):
            verify_inclusion(CLASSIC.leaves[0], index, 8, [], CLASSIC.root(8))
        with pytest.raises(ValueError, match="no leaf"):
            inclusion_proof(index, 8, CLASSIC.read)


def test_shorter_hash_in_a_proof_is_refused():
    with pytest.raises(InvalidProof, match="not 32 bytes"):
        verify_inclusion(CLASSIC.leaves[0], 0, 2, [b"short"], CLASSIC.root(2))


def test_smaller_tree_is_never_the_later_one():
    with pytest.raises(InvalidProof, match="no beginning"):
        verify_consistency(8, CLASSIC.root(8), 7, CLASSIC.root(7), [])
    with pytest.raises(ValueError, match="no beginning"):
        consistency_proof(8, 7, CLASSIC.read)


def test_two_roots_for_one_size_are_refused():
    with pytest.raises(InvalidProof, match="two roots for 8"):
        verify_consistency(8, CLASSIC.root(8), 8, CLASSIC.root(7), [])
    with pytest.raises(InvalidProof, match="two roots for 0"):
        verify_consistency(0, CLASSIC.root(8), 8, CLASSIC.root(8), [])
