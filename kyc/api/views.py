"""The endpoints of kyc under /api/v1/: they parse, call one service, and render."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import actors
from accounts.access import by_number, get, reading
from accounts.idempotency import IdempotentPost
from accounts.rest import ApiView, query, refusal
from accounts.roles import Act
from core.errors import InvalidInput
from kyc.api import serializers as forms
from kyc.identity import service as identity
from kyc.models import (
    Alert,
    Application,
    Document,
    IdentityCheck,
    OwnershipStatement,
    Party,
    PartyFlag,
    Question,
    Tenant,
)
from kyc.onboarding import holdings, parties, service
from kyc.screening import alerts

READ = (Act.SEE_TENANTS, Act.SEE_OWN)
ENTER = (Act.ENTER_TENANTS, Act.APPLY)

OF_TENANT = query("tenant", "Only this tenant's: its id.")


class _Post(IdempotentPost, ApiView):
    """A view whose POST is `act`: one transaction with its idempotency key."""


class _OfTenant(ApiView):
    """Lists of what belongs to a tenant, filtered by it."""

    filters = ("tenant",)

    def of_tenant(self, rows: QuerySet[Any]) -> QuerySet[Any]:
        key = self.parameter("tenant")
        return rows.filter(tenant=get(Tenant.objects.all(), key)) if key else rows

    def tenant_of(self, given: dict[str, Any]) -> Tenant:
        """The tenant that a body names; a tenant's people need not name their own. Raises Absent."""
        key = given.pop("tenant", None)
        if key is None:
            if self.request.user.is_provider:
                raise InvalidInput("tenant", "missing")
            key = self.request.user.organisation_id
        return get(Tenant.objects.select_related("organisation"), key)


# tenants


class Tenants(ApiView):
    acts = {"GET": READ}
    filters = ("state", "country", "reference")
    serializer_class = forms.TenantShown

    @extend_schema(
        parameters=[
            query("state", "Only tenants in this state.", enum=Tenant.State.values),
            query("country", "ISO 3166-1 alpha-2."),
            query("reference", "The provider's own customer number."),
        ]
    )
    def get(self, request: Request) -> Response:
        rows = Tenant.objects.select_related("organisation")
        if state := self.parameter("state", Tenant.State.values):
            rows = rows.filter(state=state)
        if country := self.parameter("country"):
            rows = rows.filter(country=country)
        if reference := self.parameter("reference"):
            rows = rows.filter(reference=reference) if self.is_staff_reading else rows.none()
        return self.listed(rows)


class OneTenant(ApiView):
    acts = {"GET": READ}
    serializer_class = forms.TenantInFull

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(by_number(Tenant.objects.select_related("organisation"), key, "T"))


# applications


def applications() -> QuerySet[Application]:
    return Application.objects.select_related("tenant__organisation", "data_key")


class Applications(_Post, _OfTenant):
    acts = {"GET": READ, "POST": Act.ENTER_TENANTS}
    filters = ("state", "tenant")
    serializer_class = forms.ApplicationShown

    @extend_schema(
        parameters=[query("state", "Only in this state.", enum=Application.State.values), OF_TENANT]
    )
    def get(self, request: Request) -> Response:
        rows = applications()
        if state := self.parameter("state", Application.State.values):
            rows = rows.filter(state=state)
        return self.listed(self.of_tenant(rows))

    @extend_schema(request=forms.ApplicationTaken, responses={201: forms.ApplicationInFull})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Open an application: a new tenant, with itself as the first party of its chain (`self`)."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ApplicationTaken, request)
        made = service.open_application(**given, user=request.user, by=actors.of(request))
        return self.shown(get(applications(), made.pk), forms.ApplicationInFull, status=201)


class OneApplication(ApiView):
    acts = {"GET": READ, "PATCH": ENTER}
    serializer_class = forms.ApplicationInFull

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(applications(), key))

    @extend_schema(request=forms.ApplicationChange, responses=forms.ApplicationInFull)
    def patch(self, request: Request, key: str) -> Response:
        """Set checked facts, or keep a draft's answers as typed."""
        given = self.taken(forms.ApplicationChange, request)
        with transaction.atomic():
            found = get(applications(), key)
            self.require_match(found)
            by = actors.of(request)
            for step, answers in given.get("draft", {}).items():
                service.save_draft(found, step=step, answers=answers, user=request.user, by=by)
            if facts := given.get("facts"):
                service.state_facts(found, facts, user=request.user, by=by)
            return self.shown(get(applications(), key))


class _OnApplication(_Post):
    serializer_class = forms.ApplicationInFull

    def found(self) -> Application:
        return get(applications(), self.kwargs["key"])

    def now(self) -> Response:
        return self.shown(get(applications(), self.kwargs["key"]))


class Submit(_OnApplication):
    acts = {"POST": ENTER}

    @extend_schema(request=None, responses=forms.ApplicationInFull)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Hand it in. 409 with every contradiction where it is not taken."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        done = service.submit(self.found(), user=request.user, by=actors.of(request))
        if not done.accepted:
            errors = [{"field": field, "reason": reason} for field, reason in done.errors]
            return refusal([reason for _, reason in done.errors], errors=errors)
        return self.now()


class Approve(_OnApplication):
    acts = {"POST": Act.APPROVE_TENANTS}
    key_required = True

    @extend_schema(request=forms.ReasonTaken, responses=forms.ApplicationInFull)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Approve the tenant. 409 with every open point where that cannot be."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ReasonTaken, request)
        verdict = service.approve(self.found(), **given, user=request.user, by=actors.of(request))
        return self.now() if verdict.given else refusal(verdict.reasons)


class Deny(_OnApplication):
    acts = {"POST": Act.APPROVE_TENANTS}

    @extend_schema(request=forms.ReasonNeeded, responses=forms.ApplicationInFull)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Turn the tenant away."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ReasonNeeded, request)
        service.deny(self.found(), **given, user=request.user, by=actors.of(request))
        return self.now()


# parties


def parties_shown() -> QuerySet[Party]:
    flags = PartyFlag.objects.filter(ended_at__isnull=True).select_related("data_key").order_by("set_at")
    return Party.objects.select_related("data_key", "tenant__organisation").prefetch_related(
        Prefetch("flags", queryset=flags)
    )


class Parties(_Post, _OfTenant):
    acts = {"GET": READ, "POST": ENTER}
    serializer_class = forms.PartyShown

    @extend_schema(parameters=[OF_TENANT])
    def get(self, request: Request) -> Response:
        return self.listed(self.of_tenant(parties_shown()))

    @extend_schema(request=forms.PartyTaken, responses={201: forms.PartyShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Enter a person or organisation of a tenant's chain."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.PartyTaken, request)
        tenant = self.tenant_of(given)
        made = parties.enter_party(tenant, **given, user=request.user, by=actors.of(request))
        return self.shown(made, status=201)


class OneParty(ApiView):
    acts = {"GET": READ, "PUT": ENTER}
    serializer_class = forms.PartyShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(parties_shown(), key))

    @extend_schema(request=forms.PartyChange, responses=forms.PartyShown)
    def put(self, request: Request, key: str) -> Response:
        """Replace a party's properties; what a match rests on is screened again."""
        given = self.taken(forms.PartyChange, request)
        with transaction.atomic():
            found = get(parties_shown(), key)
            self.require_match(found)
            changed = parties.change_party(found, **given, user=request.user, by=actors.of(request))
            return self.shown(changed)


# ownership statements


def statements() -> QuerySet[OwnershipStatement]:
    return OwnershipStatement.objects.select_related("tenant__organisation", "subject", "interested")


class Statements(_Post, _OfTenant):
    acts = {"GET": READ, "POST": ENTER}
    serializer_class = forms.StatementShown

    @extend_schema(parameters=[OF_TENANT])
    def get(self, request: Request) -> Response:
        return self.listed(self.of_tenant(statements()))

    @extend_schema(request=forms.StatementTaken, responses={201: forms.StatementShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """State who holds which interests in whom (BODS)."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.StatementTaken, request)
        tenant = self.tenant_of(given)
        made = holdings.enter_statement(tenant, **given, user=request.user, by=actors.of(request))
        return self.shown(get(statements(), made.pk), status=201)


class OneStatement(ApiView):
    acts = {"GET": READ, "DELETE": ENTER}
    serializer_class = forms.StatementShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(statements(), key))

    @extend_schema(parameters=[query("reason", "Why it does not hold.")], responses={204: None})
    def delete(self, request: Request, key: str) -> Response:
        """Take a statement out of force; it stays in the history."""
        self.check_parameters("reason")
        with transaction.atomic():
            found = get(statements(), key)
            self.require_match(found)
            holdings.remove_statement(
                found, reason=self.parameter("reason") or "", user=request.user, by=actors.of(request)
            )
        return Response(status=204)


# identity


class Documents(_Post, _OfTenant):
    acts = {"GET": READ, "POST": ENTER}
    serializer_class = forms.DocumentShown

    @extend_schema(parameters=[OF_TENANT])
    def get(self, request: Request) -> Response:
        return self.listed(self.of_tenant(Document.objects.all()))

    @extend_schema(request=forms.DocumentTaken, responses={201: forms.IdentityCheckShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Record a document of a party, and what checking it found."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.DocumentTaken, request)
        party = get(parties_shown(), given["party"])
        check = identity.record_evidence(
            party,
            kind=given["kind"],
            lines=given.get("lines", ()),
            fields=given.get("fields"),
            user=request.user,
            by=actors.of(request),
        )
        return self.shown(check, forms.IdentityCheckShown, status=201)


class OneDocument(ApiView):
    acts = {"GET": READ}
    serializer_class = forms.DocumentShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(Document.objects.all(), key))


class IdentityChecks(_OfTenant):
    acts = {"GET": READ}
    filters = ("tenant", "party")
    serializer_class = forms.IdentityCheckShown

    @extend_schema(parameters=[OF_TENANT, query("party", "Only of this party: its id.")])
    def get(self, request: Request) -> Response:
        rows = self.of_tenant(IdentityCheck.objects.select_related("document"))
        if party := self.parameter("party"):
            rows = rows.filter(party=get(Party.objects.all(), party))
        return self.listed(rows)


class OneIdentityCheck(ApiView):
    acts = {"GET": READ}
    serializer_class = forms.IdentityCheckShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(IdentityCheck.objects.select_related("document"), key))


# alerts: the provider's own, never a tenant's


def alerts_shown() -> QuerySet[Alert]:
    return Alert.objects.select_related("data_key", "content", "version", "party", "tenant")


class Alerts(_OfTenant):
    acts = {"GET": Act.SEE_TENANTS}
    filters = ("state", "tenant", "dataset")
    serializer_class = forms.AlertShown

    @extend_schema(
        parameters=[
            query(
                "state",
                "Only in this state; `undecided` for all that wait.",
                enum=["undecided", *Alert.State],
            ),
            query("dataset", "Only of this list."),
            OF_TENANT,
        ]
    )
    def get(self, request: Request) -> Response:
        rows = self.of_tenant(alerts_shown())
        state = self.parameter("state", ["undecided", *Alert.State.values])
        if state:
            rows = rows.filter(state__in=Alert.UNDECIDED if state == "undecided" else [state])
        if dataset := self.parameter("dataset"):
            rows = rows.filter(datasets__contains=[dataset])
        return self.listed(rows)


class OneAlert(ApiView):
    acts = {"GET": Act.SEE_TENANTS}
    serializer_class = forms.AlertShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(by_number(alerts_shown(), key, "A"))


class _OnAlert(_Post):
    acts = {"POST": Act.DECIDE_ALERTS}
    serializer_class = forms.AlertShown

    def found(self) -> Alert:
        return by_number(alerts_shown(), self.kwargs["key"], "A")

    def now(self) -> Response:
        return self.shown(self.found())


class TakeAlert(_OnAlert):
    @extend_schema(request=None, responses=forms.AlertShown)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Mark an alert as one's own."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        alerts.take(self.found(), user=request.user, by=actors.of(request))
        return self.now()


class DecideAlert(_OnAlert):
    acts = {"POST": (Act.DECIDE_ALERTS, Act.CONFIRM_MATCHES)}

    @extend_schema(request=forms.ResolutionTaken, responses=forms.OutcomeShown)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Resolve an alert. A true match, and clearing a high score, take two people: the first proposes.
        409 where this person may not be the second."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ResolutionTaken, request)
        outcome = alerts.decide(self.found(), **given, user=request.user, by=actors.of(request))
        if outcome.became == "refused":
            return refusal([outcome.why])
        shown = {"became": outcome.became, "why": outcome.why, "alert": self.found()}
        return self.shown(shown, forms.OutcomeShown)


class EscalateAlert(_OnAlert):
    @extend_schema(request=forms.NoteTaken, responses=forms.AlertShown)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Hand an alert to somebody with more experience."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.NoteTaken, request)
        alerts.escalate(self.found(), **given, user=request.user, by=actors.of(request))
        return self.now()


class UndoAlert(_OnAlert):
    acts = {"POST": (Act.DECIDE_ALERTS, Act.CONFIRM_MATCHES)}

    @extend_schema(request=None, responses=forms.AlertShown)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Take one's own clearing back, within ten seconds."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        alerts.undo(self.found(), user=request.user, by=actors.of(request))
        return self.now()


# questions


def questions() -> QuerySet[Question]:
    return Question.objects.select_related("data_key", "tenant")


class Questions(_Post, _OfTenant):
    acts = {"GET": READ, "POST": Act.ENTER_TENANTS}
    filters = ("tenant", "state")
    serializer_class = forms.QuestionShown

    @extend_schema(parameters=[OF_TENANT, query("state", "Only those that wait.", enum=["open", "answered"])])
    def get(self, request: Request) -> Response:
        rows = self.of_tenant(questions())
        if state := self.parameter("state", ["open", "answered"]):
            rows = rows.filter(answered_at__isnull=state == "open")
        return self.listed(rows)

    @extend_schema(request=forms.QuestionTaken, responses={201: forms.QuestionShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Put a question to a tenant."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.QuestionTaken, request)
        tenant = get(Tenant.objects.all(), given.pop("tenant"))
        made = service.ask(tenant, **given, user=request.user, by=actors.of(request))
        return self.shown(made, status=201)


class OneQuestion(ApiView):
    acts = {"GET": READ}
    serializer_class = forms.QuestionShown

    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        with reading():
            return self.shown(get(questions(), key))


class Answer(_Post):
    acts = {"POST": ENTER}
    serializer_class = forms.QuestionShown

    @extend_schema(request=forms.AnswerTaken, responses=forms.QuestionShown)
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Answer a question, once."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.AnswerTaken, request)
        found = get(questions(), self.kwargs["key"])
        service.answer(found, answer=given["answer"], user=request.user, by=actors.of(request))
        return self.shown(get(questions(), self.kwargs["key"]))
