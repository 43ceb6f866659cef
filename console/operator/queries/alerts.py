"""The queue of alerts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from accounts.roles import Act
from console.audience import where
from console.operator import targets
from console.operator.pages.alert import Undo
from console.operator.pages.alerts import AlertLine, AlertsPage
from console.operator.queries import clear_many, compared
from console.parts import Field, Option, Pager, Tab
from console.say import age as in_words
from console.say import anyone, dataset_name, duration, grouped
from core.normalise import fold
from kyc.models import Alert, Tenant
from kyc.screening import lots

PAGE = 50
SEARCHED = 500
QUEUES = ("", "second", "decided")
DECIDED = (Alert.State.TRUE_MATCH, Alert.State.FALSE_POSITIVE, Alert.State.WITHDRAWN)
ORDERS = {"": ("raised_at", "number"), "score": ("-score", "number"), "new": ("-raised_at", "-number")}
FOLLOWED = {"": "oldest", "score": "score", "new": "newest"}


def page(
    user: User, asked: Mapping[str, str], *, undo: Undo | None = None, now: datetime | None = None
) -> AlertsPage:
    """`asked`: queue, q, list, whose, sort, at (a row to start after), as the address says them."""
    now = now or timezone.now()
    queue = asked.get("queue", "") if asked.get("queue", "") in QUEUES else ""
    sort = asked.get("sort", "") if asked.get("sort", "") in ORDERS else ""
    counts = _counts(user)
    rows = _rows(queue, asked, user)
    rows = rows.order_by("-decided_at") if queue == "decided" else rows.order_by(*ORDERS[sort])
    start = int(asked["at"]) if asked.get("at", "").isdecimal() else 0
    text = fold(asked.get("q", ""))
    # Names lie encrypted: what is typed is looked for in the rows that were read.
    page_size = SEARCHED if text else PAGE
    found = list(rows[start : start + page_size + 1])
    shown = [r for r in found[:page_size] if text in fold(f"{r.party.caption} {r.content.caption}")][:PAGE]
    mine, waiting, late = counts["mine"], counts["to decide"], counts["late"]
    return AlertsPage(
        now=now,
        title=_title(waiting, mine, late),
        meta=_meta(counts, now),
        tabs=(
            _tab(_("To decide"), "", str(waiting), queue),
            _tab(_("Second reviews"), "second", str(counts["second"]), queue),
            _tab(_("Decided"), "decided", _("%(n)s in 7 d") % {"n": counts["decided"]}, queue),
        ),
        filters=_filters(queue, asked, sort),
        lines=tuple(_line(row, user, now) for row in shown),
        note=_note(shown) if shown else "",
        age=_("Age") if queue == "decided" else _("Age of %(t)s") % {"t": in_words(targets.DECIDE_ALERT)},
        order="decided" if queue == "decided" else FOLLOWED[sort],
        oldest_url=where("operator:alert", f"A-{counts['oldest']}") if counts["oldest"] else "",
        empty=_empty(queue, counts),
        pager=_pager(asked, start, 0 if text else len(found)),
        clear_url=where("operator:alerts_clear") if queue == "" and user.may(Act.DECIDE_ALERTS) else "",
        mine_url=where("operator:alerts_mine") if queue != "decided" and user.may(Act.DECIDE_ALERTS) else "",
        query=_query(asked),
        undo=undo,
        limits=clear_many.limits(),
    )  # fmt: skip


def _note(shown: Sequence[Alert]) -> str:
    counts = Counter(dataset_name(alert.dataset) for alert in shown).most_common()
    again = any(vars(alert).get("cleared_before") for alert in shown)
    parts = [
        ngettext("%(n)d shown", "%(n)d shown", len(shown)) % {"n": len(shown)}
        + ": " + ", ".join(f"{name} {grouped(n)}" for name, n in counts) + ".",
        _("“Opened again” was cleared before; one side has changed since.") if again else "",
        _("Compared: name, birth or forming, country, number."),
    ]  # fmt: skip
    return " ".join(part for part in parts if part)


def _tab(text: str, name: str, count: str, queue: str) -> Tab:
    url = where("operator:alerts", query=f"queue={name}" if name else "")
    return Tab(text, url, count, name == queue)


def _rows(queue: str, asked: Mapping[str, str], user: User) -> QuerySet[Alert]:
    before = Alert.objects.filter(
        party=OuterRef("party"), entry_key=OuterRef("entry_key"), state=Alert.State.FALSE_POSITIVE
    )
    rows = Alert.objects.select_related(
        "party__data_key", "tenant__organisation", "content", "version", "taken_by", "data_key"
    ).annotate(cleared_before=Exists(before.filter(raised_at__lt=OuterRef("raised_at"))))
    if queue == "decided":
        rows = rows.filter(state__in=DECIDED)
    elif queue == "second":
        rows = rows.filter(state=Alert.State.PROPOSED)
    else:
        rows = rows.filter(state__in=[s for s in Alert.UNDECIDED if s != Alert.State.PROPOSED])
    if asked.get("list"):
        rows = rows.filter(datasets__contains=[asked["list"]])
    match asked.get("score"):
        case "low":
            rows = rows.filter(score__lt=lots.BELOW)
        case "high":
            rows = rows.filter(score__gte=lots.BELOW)
    match asked.get("whose"):
        case "me":
            rows = rows.filter(taken_by=user)
        case "nobody":
            rows = rows.filter(taken_by__isnull=True)
    return rows


_COUNTS = """
SELECT
  count(*) FILTER (WHERE state IN ('open', 'escalated', 'inconclusive')) AS waiting,
  count(*) FILTER (WHERE state = 'proposed'),
  count(*) FILTER (WHERE state IN ('open', 'escalated', 'inconclusive') AND taken_by_id = %(me)s),
  count(*) FILTER (WHERE state IN ('open', 'escalated', 'inconclusive') AND due_at < now()),
  count(*) FILTER (WHERE decided_at > now() - interval '7 days'),
  count(*) FILTER (WHERE decided_at > date_trunc('day', now())),
  percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM decided_at - raised_at))
     FILTER (WHERE decided_at > date_trunc('day', now())),
  (array_agg(number ORDER BY raised_at, number)
     FILTER (WHERE state IN ('open', 'escalated', 'inconclusive')))[1],
  min(raised_at) FILTER (WHERE state IN ('open', 'escalated', 'inconclusive'))
FROM kyc_alert
WHERE state IN ('open', 'escalated', 'proposed', 'inconclusive') OR decided_at > now() - interval '7 days'
"""


def _counts(user: User) -> dict[str, Any]:
    with connection.cursor() as cursor:
        cursor.execute(_COUNTS, {"me": user.pk})
        row = cursor.fetchone()
    names = ("to decide", "second", "mine", "late", "decided", "today", "median", "oldest", "since")
    return dict(zip(names, row, strict=True))


def _title(waiting: int, mine: int, late: int) -> str:
    if not waiting:
        return _("No alert waits")
    return ", ".join(
        (
            ngettext("%(n)d alert waits", "%(n)d alerts wait", waiting) % {"n": waiting},
            ngettext("%(n)d is yours", "%(n)d are yours", mine) % {"n": mine} if mine else _("none is yours"),
            ngettext("%(n)d is late", "%(n)d are late", late) % {"n": late} if late else _("none is late"),
        )
    )


def _meta(counts: Mapping[str, Any], now: datetime) -> str:
    parts = []
    if counts["since"]:
        target = in_words(targets.DECIDE_ALERT)
        parts.append(
            _("Oldest %(age)s of %(target)s") % {"age": duration(now - counts["since"]), "target": target}
        )
    if counts["today"]:
        half = in_words(timedelta(seconds=float(counts["median"] or 0)))
        parts.append(
            _("%(n)s decided today, half of them within %(half)s") % {"n": counts["today"], "half": half}
        )
    return " · ".join(parts) or _("Nothing was decided today")


def _filters(queue: str, asked: Mapping[str, str], sort: str) -> tuple[Field, ...]:
    lists = Alert.objects.order_by("dataset").values_list("dataset", flat=True).distinct()
    options = (Option("", _("List: any")), *(Option(name, dataset_name(name)) for name in lists))
    kept = (Field("queue", "", queue, kind="hidden"),) if queue else ()
    return (
        Field(
            "q", _("Party or entry"), asked.get("q", ""), kind="search",
            placeholder=_("Party, entry"), key="f",
        ),
        Field("list", _("List"), asked.get("list", ""), kind="select", options=options),
        Field(
            "score", _("Score"), asked.get("score", ""), kind="select",
            options=(
                Option("", _("Score: any")),
                Option("low", _("Below %(b).3f") % {"b": lots.BELOW}),
                Option("high", _("%(b).3f or more") % {"b": lots.BELOW}),
            ),
        ),
        Field(
            "whose", _("Whose"), asked.get("whose", ""), kind="select",
            options=(
                Option("", _("Whose: anyone")), Option("me", _("Mine")), Option("nobody", _("Nobody’s")),
            ),
        ),
        Field(
            "sort", _("Order"), sort, kind="select", key="s",
            options=(
                Option("", _("Oldest first")), Option("score", _("Score")), Option("new", _("Newest first")),
            ),
        ),
        *kept,
    )  # fmt: skip


def _line(alert: Alert, user: User, now: datetime) -> AlertLine:
    explanation = alert.explanation or {}
    decided = alert.decided_at or now
    return AlertLine(
        key=alert.label,
        ref=alert.label,
        party=str(alert.party.caption),
        tenant=str(alert.tenant),
        entry=alert.content.caption,
        list_name=dataset_name(alert.dataset),
        score=alert.score,
        squares=compared.squares(explanation),
        age=max(timedelta(), decided - alert.raised_at),
        target=targets.DECIDE_ALERT,
        whose=anyone(str(alert.taken_by or ""), mine=alert.taken_by_id == user.pk),
        effect=effect(alert),
        entry_key=alert.entry_key,
        mine=alert.taken_by_id == user.pk,
        opened_again=bool(vars(alert).get("cleared_before")),
    )


def effect(alert: Alert) -> str:
    """What waits for the decision, or what became of it."""
    match alert.state:
        case Alert.State.TRUE_MATCH:
            return _("true match")
        case Alert.State.FALSE_POSITIVE:
            return _("cleared")
        case Alert.State.WITHDRAWN:
            return _("withdrawn")
    if alert.tenant.state == Tenant.State.HELD:
        return _("tenant held")
    if alert.tenant.state == Tenant.State.APPLICANT:
        return _("application waits")
    return _("nothing waits")


def _empty(queue: str, counts: Mapping[str, Any]) -> str:
    if queue == "second":
        return _("Nobody proposed a true match or cleared a high score.")
    if queue == "decided":
        return _("Nothing was decided in the last seven days.")
    if counts["second"]:
        return ngettext(
            "%(n)d waits for a second person.", "%(n)d wait for a second person.", counts["second"]
        ) % {"n": counts["second"]}
    return _("A new version of a list, or a new party, raises the next one.")


def _query(asked: Mapping[str, str], **more: object) -> str:
    """What was asked for, as an address says it."""
    return urlencode({**{name: value for name, value in asked.items() if value}, **more})


def _pager(asked: Mapping[str, str], start: int, found: int) -> Pager:
    def to(at: int) -> str:
        return where("operator:alerts", query=_query(asked, at=at))

    return Pager(
        newer=to(max(0, start - PAGE)) if start else "", older=to(start + PAGE) if found > PAGE else ""
    )
