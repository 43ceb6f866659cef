"""Grants and clusters: what is running under what right?"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from access.grants.status import LIFETIME, TTL
from access.models import AllocationRequest, Cluster, Grant, StatusList, UsageRecord
from console.operator.pages.grant import ClusterLine, GrantLine, GrantsPage
from console.parts import Fact, Field, Option, Pager, State, Tab, Tone
from console.portal.queries.home import short_accelerator
from console.say import country_name, grouped, shown
from kyc.models import Tenant

SHOWN = 50
TABS = ("", "renews", "held", "ends", "revoked")
#: A cluster asks for the status list every TTL seconds; it is silent after this.
SILENT = timedelta(seconds=LIFETIME)


@dataclass(frozen=True)
class Use:
    """What runs under a grant now, and the accelerator hours its request has used."""

    jobs: tuple[UsageRecord, ...]
    hours: float

    @property
    def accelerators(self) -> int:
        return sum(job.accelerators for job in self.jobs)


def grants_page(query: Mapping[str, str]) -> GrantsPage:
    """`query`: then (a tab), q, cluster, before (a number)."""
    now = timezone.now()
    tab = query.get("then", "") if query.get("then", "") in TABS else ""
    text, cluster = query.get("q", "").strip()[:100], query.get("cluster", "")
    before = query.get("before", "")
    counts = Grant.objects.aggregate(**{name: Count("pk", filter=_of(name, now)) for name in TABS if name},
                                     live=Count("pk", filter=_live(now)),
                                     accelerators=Sum("count", filter=_live(now)))  # fmt: skip
    found = Grant.objects.select_related("tenant__organisation", "cluster", "request").filter(_of(tab, now))
    if text:
        found = found.filter(_called(text))
    if cluster:
        found = found.filter(cluster__name=cluster)
    if before.isdecimal() and len(before) < 18:
        found = found.filter(number__lt=int(before))
    order = ("-number",) if tab == "revoked" or before else ("expires_at", "number")
    rows = list(found.order_by(*order)[: SHOWN + 1])
    use = use_of(rows[:SHOWN], now)
    clusters = _clusters(now)
    silent = sum(line.state.tone == Tone.WARN for line in clusters)
    url, kept = reverse("operator:grants"), {"then": tab, "q": text, "cluster": cluster}
    older = (
        _with(url, {**kept, "before": str(min(r.number for r in rows[:SHOWN]))}) if len(rows) > SHOWN else ""
    )
    in_use = _in_use(now)
    return GrantsPage(
        now=now,
        title=_title(counts["live"], counts["held"], silent, len(clusters)),
        meta=_("%(n)s accelerators under grant, %(m)s in use · renewed hourly while nothing changes")
        % {"n": grouped(counts["accelerators"] or 0), "m": grouped(in_use)},
        tabs=_tabs(url, tab, counts),
        filters=_filters(text, cluster, [line.name for line in clusters]),
        lines=tuple(grant_line(row, use[row.pk], now) for row in rows[:SHOWN]),
        clusters=clusters if not text else (),
        status_list=_status_list(now, counts["live"]),
        note=_("Left runs against the life of each grant: 24 h at most.") if rows else "",
        pager=Pager(newer=_with(url, kept) if before else "", older=older),
        empty=_empty(tab, text),
    )


def _live(now: datetime) -> Q:
    return Q(revoked_at=None, superseded_at=None, not_before__lte=now, expires_at__gt=now)


def _of(tab: str, now: datetime) -> Q:
    """The grants of a tab. Renews, held and ends together are all that live."""
    runs = Q(request__state__in=AllocationRequest.LIVE)
    held = ~Q(tenant__state=Tenant.State.APPROVED)
    match tab:
        case "held":
            return _live(now) & held
        case "renews":
            return _live(now) & ~held & runs & ~_at_the_end(now)
        case "ends":
            return _live(now) & ~held & (~runs | _at_the_end(now))
        case "revoked":
            return Q(revoked_at__isnull=False)
    return _live(now)


def _at_the_end(now: datetime) -> Q:
    """Requests whose last day is this one: their grant is the last."""
    ends: dict[int, list[Any]] = defaultdict(list)
    live = AllocationRequest.objects.filter(state__in=AllocationRequest.LIVE).values_list(
        "pk", "starts_on", "days"
    )
    for key, starts_on, days in live:
        if starts_on + timedelta(days=days) <= (now + timedelta(days=1)).date():
            ends[0].append(key)
    return Q(request__in=ends[0])


def _called(text: str) -> Q:
    digits = text.upper().removeprefix("G-")
    if digits.isdecimal() and len(digits) < 18:
        return Q(number=int(digits))
    return (
        Q(tenant__organisation__name__icontains=text)
        | Q(cluster__name__icontains=text)
        | Q(accelerator__icontains=text)
    )


def then_of(grant: Grant, now: datetime) -> State:
    """What happens at the grant's end."""
    if grant.revoked_at is not None:
        return State(Tone.BAD, _("Revoked"))
    if grant.superseded_at is not None:
        return State(Tone.IDLE, _("Renewed, lapses"))
    if grant.expires_at <= now:
        return State(Tone.IDLE, _("Ended"))
    if not grant.tenant.may_run:
        return State(Tone.HOLD, _("Held, not renewed"))
    if not grant.request.is_live:
        return State(Tone.IDLE, _("Ends, not renewed"))
    if grant.request.ends_at - grant.expires_at < timedelta(minutes=1):
        return State(Tone.IDLE, _("Ends, its last day"))
    return State(Tone.OK, _("Renews itself"))


def grant_line(grant: Grant, use: Use, now: datetime) -> GrantLine:
    over = use.accelerators - grant.count
    then = then_of(grant, now)
    if over > 0 and then.tone == Tone.OK:
        then = State(Tone.WARN, _("%(n)s over its grant") % {"n": grouped(over)})
    live = grant.is_live_at(now)
    return GrantLine(
        grant.label,
        grant.label,
        str(grant.tenant),
        f"{grouped(grant.count)} × {short_accelerator(grant.accelerator)} · {grant.cluster.name}",
        grant.expires_at - now if live else None,
        grant.expires_at - grant.not_before,
        use.accelerators if live else None,
        grant.count,
        round(use.hours),
        grant.count * grant.request.hours,
        then,
    )


def use_of(grants: Sequence[Grant], now: datetime) -> dict[Any, Use]:
    """For each grant: its running jobs, and the hours of every grant of its request. One query."""
    records = UsageRecord.objects.filter(grant__request__in={grant.request_id for grant in grants})
    by_job: dict[tuple[Any, str], dict[str, UsageRecord]] = defaultdict(dict)
    requests: dict[Any, Any] = {}
    for record in records.select_related("grant").order_by("at"):
        by_job[record.grant_id, record.job][record.kind] = record
        requests[record.grant_id] = record.grant.request_id
    running: dict[Any, list[UsageRecord]] = defaultdict(list)
    hours: dict[Any, float] = defaultdict(float)
    for (grant, _job), kinds in by_job.items():
        started, stopped = kinds.get(UsageRecord.Kind.STARTED), kinds.get(UsageRecord.Kind.STOPPED)
        if started is None:
            continue
        end = stopped.at if stopped else now
        hours[requests[grant]] += max(0.0, (end - started.at).total_seconds() / 3600) * started.accelerators
        if stopped is None:
            running[grant].append(started)
    return {g.pk: Use(tuple(running[g.pk]), hours[g.request_id]) for g in grants}


def _in_use(now: datetime) -> int:
    """Accelerators that clusters reported as started and not stopped, under grants that live."""
    live = UsageRecord.objects.filter(grant__revoked_at=None, grant__expires_at__gt=now)
    kinds: dict[tuple[Any, str], dict[str, int]] = defaultdict(dict)
    for grant, job, kind, count in live.values_list("grant_id", "job", "kind", "accelerators"):
        kinds[grant, job][kind] = count
    return sum(
        by_kind[UsageRecord.Kind.STARTED]
        for by_kind in kinds.values()
        if UsageRecord.Kind.STARTED in by_kind and UsageRecord.Kind.STOPPED not in by_kind
    )


def _clusters(now: datetime) -> tuple[ClusterLine, ...]:
    rows = Cluster.objects.select_related("site").annotate(
        live_=Count(
            "grants",
            filter=Q(
                grants__revoked_at=None,
                grants__superseded_at=None,
                grants__not_before__lte=now,
                grants__expires_at__gt=now,
            ),
        )
    )
    return tuple(_cluster(row, now) for row in rows.order_by("name"))


def _cluster(row: Any, now: datetime) -> ClusterLine:
    where = f"{row.site.name}, {country_name(row.site.country)} · {short_accelerator(row.accelerator)}"
    since = now - row.seen_at if row.seen_at else None
    state, note = State(Tone.OK, _("Answers")), ""
    if since is None:
        state = State(Tone.IDLE, _("Never heard of"))
    elif since > SILENT:
        state = State(Tone.WARN, _("Silent"))
        refuses = row.seen_at + SILENT
        note = _(
            "No report since %(at)s. By itself it refuses every new start once its status list is older than "
            "%(n)d min, at the latest since %(then)s; what runs goes on until its grant ends."
        ) % {
            "at": shown(row.seen_at, "day time", now),
            "n": LIFETIME // 60,
            "then": shown(refuses, "day time", now),
        }
    return ClusterLine(row.name, where, since, None, row.live_, state, note)


def _status_list(now: datetime, live: int) -> tuple[Fact, ...]:
    row = StatusList.objects.order_by("-pk").first()
    revoked = Grant.objects.filter(revoked_at__gte=now - timedelta(days=1)).count()
    says = _("%(live)s live, %(revoked)s revoked in a day") % {
        "live": grouped(live),
        "revoked": grouped(revoked),
    }
    if row is None:
        return (Fact(_("List"), _("none yet"), _("the first grant begins it")), Fact(_("Says"), says))
    signed = datetime.fromtimestamp(row.signed_at, tz=now.tzinfo) if row.signed_at else None
    return (
        Fact(_("List"), row.name, _("%(n)s of %(all)s places taken")
             % {"n": grouped(row.next_index), "all": grouped(row.size)}),
        Fact(_("Revision"), grouped(row.revision), _("one more with each revocation")),
        Fact(_("Signed"), shown(signed, "clock", now) if signed else _("when a cluster asks")),
        Fact(_("Says"), says),
        Fact(_("Worst case"), _("%(n)d s from revoking to refused") % {"n": TTL}),
        Fact(_("Read at"), f"{settings.LOCKGATE_BASE_URL}/grants/status/{row.name}"),
    )  # fmt: skip


def _title(live: int, held: int, silent: int, clusters: int) -> str:
    if not live:
        first = _("No grant is live")
    else:
        first = ngettext("%(n)s grant is live", "%(n)s grants are live", live) % {"n": grouped(live)}
    parts = [first]
    if held:
        parts.append(ngettext("%(n)s is held", "%(n)s are held", held) % {"n": grouped(held)})
    if silent:
        parts.append(ngettext("%(n)s cluster is silent", "%(n)s clusters are silent", silent) % {"n": silent})
    elif clusters:
        parts.append(_("no cluster is silent"))
    return ", ".join(parts)


def _tabs(url: str, tab: str, counts: Mapping[str, int]) -> tuple[Tab, ...]:
    names = {
        "": _("All live"),
        "renews": _("Renews itself"),
        "held": _("Held"),
        "ends": _("Ends, not renewed"),
        "revoked": _("Revoked"),
    }
    return tuple(
        Tab(name, _with(url, {"then": key}), grouped(counts[key or "live"]), key == tab)
        for key, name in names.items()
    )


def _filters(text: str, cluster: str, names: Iterable[str]) -> tuple[Field, ...]:
    options = (Option("", _("Cluster: any")), *(Option(name, name) for name in names))
    return (
        Field("q", _("Grant"), text, kind="search", placeholder=_("Tenant, grant or cluster"), key="f"),
        Field("cluster", _("Cluster"), cluster, kind="select", options=options),
    )


def _empty(tab: str, text: str) -> str:
    if text:
        return _("Nothing here is called so.")
    return {
        "held": _("No tenant with a live grant is held."),
        "revoked": _("No grant was revoked yet."),
        "ends": _("Every live grant renews itself."),
    }.get(tab, _("A grant is issued when two people have approved a request."))


def _with(url: str, kept: Mapping[str, str]) -> str:
    asked = urlencode({name: value for name, value in kept.items() if value})
    return f"{url}?{asked}" if asked else url
