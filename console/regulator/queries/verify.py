"""Verifying a bundle that was sent in: the verdict first, then each step, the first wrong event named."""

from __future__ import annotations

import hashlib
import re
import uuid

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.template.defaultfilters import filesizeformat
from django.utils.translation import gettext as _

from accounts.models import User
from audit.models import Leaf
from audit.proof.archive import MAX_ARCHIVE
from audit.proof.bundle import REQUIRED
from audit.proof.verifier import STEPS, Verdict, verify_bundle
from audit.record import Actor, record
from audit.signer import verifier_key
from audit.verbs import Verb
from console.parts import Failure, Field, State, Tone
from console.regulator.pages.overview import Verified, Verify, VerifyCheck
from console.say import grouped

_EVENT = re.compile(r"event ([0-9a-f-]{36})")


def verify_form(results: tuple[Verified, ...] = (), failure: Failure | None = None) -> Verify:
    name = results[0].name if results else "bundle.zip"
    shown = name if re.fullmatch(r"[\w.-]+", name) else "bundle.zip"
    return Verify(
        results,
        f"python -m audit.verify {shown} --public-key log.pub",
        (Field("bundle", _("Bundle"), kind="file", required=True),),
        failure,
    )


def verify_upload(file: UploadedFile | None, *, user: User, by: Actor) -> Verify:
    """Verify with this installation's own key, and record that it was done."""
    if file is None:
        return verify_form(failure=Failure(_("Nothing was verified"), _("Choose a bundle, a zip file.")))
    if (file.size or 0) > MAX_ARCHIVE:
        size = filesizeformat(MAX_ARCHIVE)
        return verify_form(
            failure=Failure(_("Nothing was verified"), _("A bundle has at most %(n)s.") % {"n": size})
        )
    data = file.read()
    verdict = verify_bundle(data, [verifier_key()])
    told = {
        "digest": f"sha256:{hashlib.sha256(data).hexdigest()}",
        "valid": verdict.refusal is None,
        "step": verdict.refusal.step if verdict.refusal else None,
    }
    with transaction.atomic():
        record(Verb.BUNDLE_VERIFIED, [user.organisation], by=by, payload=told)
        leaf = _leaf_of(verdict)
    return verify_form((_shown(str(file.name), len(data), verdict, leaf),))


def _leaf_of(verdict: Verdict) -> int | None:
    """The leaf of the first wrong event, where it is one of ours that this reader may see."""
    found = _EVENT.search(verdict.refusal.event) if verdict.refusal else None
    if found is None:
        return None
    try:
        key = uuid.UUID(found.group(1))
    except ValueError:
        return None
    return Leaf.objects.filter(event=key).values_list("index", flat=True).first()


def _shown(name: str, size: int, verdict: Verdict, leaf: int | None) -> Verified:
    return Verified(
        name,
        filesizeformat(size),
        State(Tone.OK, _("Valid")) if verdict.refusal is None else State(Tone.BAD, _("Not valid")),
        _valid(verdict) if verdict.refusal is None else _wrong(verdict, leaf),
        _checks(verdict),
    )


def _valid(verdict: Verdict) -> str:
    assert verdict.manifest is not None and verdict.key is not None
    words = _(
        "Complete and unchanged, as signed on %(at)s for %(who)s. Checked with this installation's own key "
        "%(key)s, SHA-256 %(print)s: compare it with the one that you were given."
    )
    return words % {
        "at": f"{verdict.manifest.created_at[:19].replace('T', ' ')} UTC",
        "who": verdict.manifest.recipient,
        "key": verdict.key.name,
        "print": verdict.key.fingerprint,
    }


def _wrong(verdict: Verdict, leaf: int | None) -> str:
    refusal = verdict.refusal
    assert refusal is not None
    where = ""
    if leaf is not None:
        where = _("Event %(leaf)s is the first that is wrong. ") % {"leaf": grouped(leaf)}
    elif refusal.event:
        where = _("The first that is wrong is %(event)s. ") % {"event": refusal.event}
    return where + _("Step %(n)d, %(step)s: expected %(expected)s; found %(found)s.") % {
        "n": refusal.step,
        "step": STEPS[refusal.step],
        "expected": _printable(refusal.expected),
        "found": _printable(refusal.found),
    }


def _checks(verdict: Verdict) -> tuple[VerifyCheck, ...]:
    stopped = verdict.refusal.step if verdict.refusal else 10
    names = {
        1: _("Archive"),
        2: _("Files as listed"),
        3: _("Manifest signature"),
        4: _("Checkpoint signature"),
        5: _("Scope head proved"),
        6: _("No event left out"),
        7: _("Events in the tree"),
        8: _("Disclosed values"),
        9: _("Grows from the one before"),
    }
    figures = _figures(verdict)
    checks = []
    for step, name in names.items():
        if step < stopped:
            state, figure = State(Tone.OK, name), figures.get(step, "")
        elif step == stopped:
            state, figure = State(Tone.BAD, name), _("wrong")
        else:
            state, figure = State(Tone.IDLE, name), _("not reached")
        checks.append(VerifyCheck(state, figure))
    return tuple(checks)


def _figures(verdict: Verdict) -> dict[int, str]:
    if verdict.refusal is not None:
        return {}
    assert verdict.manifest is not None and verdict.checkpoint is not None and verdict.key is not None
    scopes = ", ".join(
        (_("1 to %(n)s without a gap") % {"n": grouped(s.total)})
        if s.is_whole
        else _("%(a)s to %(b)s of %(n)s, a window")
        % {"a": grouped(s.first), "b": grouped(s.last), "n": grouped(s.total)}
        for s in verdict.scopes
    )
    size = grouped(verdict.checkpoint.size)
    grows = _("no earlier one")
    if verdict.previous_size is not None:
        grows = f"{grouped(verdict.previous_size)} → {size}"
    return {
        1: _("one zip file"),
        2: _("%(n)d of %(n)d") % {"n": len(verdict.manifest.files) or len(REQUIRED)},
        3: f"Ed25519, {verdict.key.name}",
        4: _("size %(n)s") % {"n": size},
        5: ", ".join(
            scope.name if len(scope.name) < 20 else f"{scope.name[:15]}…" for scope in verdict.scopes
        ),
        6: scopes,
        7: _("%(n)s of %(n)s") % {"n": grouped(verdict.events)},
        8: _("%(n)s agree, the rest covered") % {"n": grouped(verdict.disclosed)},
        9: grows,
    }


def _printable(text: str) -> str:
    """What a bundle says of itself is shown in one line, cut."""
    line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
    return line if len(line) < 160 else f"{line[:158]}…"
