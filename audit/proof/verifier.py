"""Verifies a bundle with a key that its recipient trusts. Pure: bytes in, a Verdict out.

The steps, in order; the same numbers stand at the code:

 1. Archive: a zip file in the one form of bundles, within the limits.
 2. Files: exactly those that the manifest lists, each with its size and SHA-256.
 3. Manifest: signed by the trusted key.
 4. Checkpoint: signed by the trusted key; of the log and size that the manifest names.
 5. Scopes: the head of each exported scope is proved in the map whose root the checkpoint signs.
 6. Events: of each scope, the promised numbers without a gap, each event naming the digest of the one
    before it, the last one being the proved head. None belongs to no exported scope.
 7. Inclusion: each event's leaf stands at its index in the tree whose root the checkpoint signs.
 8. Disclosure: each disclosed value is the one that its event committed to.
 9. Consistency: where there is a previous checkpoint, the tree begins with the whole of that tree.

Nothing a bundle says of itself is trusted: with no trusted key, the key out of the bundle is used to find
damage, and the verdict says that the origin is not verified.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

from audit.proof import bundle
from audit.proof.archive import unpack
from audit.proof.bundle import Manifest, Window
from audit.proof.checkpoint import Checkpoint, VerifierKey, read_checkpoint
from audit.proof.dsse import check_envelope
from audit.proof.errors import ProofError
from audit.proof.leaf import Event
from audit.proof.merkle import hash_leaf, verify_consistency, verify_inclusion
from audit.proof.redaction import Disclosure, check_disclosures
from audit.proof.scopes import Head, verify_head

STEPS = {
    1: "archive",
    2: "files",
    3: "manifest signature",
    4: "checkpoint signature",
    5: "scope heads",
    6: "events of the scopes",
    7: "inclusion in the tree",
    8: "disclosed values",
    9: "consistency with the previous checkpoint",
}


@dataclass(frozen=True)
class Refusal:
    """The first thing that is wrong. `event` names the first wrong event where it is about one."""

    step: int
    expected: str
    found: str
    event: str = ""

    def __str__(self) -> str:
        where = f", {self.event}" if self.event else ""
        return f"step {self.step} ({STEPS[self.step]}){where}: expected {self.expected}; found {self.found}"


@dataclass(frozen=True)
class ScopeVerdict:
    """Which numbers of a scope are proved, of how many there are."""

    name: str
    first: int
    last: int
    total: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the scope is left out."""
        return self.first == 1 and self.last == self.total

    def __str__(self) -> str:
        if self.is_whole:
            return f"{self.name}: all {self.total} events, none missing"
        return (
            f"{self.name}: events {self.first} to {self.last} of {self.total}, a window, NOT THE WHOLE SCOPE"
        )


@dataclass(frozen=True)
class Verdict:
    """What a bundle was found to be. `refusal` is None where everything agrees."""

    refusal: Refusal | None
    key: VerifierKey | None = None  # the key that signed it
    origin_verified: bool = False  # whether that key was trusted before
    checkpoint: Checkpoint | None = None
    manifest: Manifest | None = None
    scopes: tuple[ScopeVerdict, ...] = ()
    events: int = 0
    disclosed: int = 0
    previous_size: int | None = None

    @property
    def exit_code(self) -> int:
        """0 valid; 1 refused; 3 everything agrees, but the origin is not verified."""
        if self.refusal is not None:
            return 1
        return 0 if self.origin_verified else 3

    def summary(self) -> list[str]:
        """The verdict in plain words, a line each, safe to print."""
        return [_printable(line) for line in self._lines()]

    def _lines(self) -> Iterator[str]:
        if self.refusal is not None or self.manifest is None or self.checkpoint is None or self.key is None:
            yield f"refused: {self.refusal}"
            return
        opening = "valid" if self.origin_verified else "ORIGIN NOT VERIFIED: everything agrees, but"
        count = f"{self.events} of {self.manifest.events} events stand in the signed tree"
        yield f"{opening}: {count}" if self.origin_verified else f"{opening} no key was given or pinned"
        if not self.origin_verified:
            yield count
        yield f"log {self.checkpoint.origin}, size {self.checkpoint.size}, root {self.checkpoint.root.hex()}"
        for scope in self.scopes:
            yield f"scope {scope}"
        yield f"{self.disclosed} disclosed values agree with their commitments"
        if self.previous_size is not None:
            yield f"the log only grew since size {self.previous_size}"
        yield f"made for {self.manifest.recipient} at {self.manifest.created_at}: {self.manifest.legal_basis}"
        yield f"signed by {self.key.name}, key fingerprint SHA-256 {self.key.fingerprint}"


def verify_bundle(
    archive: bytes,
    trusted: Sequence[VerifierKey],
    *,
    pinned: Sequence[VerifierKey] = (),
    previous: bytes | None = None,
) -> Verdict:
    """Verifies the zip file `archive` with the keys that the caller trusts.

    `trusted`: keys given for this bundle; one of them has to have signed it. Without any, those of
    `pinned` that bear the log's name take their place; without those, the verdict is at best "origin not
    verified". `previous`: the signed checkpoint that the recipient kept; the bundle then has to prove
    consistency with that one. Never raises for anything in `archive`.
    """
    try:
        return _Verification(trusted, pinned, previous).run(archive)
    except _Refused as refused:
        return Verdict(refused.refusal)


class _Refused(Exception):
    def __init__(self, refusal: Refusal) -> None:
        super().__init__(str(refusal))
        self.refusal = refusal


def _demand(step: int, fine: bool, expected: object, found: object, event: str = "") -> None:
    if not fine:
        raise _Refused(Refusal(step, str(expected), str(found), event))


def _described(file: object) -> str:
    """What a manifest says of a file, in words; whatever else stands there, as it is."""
    if isinstance(file, dict) and file.keys() == {"sha256", "size"}:
        return f"{file['size']} bytes with SHA-256 {file['sha256']}"
    return repr(file)


@contextmanager
def _step(step: int, expected: str, event: str = "") -> Iterator[None]:
    """Turns a failed proof into the refusal of this step."""
    try:
        yield
    except ProofError as error:
        raise _Refused(Refusal(step, expected, str(error), event)) from None


@dataclass
class _Proved:
    """How far a scope has been followed."""

    window: Window
    next_number: int
    last_digest: str | None = None


@dataclass(frozen=True)
class _Item:
    """One event with its proof, read and not yet proved."""

    label: str
    event: Event
    digest: bytes
    disclosed: Mapping[str, Disclosure]
    index: int
    path: list[bytes]


@dataclass
class _Verification:
    trusted: Sequence[VerifierKey]
    pinned: Sequence[VerifierKey]
    kept: bytes | None
    files: dict[str, bytes] = field(default_factory=dict)

    def run(self, archive: bytes) -> Verdict:
        # 1. Archive.
        with _step(1, "a bundle's zip file"):
            self.files = unpack(archive)

        # 2. Files.
        manifest = self._check_files()

        # 3. Manifest. Of several trusted keys, the one whose signature holds is the signer.
        known = list(self.trusted) or [key for key in self.pinned if key.name == manifest.origin]
        keys = known or [manifest.public_key]
        key = self._check_manifest(keys)
        _demand(3, manifest.public_key == key, f"the signer's key {key}", manifest.public_key)

        # 4. Checkpoint.
        with _step(4, f"a checkpoint signed by {key.name}"):
            checkpoint, _ = read_checkpoint(self.files[bundle.CHECKPOINT], [key])
        _demand(4, checkpoint.origin == manifest.origin, f"the log {manifest.origin}", checkpoint.origin)
        _demand(4, checkpoint.size == manifest.tree_size, f"size {manifest.tree_size}", checkpoint.size)

        # 5. Scopes.
        heads = self._check_scopes(manifest, checkpoint)

        # 6. Events.
        items = list(self._read_items())
        _demand(6, len(items) == manifest.events, f"{manifest.events} events", len(items))
        _check_order(items)
        _check_scope_events(items, manifest.scopes, heads)

        # 7. Inclusion.
        for item in items:
            with _step(7, f"a proof up to the root {checkpoint.root.hex()}", item.label):
                verify_inclusion(item.digest, item.index, checkpoint.size, item.path, checkpoint.root)

        # 8. Disclosure.
        for item in items:
            with _step(8, "the values that the event committed to", item.label):
                check_disclosures(item.event["commitments"], item.disclosed)
        disclosed = sum(len(item.disclosed) for item in items)
        _demand(8, disclosed == manifest.disclosed, f"{manifest.disclosed} values", disclosed)

        # 9. Consistency.
        self._check_consistency(manifest, checkpoint, keys)

        return Verdict(
            refusal=None,
            key=key,
            origin_verified=bool(known),
            checkpoint=checkpoint,
            manifest=manifest,
            scopes=tuple(
                ScopeVerdict(window.name, window.first, window.last, heads[window.name].number)
                for window in manifest.scopes
            ),
            events=len(items),
            disclosed=disclosed,
            previous_size=manifest.previous_tree_size,
        )

    def _check_files(self) -> Manifest:
        for name in (bundle.MANIFEST, bundle.SIGNATURE):
            _demand(2, name in self.files, name, "no such file")
        with _step(2, "a manifest"):
            manifest = Manifest.read(self.files[bundle.MANIFEST])
        optional = () if manifest.previous_tree_size is None else bundle.OPTIONAL
        wanted = {*bundle.REQUIRED, *optional}
        for listed, where in ((set(manifest.files), "manifest"), (self._content(), "archive")):
            for name in sorted(wanted ^ listed):
                expected, found = (name, "no such file") if name in wanted else ("no other file", name)
                _demand(2, False, expected, f"{found} in the {where}")
        for name in sorted(wanted):
            signed, found = manifest.files[name], bundle.describe(self.files[name])
            _demand(2, signed == found, f"{name} of {_described(signed)}", _described(found))
        return manifest

    def _content(self) -> set[str]:
        return self.files.keys() - {bundle.MANIFEST, bundle.SIGNATURE}

    def _check_manifest(self, keys: Sequence[VerifierKey]) -> VerifierKey:
        manifest, envelope = self.files[bundle.MANIFEST], self.files[bundle.SIGNATURE]
        reasons = []
        for key in keys:
            try:
                check_envelope(envelope, bundle.MANIFEST_TYPE, manifest, key)
                return key
            except ProofError as error:
                reasons.append(str(error))
        raise _Refused(Refusal(3, "a signature by the trusted key", "; ".join(reasons)))

    def _check_scopes(self, manifest: Manifest, checkpoint: Checkpoint) -> dict[str, Head]:
        with _step(5, "scope heads with proofs"):
            proved = bundle.read_scopes(self.files[bundle.SCOPES])
        names = [window.name for window in manifest.scopes]
        _demand(5, len(set(names)) == len(names) > 0, "one scope or more, each once", names)
        found = [head.name for head, _ in proved]
        _demand(5, found == names, f"the scopes {names}", found)
        for head, proof in proved:
            with _step(5, f"{head.name} proved under {checkpoint.scope_root.hex()}"):
                verify_head(head, proof, checkpoint.scope_root)
        return {head.name: head for head, _ in proved}

    def _read_items(self) -> Iterator[_Item]:
        with _step(6, "lines of events and proofs"):
            lines = list(bundle.read_lines(self.files[bundle.EVENTS]))
            proofs = list(bundle.read_lines(self.files[bundle.PROOFS]))
        _demand(6, len(lines) == len(proofs), f"{len(lines)} proofs, one an event", len(proofs))
        for number, (line, proof_line) in enumerate(zip(lines, proofs, strict=True), 1):
            label = f"line {number} of {bundle.EVENTS}"
            with _step(6, "an event in a known form", label):
                leaf, event, disclosed = bundle.read_event(line)
            label = f"event {event['id']} ({label})"
            with _step(7, "a proof in a known form", label):
                index, stated, path = bundle.read_proof(proof_line)
            digest = hash_leaf(leaf)
            _demand(7, stated == digest, f"the leaf hash {digest.hex()}", stated.hex(), label)
            yield _Item(label, event, digest, disclosed, index, path)

    def _check_consistency(
        self, manifest: Manifest, checkpoint: Checkpoint, keys: Sequence[VerifierKey]
    ) -> None:
        if manifest.previous_tree_size is None:
            _demand(9, self.kept is None, "a proof from the checkpoint that you kept", "none in the bundle")
            return
        with _step(9, "a previous checkpoint that the trusted key signed"):
            before, _ = read_checkpoint(self.files[bundle.PREVIOUS], keys)
            kept = before if self.kept is None else read_checkpoint(self.kept, keys)[0]
            path = bundle.read_consistency(self.files[bundle.CONSISTENCY])
        _demand(9, before == kept, f"the checkpoint that you kept, size {kept.size}", before)
        _demand(9, before.origin == checkpoint.origin, f"the log {checkpoint.origin}", before.origin)
        stated = manifest.previous_tree_size
        _demand(9, before.size == stated, f"size {stated}", before.size)
        with _step(9, f"the tree of size {before.size} at the beginning of this one"):
            verify_consistency(before.size, before.root, checkpoint.size, checkpoint.root, path)


def _check_order(items: Sequence[_Item]) -> None:
    """By index, each once: so no event can be counted twice."""
    last = -1
    for item in items:
        _demand(6, item.index > last, f"an index above {last}", item.index, item.label)
        last = item.index


def _check_scope_events(items: Sequence[_Item], windows: Sequence[Window], heads: Mapping[str, Head]) -> None:
    proved = {window.name: _Proved(window, window.first) for window in windows}
    for item in items:
        mine = [position for position in item.event["scopes"] if position["name"] in proved]
        _demand(6, bool(mine), "an event of an exported scope", "one of other scopes only", item.label)
        for position in mine:
            scope = proved[position["name"]]
            number, previous, name = position["number"], position["previous"], scope.window.name
            expected = f"number {scope.next_number} of {name}"
            _demand(6, number == scope.next_number, expected, f"number {number}", item.label)
            if scope.last_digest is not None:
                expected = f"the digest {scope.last_digest} of number {number - 1} of {name}"
                _demand(6, previous == scope.last_digest, expected, previous, item.label)
            scope.next_number, scope.last_digest = number + 1, item.digest.hex()
    for name, scope in proved.items():
        last, head = scope.next_number - 1, heads[name]
        _demand(6, last == scope.window.last, f"{name} up to number {scope.window.last}", f"up to {last}")
        _demand(6, last <= head.number, f"at most number {head.number} of {name}", f"number {last}")
        if last == head.number and scope.last_digest is not None:
            expected = f"{head.digest} as the digest of number {last} of {name}, its proved head"
            _demand(6, scope.last_digest == head.digest, expected, scope.last_digest)


def _printable(line: str) -> str:
    """Names and reasons come out of the bundle: they must not steer the terminal."""
    return "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in line
    )
