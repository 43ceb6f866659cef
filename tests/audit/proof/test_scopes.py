from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.proof import scopes
from audit.proof.scopes import (
    EMPTY,
    Head,
    HeadProof,
    InvalidScopeProof,
    map_root,
    path_of,
    prove_head,
    update_heads,
    verify_head,
)


def head(name: str, number: int = 1) -> Head:
    return Head(name, number, hashlib.sha256(f"{name} {number}".encode()).hexdigest())


def stored(heads, nodes=None):
    nodes = {} if nodes is None else nodes
    nodes.update(update_heads(heads, nodes.get).nodes)
    return nodes


NAMES = st.lists(st.text(min_size=1, max_size=3), unique=True, min_size=1, max_size=40)


@settings(max_examples=40)
@given(NAMES, st.data())
def test_every_head_is_proved_and_every_other_is_refused(names, data):
    heads = [head(name, data.draw(st.integers(1, 9))) for name in names]
    nodes = stored(heads)
    root = map_root(nodes.get)
    for each in heads:
        proof = prove_head(each.name, nodes.get)
        verify_head(each, proof, root)
        for wrong in (
            head(each.name, each.number + 1),
            replace(each, digest="00" * 32),
            replace(each, name=each.name + "!"),
            Head(each.name, 0, ""),
        ):
            with pytest.raises(InvalidScopeProof):
                verify_head(wrong, proof, root)


@settings(max_examples=40)
@given(NAMES)
def test_absence_is_proved_for_a_scope_that_is_not_there_only(names):
    absent, *present = names
    nodes = stored([head(name) for name in present])
    root = map_root(nodes.get)
    proof = prove_head(absent, nodes.get)
    verify_head(Head(absent, 0, ""), proof, root)
    with pytest.raises(InvalidScopeProof):
        verify_head(head(absent), proof, root)
    for name in present:
        for forged in (proof, replace(prove_head(name, nodes.get), other=proof.other)):
            with pytest.raises(InvalidScopeProof):
                verify_head(Head(name, 0, ""), forged, root)


@settings(max_examples=40)
@given(NAMES, st.randoms(use_true_random=False))
def test_order_and_batches_make_no_difference_to_the_map(names, random):
    heads = [head(name) for name in names]
    at_once = stored(heads)
    random.shuffle(heads)
    one_by_one = stored([head(heads[0].name, 7)])
    for each in heads:
        stored([each], one_by_one)
    assert one_by_one == at_once


@settings(max_examples=60)
@given(st.integers(0, 29), st.data())
def test_one_flipped_bit_breaks_a_proof(which, data):
    nodes = stored([head(str(number)) for number in range(30)])
    proof = prove_head(str(which), nodes.get)
    place = data.draw(st.integers(0, len(proof.siblings) - 1))
    bit = data.draw(st.integers(0, 255))
    siblings = list(proof.siblings)
    siblings[place] = (int.from_bytes(siblings[place], "big") ^ 1 << bit).to_bytes(32, "big")
    with pytest.raises(InvalidScopeProof):
        verify_head(head(str(which)), HeadProof(tuple(siblings)), map_root(nodes.get))


def test_update_reads_and_writes_only_the_way_from_the_root():
    nodes = stored([head(str(number)) for number in range(4000)])
    read = []
    update = update_heads([head("17", 2)], lambda path: read.append(path) or nodes.get(path))
    assert len(set(read)) == len(update.nodes) <= 24
    assert all(path_of("17").startswith(path) for path in update.nodes)
    assert update.added == 0
    assert update_heads([head("new"), head("17", 3)], nodes.get).added == 1


def test_keys_that_part_late_go_down_together(monkeypatch):
    keys = {"a": bytes(32), "b": bytes(31) + b"\x01", "c": b"\x80" + bytes(31)}
    monkeypatch.setattr(scopes, "scope_key", keys.__getitem__)
    nodes = stored([head("a"), head("b")])
    root = map_root(nodes.get)
    proof = prove_head("b", nodes.get)
    assert len(proof.siblings) == 256
    verify_head(head("b"), proof, root)
    verify_head(Head("c", 0, ""), prove_head("c", nodes.get), root)


def test_empty_map_proves_that_there_is_nothing():
    assert map_root({}.get) == EMPTY
    verify_head(Head("any", 0, ""), prove_head("any", {}.get), EMPTY)


def test_head_is_well_formed():
    for number, digest in ((0, "00" * 32), (1, ""), (-1, ""), (1, "00"), (2**63, "00" * 32), (1, "xy")):
        with pytest.raises(ValueError):
            Head("name", number, digest)
    with pytest.raises(ValueError, match="no event yet"):
        update_heads([Head("name", 0, "")], {}.get)


@pytest.mark.parametrize("other", [b"", b"\x01" + bytes(64), b"\x00" + bytes(64)])
def test_other_tip_that_is_none_or_elsewhere_is_refused(other):
    with pytest.raises(InvalidScopeProof):
        verify_head(Head("name", 0, ""), HeadProof((bytes(32),) * 3, other), bytes(32))


def test_proof_that_is_too_long_or_has_a_short_hash_is_refused():
    for siblings in ((bytes(32),) * 257, (b"short",)):
        with pytest.raises(InvalidScopeProof, match="hashes"):
            verify_head(head("name"), HeadProof(siblings), bytes(32))
