"""What the API takes and gives. Fields are named one by one: a new column is private until it stands here."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from access.grants.reasons import BY_PERSON, FOR_TENANT, Because
from access.models import AllocationRequest, Cluster, Grant, Licence, Site, UsageRecord
from access.policy.fact_types import PURPOSES
from accounts.models import User


class _Strict(serializers.Serializer[Any]):
    """A field that is not known is refused: a misspelt one must not be dropped."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            for name in data.keys() - self.fields.keys():
                raise serializers.ValidationError({name: "unknown field"})
        return super().to_internal_value(data)


def reader(context: dict[str, Any]) -> User:
    return context["request"].user  # type: ignore[no-any-return]


class DecisionShown(serializers.Serializer[Any]):
    """A decision as staff see it; a tenant reads `told`."""

    id = serializers.UUIDField()
    at = serializers.DateTimeField()
    as_of = serializers.DateField()
    outcome = serializers.CharField()
    facts_digest = serializers.CharField()
    packs = serializers.JSONField()


class RequestShown(serializers.ModelSerializer[AllocationRequest]):
    label = serializers.CharField(read_only=True)
    site = serializers.CharField(source="site.name")
    cluster = serializers.CharField(source="cluster.name", default=None)
    tenant_name = serializers.CharField(source="tenant.organisation.name")
    decision = serializers.SerializerMethodField()

    class Meta:
        model = AllocationRequest
        fields = [
            *("id", "label", "tenant", "tenant_name", "site", "cluster", "accelerator", "count", "starts_on"),
            *("days", "hours", "purpose", "supply", "project", "answers", "state", "asked_at", "decision"),
            *("told", "conditions", "accepted_conditions_at", "closed_at"),
        ]

    def get_decision(self, request: AllocationRequest) -> dict[str, Any] | None:
        if not reader(self.context).is_provider or request.decision is None:
            return None
        return dict(DecisionShown(request.decision).data)

    def to_representation(self, request: AllocationRequest) -> dict[str, Any]:
        shown = super().to_representation(request)
        if not reader(self.context).is_provider:
            shown["answers"] = {k: v for k, v in shown["answers"].items() if k != "red_flags"}
        return shown


class AnswersTaken(_Strict):
    end_user_country = serializers.CharField(required=False, allow_null=True)
    remote_access_countries = serializers.ListField(
        child=serializers.CharField(), required=False, allow_null=True
    )
    expected_flop = serializers.FloatField(required=False, allow_null=True)
    end_use = serializers.ListField(child=serializers.CharField(), required=False, allow_null=True)
    red_flags = serializers.ListField(child=serializers.CharField(), required=False)


class RequestTaken(_Strict):
    tenant = serializers.UUIDField(
        required=False, help_text="Staff name the tenant; its own people need not."
    )
    site = serializers.CharField()
    cluster = serializers.CharField(required=False)
    accelerator = serializers.CharField()
    count = serializers.IntegerField(min_value=1)
    starts_on = serializers.DateField()
    days = serializers.IntegerField(min_value=1)
    purpose = serializers.ChoiceField(choices=PURPOSES)
    supply = serializers.ChoiceField(choices=AllocationRequest.Supply.values, default="remote_access")
    project = serializers.SlugField(required=False, max_length=60)
    answers = AnswersTaken(required=False)


class ApprovalTaken(_Strict):
    request = serializers.CharField(help_text="A request's id or number (R-2318).")
    reason = serializers.CharField(required=False, allow_blank=True)


class ApprovalShown(serializers.Serializer[Any]):
    request = serializers.CharField()
    step = serializers.ChoiceField(choices=["first", "approved", "refused"])
    reasons = serializers.ListField(child=serializers.CharField())
    state = serializers.CharField()


class OpenApprovalShown(serializers.Serializer[Any]):
    """A first approval that waits for a second person."""

    id = serializers.UUIDField()
    request = serializers.CharField(source="subject_id")
    asked_by = serializers.UUIDField(source="asked_by_id")
    asked_at = serializers.DateTimeField()
    reason = serializers.CharField(source="asked_reason")


class LicenceShown(serializers.ModelSerializer[Licence]):
    site = serializers.CharField(source="site.name")

    class Meta:
        model = Licence
        fields = [
            *("id", "tenant", "reference", "authority", "accelerator", "quantity", "site"),
            *("end_user_country", "valid_from", "valid_until", "recorded_at"),
        ]


class LicenceTaken(_Strict):
    tenant = serializers.UUIDField()
    reference = serializers.CharField(max_length=100)
    authority = serializers.CharField(max_length=100)
    accelerator = serializers.CharField(max_length=100)
    quantity = serializers.IntegerField(min_value=1)
    site = serializers.CharField()
    end_user_country = serializers.CharField(required=False, max_length=2)
    valid_from = serializers.DateField()
    valid_until = serializers.DateField()


class GrantShown(serializers.ModelSerializer[Grant]):
    """A grant without its token: who may use it gets it (`GrantWithToken`)."""

    label = serializers.CharField(read_only=True)
    request = serializers.CharField(source="request.label")
    cluster = serializers.CharField(source="cluster.name")
    status_list = serializers.SerializerMethodField()
    revoked_text = serializers.SerializerMethodField()
    revoked_reason = serializers.SerializerMethodField()

    class Meta:
        model = Grant
        fields = [
            *("id", "label", "tenant", "request", "cluster", "accelerator", "count", "kid", "status_list"),
            *("status_index", "issued_at", "not_before", "expires_at", "superseded_at", "revoked_at"),
            *("revoked_text", "revoked_reason"),
        ]

    def get_status_list(self, grant: Grant) -> str:
        return str(grant.claims["status"]["status_list"]["uri"])

    def get_revoked_text(self, grant: Grant) -> str:
        return FOR_TENANT[Because(grant.revoked_because)] if grant.revoked_because else ""

    def get_revoked_reason(self, grant: Grant) -> str | None:
        """Staff's own words may name a match under review."""
        return grant.revoked_reason if reader(self.context).is_provider else None


class GrantWithToken(GrantShown):
    token = serializers.SerializerMethodField()

    class Meta(GrantShown.Meta):
        fields = [*GrantShown.Meta.fields, "claims", "token"]

    def get_token(self, grant: Grant) -> str | None:
        """The signed grant, for its tenant and for the cluster's own account."""
        user = reader(self.context)
        mine = user.organisation_id == grant.tenant_id or user.pk == grant.cluster.reporter_id
        return grant.token if mine else None


class RevocationTaken(_Strict):
    because = serializers.ChoiceField(choices=sorted(BY_PERSON), default=Because.OPERATOR.value)
    reason = serializers.CharField()


class UsageShown(serializers.ModelSerializer[UsageRecord]):
    grant = serializers.CharField(source="grant.label")
    cluster = serializers.CharField(source="cluster.name")

    class Meta:
        model = UsageRecord
        fields = ["id", "grant", "cluster", "job", "kind", "accelerators", "at", "reported_at", "detail"]


class UsageTaken(_Strict):
    grant = serializers.CharField(help_text="A grant's id (the token's sub) or number (G-7702).")
    cluster = serializers.CharField()
    job = serializers.CharField(max_length=100)
    kind = serializers.ChoiceField(choices=UsageRecord.Kind.values)
    accelerators = serializers.IntegerField(min_value=0)
    at = serializers.DateTimeField()
    detail = serializers.CharField(required=False, allow_blank=True, max_length=200)


class ClusterShown(serializers.ModelSerializer[Cluster]):
    class Meta:
        model = Cluster
        fields = ["id", "name", "accelerator", "capacity", "seen_at"]


class SiteShown(serializers.ModelSerializer[Site]):
    clusters = ClusterShown(many=True, read_only=True)

    class Meta:
        model = Site
        fields = ["id", "name", "country", "region", "authorisation", "clusters"]


class SiteTaken(_Strict):
    name = serializers.CharField(max_length=100)
    country = serializers.CharField(max_length=2)
    region = serializers.CharField(required=False, max_length=6)
    authorisation = serializers.DictField(required=False)


class HardwareShown(serializers.Serializer[Any]):
    """One record of the catalogue. `tpp` is dimensionless (TOPS x bits), null where no figures are known."""

    name = serializers.CharField()
    maker = serializers.CharField()
    model = serializers.CharField()
    tpp = serializers.IntegerField(allow_null=True)
    performance_density = serializers.FloatField(source="density", allow_null=True)
    dram_gbs = serializers.FloatField(allow_null=True)
    bf16_tflops = serializers.FloatField(allow_null=True)
    paragraph = serializers.CharField(allow_null=True)
    verified = serializers.BooleanField()
    source = serializers.CharField()
    aliases = serializers.ListField(child=serializers.CharField())
