"""The lists: which versions are in force, what comes in, what is held."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Min, Q
from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import approvals
from accounts.models import Approval, User
from accounts.roles import Act
from console.audience import where
from console.operator.pages.lists import (
    HeldVersion,
    ImportStage,
    ListsPage,
    RunningImport,
    SourceLine,
    VersionLine,
)
from console.operator.queries import freshness
from console.parts import Dialog, Failure, Field, Link, Progress, State, Tone
from console.say import duration, grouped, list_name, shown
from kyc.models import ListLook, ListVersion, RescreenItem

States = ListVersion.State
VERSIONS = 20
#: A look that is older was killed: nothing takes a worker so long.
LONGEST_LOOK = timedelta(minutes=30)
STAGES = ("reading", "comparing", "switching")


def page(user: User, *, now: datetime | None = None) -> ListsPage:
    now = now or timezone.now()
    versions = freshness.newest_versions()
    sources = freshness.sources(versions)
    running = [_import(v, versions, now) for v in versions if v.state == States.STAGED]
    running = [*_looks(sources, {v.source for v in versions if v.state == States.STAGED}, now), *running]
    running += _rescreening(versions, now)
    held = [v for v in versions if v.state == States.HELD]
    can_import = user.may(Act.IMPORT_LISTS)
    fresh = sum(source.state(now).tone is Tone.OK for source in sources)
    return ListsPage(
        now=now,
        title=_title(len(sources), fresh, len(held)),
        meta=_("%(n)s entries in force")
        % {"n": grouped(sum(s.in_force.entities for s in sources if s.in_force))},
        looking=_looking(sources),
        sources=tuple(_source(source, now, can_import) for source in sources),
        running=tuple(running),
        held=_held(held, user, now),
        versions=tuple(_version(v) for v in versions[:VERSIONS]),
        failures=_failures(sources, can_import),
        can_import=can_import,
    )


def _title(all_: int, fresh: int, held: int) -> str:
    if not all_:
        return _("No list is imported")
    parts = [
        ngettext("%(n)d list is fresh", "%(n)d of %(all)d lists are fresh", all_) % {"n": fresh, "all": all_}
        if fresh < all_ or all_ == 1
        else _("%(n)d lists, all fresh") % {"n": all_}
    ]
    if all_ == 1 and not fresh:
        parts = [_("The list is not fresh")]
    if held:
        parts.append(ngettext("%(n)d version is held", "%(n)d versions are held", held) % {"n": held})
    return ", ".join(parts)


def _source(source: freshness.Source, now: datetime, can_import: bool) -> SourceLine:
    version = source.in_force
    note = source.note(now)
    ways = ()
    if note and can_import:
        ways = (Link(_("Import a file"), where("operator:list_import", query=f"source={source.name}")),)
    return SourceLine(
        source.name,
        list_name(source.name),
        version.as_of if version else None,
        version.number if version else None,
        version.entities if version else None,
        max(timedelta(), now - at) if (at := source.looked_at(now)) else None,
        _change(version) if version else "",
        source.state(now),
        note,
        ways,
        where("operator:list_look", source.name) if source.fresh.is_on and can_import else "",
    )


def _looking(sources: Sequence[freshness.Source]) -> str:
    """Who looks for new versions."""
    on = sum(source.fresh.is_on for source in sources)
    if not on:
        return _("none is looked for by itself")
    return ngettext("%(n)d is looked for by itself", "%(n)d are looked for by themselves", on) % {"n": on}


def _looks(
    sources: Sequence[freshness.Source], importing: Collection[str], now: datetime
) -> list[RunningImport]:
    """Looks at publishers under way or asked for; what is imported already shows as an import."""
    found = []
    for source in sources:
        look = source.look
        if look is None or source.name in importing:
            continue
        waits = look.asked_at is not None and (look.began_at is None or look.asked_at > look.began_at)
        if not (look.stage or waits) or look.stage == ListLook.Stage.IMPORTING:
            continue
        since = look.began_at if look.stage and look.began_at else look.asked_at or now
        spent = max(timedelta(), now - since)
        if spent > LONGEST_LOOK:
            continue  # its process was killed: the next look begins again
        downloading = look.stage == ListLook.Stage.DOWNLOADING
        asks = State(Tone.OK if downloading else Tone.INFO if look.stage else Tone.IDLE, _("Ask"))
        stages = (
            ImportStage(asks, ""),
            ImportStage(
                State(Tone.INFO if downloading else Tone.IDLE, _("Download")),
                filesizeformat(look.done) if downloading else "",
            ),
            ImportStage(State(Tone.IDLE, _("Import")), ""),
        )
        words = _("waits for a worker") if not look.stage else _("%(t)s so far") % {"t": duration(spent)}
        found.append(
            RunningImport(
                _("Looking for %(list)s") % {"list": list_name(source.name)},
                Progress(_("Looking for a new version"), 1 if downloading else 0, len(stages), words),
                stages,
            )
        )
    return found


def _change(version: ListVersion) -> str:
    if not (version.added or version.changed or version.removed):
        return "0"
    return f"+{grouped(version.added)} ~{grouped(version.changed)} −{grouped(version.removed)}"


def _import(version: ListVersion, versions: Sequence[ListVersion], now: datetime) -> RunningImport:
    """How far an import got. The version before tells about how long the file is."""
    before = next((v for v in versions if v.source == version.source and v.state == States.IN_FORCE), None)
    total = max(version.done, before.entities if before else 0)
    at = STAGES.index(version.stage) if version.stage in STAGES else 0
    words = {"reading": _("Read and stage"), "comparing": _("Compare"), "switching": _("Put in force")}
    stages = []
    for place, stage in enumerate(STAGES):
        if place < at:
            state = State(Tone.OK, words[stage])
        elif place == at:
            state = State(Tone.INFO, words[stage])
        else:
            state = State(Tone.IDLE, words[stage])
        figure = _("%(n)s entries") % {"n": grouped(version.done)} if place == 0 else ""
        stages.append(ImportStage(state, figure))
    spent = now - version.imported_at
    left = ""
    if total > version.done > 0 and at == 0:
        left = _("about %(t)s left") % {"t": duration(spent * ((total - version.done) / version.done))}
    # Reading is most of the work; what follows it grows with the change only. How long a first file is,
    # nobody knows before its end: its stages are counted instead.
    done = version.done if at == 0 else total
    if before is None:
        done, total = at, len(STAGES)
    return RunningImport(
        _("Importing %(list)s") % {"list": list_name(version.source)},
        Progress(words[STAGES[at]], done, total or 1, left or _("%(t)s so far") % {"t": duration(spent)}),
        tuple(stages),
    )


def _rescreening(versions: Sequence[ListVersion], now: datetime) -> list[RunningImport]:
    """Open work of re-screening, one line a version or pass that asked for it."""
    waiting = RescreenItem.objects.filter(done_at__isnull=True).values("change").distinct()
    rows = (
        RescreenItem.objects.filter(change__in=waiting)
        .values("change", "version")
        .annotate(
            total=Count("pk"),
            done=Count("pk", filter=Q(done_at__isnull=False)),
            touched=Count("pk", filter=Q(touched__gt=0)),
            failing=Count("pk", filter=Q(done_at__isnull=True, next_at__isnull=False)),
            since=Min("created_at"),
        )
        .order_by("since")
    )
    names = {version.pk: version for version in versions}
    found = []
    for row in rows:
        version = names.get(row["version"])
        about = (
            _("%(list)s of %(day)s")
            % {"list": list_name(version.source), "day": shown(version.as_of, now=now)}
            if version
            else _("a pass over parties")
        )
        spent = now - row["since"]
        left = ""
        if row["done"]:
            left = _("about %(t)s left") % {
                "t": duration(spent * ((row["total"] - row["done"]) / row["done"]))
            }
        found.append(
            RunningImport(
                _("Re-screening: %(what)s") % {"what": about},
                Progress(_("Re-screening"), row["done"], row["total"], left),
                (
                    ImportStage(
                        State(Tone.INFO, _("Changed entries and parties")),
                        _("%(done)s of %(all)s")
                        % {"done": grouped(row["done"]), "all": grouped(row["total"])},
                    ),
                    ImportStage(State(Tone.IDLE, _("Touched somebody")), grouped(row["touched"])),
                    *(
                        [ImportStage(State(Tone.BAD, _("Failed, tried again")), grouped(row["failing"]))]
                        if row["failing"]
                        else []
                    ),
                ),
            )
        )
    return found


def _held(versions: Sequence[ListVersion], user: User, now: datetime) -> tuple[HeldVersion, ...]:
    if not versions:
        return ()
    asked = {
        approval.subject_id: approval
        for approval in Approval.objects.select_related("asked_by").filter(
            subject_kind="listversion",
            subject_id__in=[str(v.pk) for v in versions],
            act="list",
            state=Approval.State.ASKED,
        )
    }
    return tuple(_held_line(v, asked.get(str(v.pk)), user, now) for v in versions)


def _held_line(version: ListVersion, asked: Approval | None, user: User, now: datetime) -> HeldVersion:
    name = _("%(list)s of %(day)s") % {
        "list": list_name(version.source),
        "day": shown(version.as_of, now=now),
    }
    cause = ""
    if not user.may(Act.APPROVE_LISTS):
        cause = _("an approver must")
    elif asked is not None:
        cause = approvals.why_not(asked, user, Act.APPROVE_LISTS)
    by = ""
    if asked is not None:
        by = _("Proposed by %(who)s, %(at)s: %(why)s") % {
            "who": asked.asked_by,
            "at": shown(asked.asked_at, now=now),
            "why": asked.asked_reason,
        }
    act = _("Put it in force") if asked else _("Propose it")
    why = str(version.notes.get("held") or _("it lost much"))
    rejecting = _("Reject it")
    return HeldVersion(
        name,
        _("Held because %(why)s (%(change)s). The version before stays in force until two people agree.")
        % {"why": why, "change": _change(version)},
        State(Tone.HOLD, name),
        Dialog(
            f"held-{version.number}",
            act,
            _("%(act)s: %(name)s?") % {"act": act, "name": name},
            _("%(n)s entries leave the list; alerts about them that nobody decided are withdrawn.")
            % {"n": grouped(version.removed)},
            where("operator:list_approve", version.pk),
            _("Leave it held"),
            act,
            (Field("reason", _("Reason"), required=True, placeholder=_("Why the version is right")),),
            cause=cause,
        ),
        by,
        Dialog(
            f"reject-{version.number}",
            rejecting,
            _("%(act)s: %(name)s?") % {"act": rejecting, "name": name},
            _(
                "It never comes into force; the version before stays. Where the publisher offers nothing "
                "else, the list becomes overdue and no grant is issued."
            ),
            where("operator:list_reject", version.pk),
            _("Leave it held"),
            rejecting,
            (Field("reason", _("Reason"), required=True, placeholder=_("What is wrong with the file")),),
        )
        if user.may(Act.APPROVE_LISTS)
        else None,
    )


VERSIONS_WORDS: Mapping[str, tuple[Tone, str]] = {
    States.STAGED: (Tone.INFO, "Coming in"),
    States.IN_FORCE: (Tone.OK, "In force"),
    States.HISTORY: (Tone.IDLE, "History"),
    States.HELD: (Tone.HOLD, "Held"),
    States.REFUSED: (Tone.BAD, "Refused"),
}


def _version(version: ListVersion) -> VersionLine:
    tone, word = VERSIONS_WORDS[version.state]
    digest = version.digest
    return VersionLine(
        version.imported_at,
        list_name(version.source),
        version.number,
        version.added,
        version.changed,
        version.removed,
        f"{digest[:11]}…{digest[-4:]}" if len(digest) > 16 else digest,
        State(tone, _(word)),
    )


def _failures(sources: Sequence[freshness.Source], can_import: bool) -> tuple[Failure, ...]:
    """Refused files that nothing has replaced since."""
    found = []
    for source in sources:
        version = source.refused
        if version is None or "rejected" in version.notes:
            continue
        why = str(version.notes.get("refused") or _("the import was interrupted"))
        stays = (
            _("Nothing was changed; the version of %(day)s stays in force.")
            % {"day": shown(source.in_force.as_of)}
            if source.in_force
            else _("Nothing was changed; no version is in force.")
        )
        ways = (
            (Link(_("Import another file"), where("operator:list_import", query=f"source={source.name}")),)
            if can_import
            else ()
        )
        title = _("A file of %(list)s was refused") % {"list": list_name(source.name)}
        found.append(Failure(title, f"{why[:1].upper()}{why[1:]}. {stays}", ways))
    return tuple(found)
