"""The endpoints of access under /api/v1/: they parse, call one service, and render.

Reads run in one read-only transaction, because row-level security stands on the transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import generics, mixins
from rest_framework.request import Request
from rest_framework.response import Response

from access.api import serializers as forms
from access.grants import revoke
from access.grants.reasons import Because
from access.inventory import sites
from access.inventory.tpp import catalogue
from access.models import AllocationRequest, Grant, Licence, Site, UsageRecord
from access.requests import licences, service
from access.usage import service as usage
from accounts import actors
from accounts.access import by_number, get, reading
from accounts.idempotency import IdempotentPost
from accounts.models import Approval
from accounts.problems import MEDIA_TYPE, problem
from accounts.roles import Act, Role
from core.errors import InvalidInput
from kyc.models import Tenant

READ_REQUESTS = (Act.SEE_REQUESTS, Act.SEE_OWN)
READ_GRANTS = (Act.SEE_GRANTS, Act.SEE_OWN)


class _Reading(generics.GenericAPIView[Any]):
    """Single objects in the scope that is in force."""

    def taken(self, form: type[Any], request: Request) -> dict[str, Any]:
        parsed = form(data=request.data)
        parsed.is_valid(raise_exception=True)
        return dict(parsed.validated_data)

    def shown(self, thing: Any, form: type[Any] | None = None, status: int = 200) -> Response:
        form = form or self.get_serializer_class()
        return Response(form(thing, context=self.get_serializer_context()).data, status=status)


class _Listing(mixins.ListModelMixin, _Reading):
    """Lists, a page at a time."""

    def get(self, request: Request) -> Response:
        with reading():
            return self.list(request)


def requests_shown() -> QuerySet[AllocationRequest]:
    return AllocationRequest.objects.select_related("tenant__organisation", "site", "cluster", "decision")


class Requests(IdempotentPost, _Listing):
    acts = {"GET": READ_REQUESTS, "POST": (Act.ASK_FOR_GPUS, Act.ENTER_TENANTS)}
    serializer_class = forms.RequestShown

    def get_queryset(self) -> QuerySet[AllocationRequest]:
        state = self.request.query_params.get("state")
        found = requests_shown()
        return found.filter(state=state) if state else found

    @extend_schema(request=forms.RequestTaken, responses={201: forms.RequestShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.RequestTaken, request)
        key = given.pop("tenant", None) or request.user.organisation_id
        tenant = get(Tenant.objects.select_related("organisation"), key)
        given["site"] = sites.site_named(given["site"])
        if "cluster" in given:
            given["cluster"] = sites.cluster_named(given["cluster"])
        made = service.submit(tenant=tenant, **given, user=request.user, by=actors.of(request))
        return self.shown(get(requests_shown(), made.pk), status=201)


class OneRequest(_Reading):
    acts = {"GET": READ_REQUESTS}
    serializer_class = forms.RequestShown

    def get(self, request: Request, key: str) -> Response:
        with reading():
            return self.shown(by_number(requests_shown(), key, "R"))


class _Answer(IdempotentPost, _Reading):
    """What the asking tenant does with a request of its own, named in the path; the body is empty."""

    acts = {"POST": Act.ASK_FOR_GPUS}
    serializer_class = forms.RequestShown
    answer: Callable[..., object]

    @extend_schema(request=None, responses={200: forms.RequestShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        found = by_number(requests_shown(), kwargs["key"], "R")
        self.answer(found, user=request.user, by=actors.of(request))
        return self.shown(get(requests_shown(), found.pk))


class AcceptConditions(_Answer):
    answer = staticmethod(service.accept_conditions)


class Withdraw(_Answer):
    answer = staticmethod(service.withdraw)


class Approvals(IdempotentPost, _Listing):
    """Approving a request. A refused approval is an answer of 409, and stands in the log."""

    acts = {"GET": Act.SEE_REQUESTS, "POST": Act.APPROVE_REQUESTS}
    serializer_class = forms.OpenApprovalShown
    key_required = True

    def get_queryset(self) -> QuerySet[Approval]:
        return Approval.objects.filter(
            subject_kind="allocationrequest", act=service.ACT, state=Approval.State.ASKED
        )

    @extend_schema(request=forms.ApprovalTaken, responses={201: forms.ApprovalShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ApprovalTaken, request)
        found = by_number(AllocationRequest.objects.all(), given["request"], "R")
        outcome = service.approve(
            found, user=request.user, by=actors.of(request), reason=given.get("reason", "")
        )
        found.refresh_from_db(fields=["state"])
        if outcome.step == "refused":
            body = problem(409, "; ".join(outcome.reasons), step="refused", reasons=list(outcome.reasons))
            return Response(body, status=409, content_type=MEDIA_TYPE)
        shown = {
            "request": found.label,
            "step": outcome.step,
            "reasons": list(outcome.reasons),
            "state": found.state,
        }
        return self.shown(shown, forms.ApprovalShown, status=201)


class Licences(IdempotentPost, _Listing):
    acts = {"GET": READ_REQUESTS, "POST": Act.ENTER_TENANTS}
    serializer_class = forms.LicenceShown
    key_required = True

    def get_queryset(self) -> QuerySet[Licence]:
        return Licence.objects.select_related("site")

    @extend_schema(request=forms.LicenceTaken, responses={201: forms.LicenceShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.LicenceTaken, request)
        given["tenant"] = get(Tenant.objects.all(), given["tenant"])
        given["site"] = sites.site_named(given["site"])
        made = licences.record_licence(**given, user=request.user, by=actors.of(request))
        return self.shown(made, status=201)


def grants_shown(user: Any) -> QuerySet[Grant]:
    found = Grant.objects.select_related("request", "cluster", "tenant")
    # A cluster's account reads the grants of its own clusters only.
    return found.filter(cluster__reporter=user) if user.roles == {Role.SERVICE} else found


class Grants(_Listing):
    acts = {"GET": READ_GRANTS}
    serializer_class = forms.GrantShown

    def get_queryset(self) -> QuerySet[Grant]:
        return grants_shown(self.request.user)


class OneGrant(_Reading):
    acts = {"GET": READ_GRANTS}
    serializer_class = forms.GrantWithToken

    def get(self, request: Request, key: str) -> Response:
        with reading():
            return self.shown(by_number(grants_shown(request.user), key, "G"))


class RevokeGrant(IdempotentPost, _Reading):
    acts = {"POST": Act.REVOKE_GRANTS}
    serializer_class = forms.GrantShown
    key_required = True

    @extend_schema(request=forms.RevocationTaken, responses={200: forms.GrantShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.RevocationTaken, request)
        found = by_number(Grant.objects.select_related("request", "tenant"), kwargs["key"], "G")
        outcome = revoke.revoke(
            found,
            because=Because(given["because"]),
            reason=given["reason"],
            user=request.user,
            by=actors.of(request),
        )
        grant = get(grants_shown(request.user), found.pk)
        if grant.revoked_at is None:
            body = problem(500, f"The revocation failed ({outcome.why}); the failure is recorded.")
            return Response(body, status=500, content_type=MEDIA_TYPE)
        return self.shown(grant)


class Usage(IdempotentPost, _Listing):
    acts = {"GET": READ_GRANTS, "POST": Act.REPORT_USAGE}
    serializer_class = forms.UsageShown
    key_required = True

    def get_queryset(self) -> QuerySet[UsageRecord]:
        found = UsageRecord.objects.select_related("grant", "cluster")
        user = self.request.user
        return found.filter(cluster__reporter=user) if user.roles == {Role.SERVICE} else found

    @extend_schema(request=forms.UsageTaken, responses={201: forms.UsageShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.UsageTaken, request)
        given["grant"] = by_number(grants_shown(request.user), given["grant"], "G")
        given["cluster"] = sites.cluster_named(given["cluster"])
        made = usage.report(**given, user=request.user, by=actors.of(request))
        return self.shown(made, status=201)


class Sites(IdempotentPost, _Listing):
    acts = {"GET": (*READ_REQUESTS, Act.ASK_FOR_GPUS), "POST": Act.ENTER_SITES}
    serializer_class = forms.SiteShown

    def get_queryset(self) -> QuerySet[Site]:
        return Site.objects.prefetch_related("clusters")

    @extend_schema(request=forms.SiteTaken, responses={201: forms.SiteShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.SiteTaken, request)
        made = sites.enter_site(**given, user=request.user, by=actors.of(request))
        return self.shown(made, status=201)


class OneSite(_Reading):
    acts = {"GET": (*READ_REQUESTS, Act.ASK_FOR_GPUS)}
    serializer_class = forms.SiteShown

    def get(self, request: Request, key: str) -> Response:
        with reading():
            return self.shown(get(Site.objects.prefetch_related("clusters"), key))


class Hardware(generics.GenericAPIView[Any]):
    """The catalogue of accelerators; `?name=` says which record a name means."""

    acts = {"GET": (*READ_REQUESTS, Act.ASK_FOR_GPUS, Act.MATCH)}
    serializer_class = forms.HardwareShown
    pagination_class = None

    @extend_schema(responses={200: forms.HardwareShown(many=True)})
    def get(self, request: Request) -> Response:
        found = list(catalogue().accelerators)
        if name := request.query_params.get("name"):
            match = catalogue().find(name)
            if match is None:
                raise InvalidInput("name", f"{name!r} is not in the catalogue")
            found = [match.accelerator]
        return Response(forms.HardwareShown(found, many=True).data)
