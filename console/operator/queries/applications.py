"""The applications: to assess, drafts, and decided ones."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db.models import Count, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from console.audience import where
from console.operator import targets
from console.operator.pages.application import ApplicationLine, ApplicationsPage
from console.operator.queries.tenants import in_country
from console.parts import Field, Pager, State, Tab, Tone
from console.say import age as in_words
from console.say import anyone, country_name, duration, grouped
from kyc.models import (
    Alert,
    Application,
    Assessment,
    IdentityCheck,
    OwnershipStatement,
    Party,
    Question,
)

PAGE = 50
States = Application.State
OPEN = (States.SUBMITTED, States.IN_REVIEW)
TABS = (
    ("", "To assess", OPEN),
    ("draft", "Drafts", (States.DRAFT,)),
    ("decided", "Decided", (States.APPROVED, States.DENIED)),
)
#: Sent, identity, ownership, screening, questions, decision.
STEPS = 6


def ref_of(application: Application) -> str:
    """An application is called after its tenant."""
    return f"AP-{application.tenant.number:04d}"


def page(user: User, asked: Mapping[str, str], *, now: datetime | None = None) -> ApplicationsPage:
    now = now or timezone.now()
    state = asked.get("state", "")
    states = next((of for name, _text, of in TABS if name == state), OPEN)
    counts = _counts(user)
    start = int(asked["at"]) if asked.get("at", "").isdecimal() else 0
    rows = _rows(asked, states)
    rows = rows.order_by("-decided_at") if state == "decided" else rows.order_by("submitted_at", "opened_at")
    found = list(rows[start : start + PAGE + 1])

    def to(at: int) -> str:
        kept = {name: value for name, value in asked.items() if name != "at" and value}
        return where("operator:applications", query=urlencode({**kept, "at": at}))

    waiting, mine = counts["waiting"], counts["mine"]
    return ApplicationsPage(
        now=now,
        title=ngettext("%(n)d application waits", "%(n)d applications wait", waiting) % {"n": waiting}
        + (", " + (ngettext("%(n)d is yours", "%(n)d are yours", mine) % {"n": mine}) if mine else "")
        if waiting
        else _("No application waits"),
        meta=_("Oldest %(age)s of %(target)s")
        % {"age": duration(now - counts["oldest"]), "target": in_words(targets.ASSESS_APPLICATION)}
        if counts["oldest"]
        else _("Drafts count once they are sent"),
        tabs=tuple(
            Tab(
                _(text),
                where("operator:applications", query=f"state={name}" if name else ""),
                grouped(counts[name or "waiting"]),
                name == state,
            )
            for name, text, _states in TABS
        ),
        filters=(
            Field(
                "q", _("Application"), asked.get("q", ""), kind="search",
                placeholder=_("Name, number or country"), key="f",
            ),
            *((Field("state", "", state, kind="hidden"),) if state else ()),
        ),
        lines=tuple(_line(row, user, now) for row in found[:PAGE]),
        pager=Pager(
            newer=to(max(0, start - PAGE)) if start else "",
            older=to(start + PAGE) if len(found) > PAGE else "",
        ),
        empty=_("The next one comes from the portal, or you open it for a customer."),
    )  # fmt: skip


def _counts(user: User) -> dict[str, object]:
    waiting = Q(state__in=OPEN)
    found: dict[str, object] = Application.objects.aggregate(
        waiting=Count("pk", filter=waiting),
        mine=Count("pk", filter=waiting & Q(opened_by=user)),
        draft=Count("pk", filter=Q(state=States.DRAFT)),
        decided=Count("pk", filter=Q(state__in=(States.APPROVED, States.DENIED))),
        oldest=Min("submitted_at", filter=waiting),
    )
    return found


def _rows(asked: Mapping[str, str], states: tuple[str, ...]) -> QuerySet[Application]:
    def count(rows: QuerySet, key: str = "tenant") -> Coalesce:  # type: ignore[type-arg]
        counted = rows.filter(**{key: OuterRef("tenant")}).order_by().values(key).annotate(n=Count("pk"))
        return Coalesce(Subquery(counted.values("n")), 0)

    parties = Party.objects.filter(removed_at__isnull=True)
    rows = Application.objects.select_related("tenant__organisation", "opened_by").annotate(
        parties_=count(parties),
        people_=count(parties.filter(schema=Party.Schema.PERSON)),
        unscreened_=count(parties.filter(screening__isnull=True)),
        proved_=count(
            parties.filter(
                schema=Party.Schema.PERSON, identity_checks__result=IdentityCheck.Result.GOOD
            ).distinct()
        ),
        statements_=count(OwnershipStatement.objects.filter(removed_at__isnull=True)),
        undecided_=count(Alert.objects.filter(state__in=Alert.UNDECIDED)),
        questions_=count(Question.objects.filter(answered_at__isnull=True, blocks=True)),
        assessed_=count(Assessment.objects.all()),
    )
    rows = rows.filter(state__in=states)
    text = asked.get("q", "").strip()
    if text:
        match = Q(tenant__organisation__name__icontains=text) | Q(tenant__country__iexact=text)
        number = text.upper().removeprefix("AP-").removeprefix("T-")
        if number.isdecimal():
            match |= Q(tenant__number=int(number))
        codes = in_country(text)
        rows = rows.filter(match | Q(tenant__country__in=codes) if codes else match)
    return rows


def _line(application: Application, user: User, now: datetime) -> ApplicationLine:
    row: Mapping[str, int] = vars(application)
    waits = []
    sent = application.state != States.DRAFT
    if sent and row["unscreened_"]:
        waits.append(_("screening"))
    if row["undecided_"]:
        waits.append(ngettext("%(n)d alert", "%(n)d alerts", row["undecided_"]) % {"n": row["undecided_"]})
    if sent and row["proved_"] < row["people_"]:
        waits.append(
            _("identity of %(n)s of %(all)s people")
            % {"n": row["people_"] - row["proved_"], "all": row["people_"]}
        )
    if row["questions_"]:
        waits.append(ngettext("%(n)d answer", "%(n)d answers", row["questions_"]) % {"n": row["questions_"]})
    done = (
        sent,
        row["people_"] > 0 and row["proved_"] >= row["people_"],
        row["statements_"] > 0,
        sent and not row["unscreened_"] and not row["undecided_"],
        sent and not row["questions_"],
        application.decided_at is not None,
    )
    since = application.submitted_at or application.opened_at
    until = application.decided_at or now
    return ApplicationLine(
        key=str(application.pk),
        ref=ref_of(application),
        name=str(application.tenant),
        country=country_name(application.tenant.country),
        state=state_of(application, waits),
        steps_done=sum(done),
        steps=STEPS,
        parties=row["parties_"],
        waits_for=", ".join(waits) if sent and application.decided_at is None else "",
        age=max(timedelta(), until - since),
        whose=anyone(str(application.opened_by), mine=application.opened_by_id == user.pk),
    )


def state_of(application: Application, waits: list[str]) -> State:
    match application.state:
        case States.DRAFT:
            return State(Tone.INFO, _("Draft"))
        case States.APPROVED:
            return State(Tone.OK, _("Approved"))
        case States.DENIED:
            return State(Tone.BAD, _("Denied"))
    return State(Tone.WARN, _("Incomplete")) if waits else State(Tone.OK, _("Ready"))
