"""A bundle verifies, and each way to lie with one is refused at its step, even where the liar signs again."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit.proof import bundle as bundle_module
from audit.proof.archive import pack, unpack
from audit.proof.bundle import MANIFEST_TYPE, BundledEvent, BundledScope, Previous, describe
from audit.proof.checkpoint import claimed_checkpoint, sign_note
from audit.proof.dsse import sign_envelope
from audit.proof.leaf import decode_leaf, encode_leaf
from audit.proof.redaction import Disclosure
from audit.proof.scopes import Head, prove_head
from audit.proof.verifier import verify_bundle
from tests.audit.proof.builders import Log, SigningKey, a_log

LOG = a_log()
KEY = LOG.key.verifier
T1 = LOG.events("tenant:t1")
BUNDLE = LOG.bundle("tenant:t1")


def verify(data: bytes, *keys, **more):
    return verify_bundle(data, keys or [KEY], **more)


def refusal(data: bytes, *keys, **more):
    verdict = verify(data, *keys, **more)
    assert verdict.exit_code == 1, verdict.summary()
    assert verdict.summary()[0].startswith(f"refused: step {verdict.refusal.step} (")
    return verdict.refusal


def signed_again(data: bytes, log: Log = LOG, **changed: bytes) -> bytes:
    """What a provider who holds the key could hand out: files changed, manifest and signature redone.

    Names are written with `_` for what stands between the words of a file name.
    """
    files = unpack(data)
    by_word = {name.replace("-", "_").replace(".", "_"): name for name in files}
    for word, content in changed.items():
        files[by_word[word]] = content
    manifest = json.loads(files["manifest.json"])
    listed = [name for name in files if not name.startswith("manifest.")]
    manifest["files"] = {name: describe(files[name]) for name in listed}
    return with_manifest(files, manifest, log)


def with_manifest(files, manifest, log=LOG) -> bytes:
    content = json.dumps(manifest, indent=1).encode()
    envelope = sign_envelope(MANIFEST_TYPE, content, log.key.verifier, log.key.sign)
    return pack({**files, "manifest.json": content, "manifest.dsse.json": envelope})


def edited_manifest(data: bytes, log: Log = LOG, **changes) -> bytes:
    files = unpack(data)
    return with_manifest(files, json.loads(files["manifest.json"]) | changes, log)


def test_honest_bundle_is_valid_in_plain_words():
    verdict = verify(BUNDLE)
    assert verdict.exit_code == 0 and verdict.origin_verified
    assert verdict.summary() == [
        "valid: 20 of 20 events stand in the signed tree",
        f"log lockgate.example/log, size 30, root {LOG.edge.root().hex()}",
        "scope tenant:t1: all 20 events, none missing",
        "20 disclosed values agree with their commitments",
        "made for Examiner at 2026-11-25T00:00:00Z: 15 CFR 744",
        f"signed by lockgate.example/log, key fingerprint SHA-256 {KEY.fingerprint}",
    ]


@settings(max_examples=15)
@given(
    st.lists(st.sets(st.sampled_from("abcd"), max_size=3), max_size=25),
    st.sets(st.sampled_from("abcde"), min_size=1),
)
def test_any_log_and_any_choice_of_scopes_gives_a_valid_bundle(events, wanted):
    log = Log()
    for scopes in events:
        log.record(*scopes)
    verdict = verify(log.bundle(*sorted(wanted)))
    assert verdict.exit_code == 0, verdict.summary()
    assert verdict.events == sum(1 for scopes in events if scopes & wanted)
    assert all(scope.is_whole for scope in verdict.scopes)


def test_scope_without_events_is_proved_empty():
    verdict = verify(LOG.bundle("tenant:unknown"))
    assert verdict.exit_code == 0
    assert "scope tenant:unknown: all 0 events, none missing" in verdict.summary()


# Origin.


def test_wrong_key_is_refused():
    assert refusal(BUNDLE, SigningKey(2).verifier).step == 3


def test_another_key_of_the_same_name_signs_a_bundle_that_is_refused():
    forged = Log(SigningKey(2))
    forged.record("tenant:t1")
    assert refusal(forged.bundle("tenant:t1")).step == 3
    pinned = verify_bundle(forged.bundle("tenant:t1"), [], pinned=[KEY])
    assert pinned.exit_code == 1


def test_without_a_key_everything_is_checked_but_the_origin():
    verdict = verify_bundle(BUNDLE, [])
    assert verdict.exit_code == 3
    assert verdict.summary()[0] == "ORIGIN NOT VERIFIED: everything agrees, but no key was given or pinned"
    assert KEY.fingerprint in verdict.summary()[-1]
    assert refusal_without_key(signed_again(BUNDLE, events_jsonl=b"")) == 6


def refusal_without_key(data):
    return verify_bundle(data, []).refusal.step


def test_pinned_key_of_another_log_says_nothing_of_this_one():
    assert verify_bundle(BUNDLE, [], pinned=[SigningKey(3, "other.example").verifier]).exit_code == 3
    assert verify_bundle(BUNDLE, [], pinned=[SigningKey(3, "other.example").verifier, KEY]).exit_code == 0


def test_one_of_several_trusted_keys_is_enough():
    assert verify(BUNDLE, SigningKey(2).verifier, KEY).exit_code == 0


def test_manifest_that_names_another_key_than_its_signer_is_refused():
    data = edited_manifest(BUNDLE, public_key=str(SigningKey(2).verifier))
    assert refusal(data).step == 3


# Damage.


@settings(max_examples=150)
@given(st.integers(0, len(BUNDLE) * 8 - 1))
def test_every_flipped_bit_of_the_zip_is_refused_or_leaves_every_file_as_it_was(bit):
    data = bytearray(BUNDLE)
    data[bit // 8] ^= 1 << bit % 8
    verdict = verify(bytes(data))
    if verdict.exit_code == 0:  # The padding of a deflate stream, see archive.py.
        assert unpack(bytes(data)) == unpack(BUNDLE)
    else:
        assert verdict.exit_code == 1


@pytest.mark.parametrize("name", sorted(unpack(BUNDLE)))
def test_flipped_bits_inside_every_file_are_refused(name):
    files = unpack(BUNDLE)
    for position in range(0, len(files[name]), max(1, len(files[name]) // 25)):
        data = bytearray(files[name])
        data[position] ^= 1 << position % 8
        assert refusal(pack({**files, name: bytes(data)})).step in (2, 3)


@pytest.mark.parametrize("length", [0, 1, 100, len(BUNDLE) // 2, len(BUNDLE) - 1])
def test_truncated_bundle_is_refused(length):
    assert refusal(BUNDLE[:length]).step == 1


@pytest.mark.parametrize("name", sorted(unpack(BUNDLE)))
def test_missing_file_is_refused(name):
    files = unpack(BUNDLE)
    del files[name]
    found = refusal(pack(files))
    assert (found.step, name in found.expected) == (2, True)


def test_file_too_many_is_refused():
    found = refusal(pack({**unpack(BUNDLE), "extra.txt": b""}))
    assert (found.step, found.found) == (2, "extra.txt in the archive")


def test_manifest_that_does_not_list_a_file_is_refused():
    files = json.loads(unpack(BUNDLE)["manifest.json"])["files"]
    for changed in ({k: v for k, v in files.items() if k != "report.pdf"}, files | {"extra.txt": {}}):
        assert refusal(edited_manifest(BUNDLE, files=changed)).step == 2


JUNK = [None, True, -1, 2**80, 1.5, "", "\ud800", "\x00", "ff" * 32, [], [[]], {}, {"a": None}]


def with_junk(value, draw):
    """`value` with one part of it, drawn, replaced by junk."""
    if isinstance(value, dict | list) and value and draw(st.integers(0, 4)):
        keys = sorted(value) if isinstance(value, dict) else range(len(value))
        key = draw(st.sampled_from(keys))
        changed = dict(value) if isinstance(value, dict) else list(value)
        changed[key] = with_junk(value[key], draw)
        return changed
    return draw(st.sampled_from(JUNK))


@settings(max_examples=200)
@given(st.sampled_from(["events.jsonl", "proofs.jsonl", "scopes.json", "consistency.json"]), st.data())
def test_junk_in_place_of_any_value_is_refused_and_never_raises(name, data):
    log, before = a_grown_log()
    files = unpack(log.bundle("tenant:t1", previous=log.previous(before, 30)))
    first, end, rest = files[name].partition(b"\n") if name.endswith("jsonl") else (files[name], b"", b"")
    value = json.loads(first)
    junk = with_junk(value, data.draw)
    if junk == value:
        return
    spelt = json.dumps(junk, sort_keys=True, separators=(",", ":")).encode()
    assert refusal(signed_again(pack(files), log, **{name.replace(".", "_"): spelt + end + rest})).step > 4


@settings(max_examples=100)
@given(st.data())
def test_junk_in_the_manifest_never_raises(data):
    manifest = with_junk(json.loads(unpack(BUNDLE)["manifest.json"]), data.draw)
    assert verify(with_manifest(unpack(BUNDLE), manifest)).exit_code in (0, 1)


# Omission, with a manifest that is signed again.


@pytest.mark.parametrize("omitted", [0, 9, 19])
def test_omitting_the_first_a_middle_or_the_last_event_is_refused(omitted):
    kept = T1[:omitted] + T1[omitted + 1 :]
    found = refusal(LOG.bundle("tenant:t1", events=kept))
    assert found.step == 6
    if omitted < 19:
        assert decode_leaf(kept[omitted].leaf)["id"] in found.event
        assert (found.expected, found.found) == (
            f"number {omitted + 1} of tenant:t1",
            f"number {omitted + 2}",
        )
    else:
        assert (found.expected, found.found) == ("tenant:t1 up to number 20", "up to 19")


def test_omitting_all_events_is_refused():
    assert refusal(LOG.bundle("tenant:t1", events=[])).step == 6


def test_window_is_valid_but_called_one():
    scope = LOG.scope("tenant:t1")
    for first, last in ((5, 20), (1, 19), (5, 7), (21, 20)):
        window = replace(scope, first=first, last=last)
        verdict = verify(LOG.bundle("tenant:t1", events=T1[first - 1 : last], scopes=[window]))
        assert verdict.exit_code == 0
        assert f"events {first} to {last} of 20, a window, NOT THE WHOLE SCOPE" in "\n".join(
            verdict.summary()
        )


def test_window_behind_the_head_is_refused():
    scope = replace(LOG.scope("tenant:t1"), first=22, last=21)
    assert refusal(LOG.bundle("tenant:t1", events=[], scopes=[scope])).step == 6


def test_head_that_leaves_the_last_event_out_is_refused():
    earlier = decode_leaf(T1[-1].leaf)["scopes"][-1]
    short = BundledScope.whole(
        Head("tenant:t1", 19, earlier["previous"]), prove_head("tenant:t1", LOG.map.get)
    )
    assert refusal(LOG.bundle("tenant:t1", events=T1[:-1], scopes=[short])).step == 5


def test_scope_said_to_be_empty_is_refused():
    hidden = BundledScope.whole(Head("tenant:t1", 0, ""), prove_head("tenant:t1", LOG.map.get))
    assert refusal(LOG.bundle("tenant:t1", events=[], scopes=[hidden])).step == 5


def test_event_of_another_scope_is_refused():
    found = refusal(LOG.bundle("tenant:t1", events=T1 + LOG.events("tenant:t2")[:1]))
    assert (found.step, found.found) == (6, "one of other scopes only")


def test_event_twice_is_refused():
    assert refusal(LOG.bundle("tenant:t1", events=[*T1, T1[3]])).step == 6


def test_events_in_another_order_than_the_log_are_refused():
    data = LOG.bundle("tenant:t1", "tenant:t2")
    files = unpack(data)
    swapped = {}
    for name in ("events.jsonl", "proofs.jsonl"):
        first, second, *rest = files[name].splitlines(keepends=True)  # One of t1, one of t2.
        swapped[name.replace(".", "_")] = b"".join([second, first, *rest])
    found = refusal(signed_again(data, **swapped))
    assert (found.step, found.expected, found.found) == (6, "an index above 1", "0")


def test_bundle_of_no_scope_is_refused():
    assert refusal(LOG.bundle(scopes=[], events=[])).step == 5


def test_scope_heads_other_than_the_manifest_names_are_refused():
    other = unpack(LOG.bundle("tenant:t2"))["scopes.json"]
    assert refusal(signed_again(BUNDLE, scopes_json=other)).step == 5


# Falsified events, with a manifest that is signed again.


def falsified(which: int, **changes) -> list[BundledEvent]:
    event = decode_leaf(T1[which].leaf) | changes
    return [*T1[:which], replace(T1[which], leaf=encode_leaf(event)), *T1[which + 1 :]]


def test_changed_event_breaks_the_chain_to_the_next():
    found = refusal(LOG.bundle("tenant:t1", events=falsified(4, reason="another")))
    assert (found.step, "as the digest" in found.expected) == (6, False)
    assert decode_leaf(T1[5].leaf)["id"] in found.event


def test_changed_last_event_is_not_the_proved_head():
    found = refusal(LOG.bundle("tenant:t1", events=falsified(19, reason="another")))
    assert (found.step, "its proved head" in found.expected) == (6, True)


def test_changed_event_in_a_window_does_not_stand_in_the_tree():
    window = replace(LOG.scope("tenant:t1"), first=5, last=5)
    events = falsified(4, reason="another")[4:5]
    found = refusal(LOG.bundle("tenant:t1", events=events, scopes=[window]))
    assert (found.step, decode_leaf(T1[4].leaf)["id"] in found.event) == (7, True)


def test_event_that_says_another_number_is_refused():
    position = decode_leaf(T1[4].leaf)["scopes"][-1] | {"number": 6}
    assert refusal(LOG.bundle("tenant:t1", events=falsified(4, scopes=[position]))).step == 6


def test_unknown_leaf_version_is_refused():
    events = unpack(BUNDLE)["events.jsonl"].replace(b'"version":1}', b'"version":2}', 1)
    found = refusal(signed_again(BUNDLE, events_jsonl=events))
    assert (found.step, "leaf version 2 is unknown" in found.found) == (6, True)
    assert found.event == "line 1 of events.jsonl"


def test_proof_of_another_index_or_root_is_refused():
    moved = [*T1[:-1], replace(T1[-1], index=T1[-1].index - 1)]
    assert refusal(LOG.bundle("tenant:t1", events=moved)).step in (6, 7)
    bent = [replace(T1[0], path=[bytes(32), *T1[0].path[1:]]), *T1[1:]]
    assert refusal(LOG.bundle("tenant:t1", events=bent)).step == 7


def test_proof_that_states_another_leaf_hash_is_refused():
    lines = unpack(BUNDLE)["proofs.jsonl"].splitlines(keepends=True)
    first, second = json.loads(lines[0]), json.loads(lines[1])
    lines[0] = json.dumps(first | {"hash": second["hash"]}).encode() + b"\n"
    assert refusal(signed_again(BUNDLE, proofs_jsonl=b"".join(lines))).step == 7
    assert refusal(signed_again(BUNDLE, proofs_jsonl=b"".join(lines[1:]))).step == 6


def test_disclosed_value_that_was_not_committed_to_is_refused():
    for disclosed in ({"name": Disclosure(b"x" * 32, "Eve")}, {"other": Disclosure(b"x" * 32, "Eve")}):
        found = refusal(LOG.bundle("tenant:t1", events=[replace(T1[0], disclosed=disclosed), *T1[1:]]))
        assert (found.step, decode_leaf(T1[0].leaf)["id"] in found.event) == (8, True)


def test_value_may_stay_closed():
    closed = [replace(event, disclosed={}) for event in T1]
    assert verify(LOG.bundle("tenant:t1", events=closed)).disclosed == 0


def test_counts_of_the_manifest_are_checked():
    for changes, step in (
        ({"counts": {"events": 19, "disclosed": 20}}, 6),
        ({"counts": {"events": 20, "disclosed": 19}}, 8),
        ({"tree_size": 31}, 4),
        ({"origin": "other.example"}, 4),
    ):
        assert refusal(edited_manifest(BUNDLE, **changes)).step == step


# Checkpoints.


def test_checkpoint_of_another_root_is_refused():
    for field in ("root", "scope_root"):
        note = claimed_checkpoint(LOG.checkpoint().encode())
        lie = sign_note(replace(note, **{field: bytes(32)}).text(), KEY, LOG.key.sign)
        assert refusal(signed_again(BUNDLE, checkpoint_txt=lie.encode())).step == (
            7 if field == "root" else 5
        )


def test_checkpoint_that_is_not_signed_by_the_trusted_key_is_refused():
    other = SigningKey(2)
    note = sign_note(claimed_checkpoint(LOG.checkpoint().encode()).text(), other.verifier, other.sign)
    assert refusal(signed_again(BUNDLE, checkpoint_txt=note.encode())).step == 4


def a_grown_log():
    log = a_log()
    before = log.checkpoint()
    for _ in range(7):
        log.record("tenant:t1")
    return log, before


def test_consistency_with_an_earlier_checkpoint_is_verified():
    log, before = a_grown_log()
    data = log.bundle("tenant:t1", previous=log.previous(before, 30))
    verdict = verify(data)
    assert verdict.exit_code == 0
    assert "the log only grew since size 30" in verdict.summary()
    assert verify(data, previous=before.encode()).exit_code == 0


def test_log_that_was_rewritten_since_is_refused():
    _, before = a_grown_log()
    rewritten = Log()
    for number in range(37):
        rewritten.record("tenant:t1", reason="rewritten" if number == 3 else "")
    data = rewritten.bundle("tenant:t1", previous=rewritten.previous(before, 30))
    assert refusal(data).step == 9


def test_log_that_shrank_is_refused():
    log, _ = a_grown_log()
    data = LOG.bundle("tenant:t1", previous=Previous(log.checkpoint(), []))
    assert refusal(data).step == 9


def test_previous_checkpoint_has_to_be_the_one_that_the_recipient_kept():
    log, before = a_grown_log()
    data = log.bundle("tenant:t1", previous=log.previous(before, 30))
    assert refusal(data, previous=log.checkpoint().encode()).step == 9
    assert refusal(log.bundle("tenant:t1"), previous=before.encode()).step == 9


def test_previous_checkpoint_of_another_key_or_size_is_refused():
    log, before = a_grown_log()
    other = SigningKey(2)
    forged = sign_note(claimed_checkpoint(before.encode()).text(), other.verifier, other.sign)
    assert refusal(log.bundle("tenant:t1", previous=log.previous(forged, 30))).step == 9
    data = log.bundle("tenant:t1", previous=log.previous(before, 30))
    assert refusal(edited_manifest(data, log, previous_tree_size=29)).step == 9


def test_earlier_key_of_the_log_may_have_signed_the_previous_checkpoint():
    log, before = a_grown_log()
    old = SigningKey(2)
    note = sign_note(claimed_checkpoint(before.encode()).text(), old.verifier, old.sign)
    data = log.bundle("tenant:t1", previous=log.previous(note, 30))
    assert verify(data, KEY, old.verifier).exit_code == 0


def test_previous_checkpoint_of_another_log_whose_key_is_trusted_too_is_refused():
    log, before = a_grown_log()
    other = SigningKey(2, "other.example")
    state = replace(claimed_checkpoint(before.encode()), origin="other.example")
    note = sign_note(state.text(), other.verifier, other.sign)
    found = refusal(log.bundle("tenant:t1", previous=log.previous(note, 30)), KEY, other.verifier)
    assert (found.step, found.found) == (9, "other.example")


def test_half_of_the_consistency_files_is_refused():
    log, before = a_grown_log()
    files = unpack(log.bundle("tenant:t1", previous=log.previous(before, 30)))
    for name in bundle_module.OPTIONAL:
        rest = {key: value for key, value in files.items() if key != name}
        assert refusal(pack(rest)).step == 2


def test_summary_cannot_steer_a_terminal():
    purpose = replace(a_purpose(), recipient="\x1b[2Jexaminer\nvalid: all")
    assert not any(
        "\x1b" in line or "\n" in line for line in verify(LOG.bundle("tenant:t1", purpose=purpose)).summary()
    )


def a_purpose():
    return bundle_module.Purpose("Examiner", "15 CFR 744", "2026-11-25T00:00:00Z")
