"""What the API of kyc takes and gives. Fields are named one by one: a new column is private until it
stands here. What only the provider's people may read (reasons, ratings, alerts) is left out for a tenant:
a match under review is never disclosed to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from accounts.rest import Strict, for_staff
from kyc.identity.service import KINDS
from kyc.models import Alert, Application, Party, PartyFlag, Resolution, Tenant
from kyc.onboarding import service as onboarding
from kyc.screening import freshness

_Out = serializers.Serializer[Any]


class _Shown(_Out):
    """Output whose fields in `STAFF_ONLY` stay empty for a tenant."""

    STAFF_ONLY: tuple[str, ...] = ()

    def to_representation(self, instance: Any) -> dict[str, Any]:
        shown = super().to_representation(instance)
        if not for_staff(self.context):
            for name in self.STAFF_ONLY:
                shown.pop(name, None)
        return dict(shown)


class Texts(serializers.ListField):
    child = serializers.CharField()


class FtmProperties(serializers.DictField):
    """FollowTheMoney properties: name → values."""

    child = Texts()


# tenants


class TenantShown(_Shown):
    STAFF_ONLY = ("reference", "state_reason", "state_citation")

    id = serializers.UUIDField(source="pk")
    label = serializers.CharField()
    reference = serializers.CharField(help_text="The provider's own customer number.", required=False)
    name = serializers.CharField(source="organisation.name")
    country = serializers.CharField()
    region = serializers.CharField()
    state = serializers.ChoiceField(choices=Tenant.State.choices)
    state_since = serializers.DateTimeField()
    state_reason = serializers.CharField(required=False)
    state_citation = serializers.CharField(required=False)
    created_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)


class RatingShown(_Out):
    level = serializers.CharField()
    points = serializers.IntegerField()
    items = serializers.ListField(child=serializers.DictField())
    at = serializers.DateTimeField()
    next_review = serializers.DateField()


class FreshnessShown(_Out):
    source = serializers.CharField(source="version.source")
    version = serializers.IntegerField(source="version.number")
    as_of = serializers.DateField(source="version.as_of")
    is_current = serializers.BooleanField()
    since = serializers.DateTimeField(allow_null=True)
    seconds_after_publication = serializers.SerializerMethodField()

    def get_seconds_after_publication(self, fresh: freshness.Fresh) -> int | None:
        return int(fresh.after.total_seconds()) if fresh.after is not None else None


class TenantInFull(TenantShown):
    STAFF_ONLY = (*TenantShown.STAFF_ONLY, "rating", "ownership", "screening")

    rating = serializers.SerializerMethodField()
    ownership = serializers.SerializerMethodField()
    screening = serializers.SerializerMethodField()

    @extend_schema_field(RatingShown(allow_null=True))
    def get_rating(self, tenant: Tenant) -> Mapping[str, Any] | None:
        rating = tenant.ratings.order_by("-at").first()
        return RatingShown(rating).data if rating else None

    @extend_schema_field(serializers.JSONField(help_text="The report of `manage.py ownership`, by ids."))
    def get_ownership(self, tenant: Tenant) -> Any:
        assessment = tenant.assessments.order_by("-at").first()
        return assessment.result if assessment else None

    @extend_schema_field(FreshnessShown(many=True))
    def get_screening(self, tenant: Tenant) -> Any:
        if not for_staff(self.context):
            return []
        return FreshnessShown(freshness.of_tenant(tenant), many=True).data


# applications


class ApplicationTaken(Strict):
    name = serializers.CharField(max_length=300)
    country = serializers.CharField(max_length=2)
    region = serializers.CharField(max_length=6, required=False, allow_blank=True)


class ApplicationChange(Strict):
    facts = serializers.DictField(
        required=False, help_text=f"Checked answers: {', '.join(onboarding.FACTS)}."
    )
    draft = serializers.DictField(
        child=serializers.DictField(), required=False, help_text="Answers by step, kept as typed."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs:
            raise serializers.ValidationError({"facts": "facts or draft is needed"})
        return attrs


class ApplicationShown(_Shown):
    STAFF_ONLY = ("decided_reason",)

    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    tenant_label = serializers.CharField(source="tenant.label")
    tenant_name = serializers.CharField(source="tenant.organisation.name")
    state = serializers.ChoiceField(choices=Application.State.choices)
    opened_at = serializers.DateTimeField()
    saved_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    decided_reason = serializers.CharField(required=False)
    facts = serializers.DictField()


class ApplicationInFull(ApplicationShown):
    STAFF_ONLY = (*ApplicationShown.STAFF_ONLY, "open_points")

    draft = serializers.SerializerMethodField()
    open_points = serializers.SerializerMethodField()

    @extend_schema_field(serializers.DictField())
    def get_draft(self, application: Application) -> Any:
        return dict(application.draft or {})

    def get_open_points(self, application: Application) -> list[str]:
        """What stands between the application and an approval."""
        undecided = application.state in (Application.State.SUBMITTED, Application.State.IN_REVIEW)
        return onboarding.open_points(application) if undecided and for_staff(self.context) else []


class ReasonTaken(Strict):
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class ReasonNeeded(Strict):
    reason = serializers.CharField(max_length=2000)


# parties and statements


class PartyTaken(Strict):
    tenant = serializers.UUIDField(required=False, help_text="Staff name it; a tenant's people need not.")
    reference = serializers.CharField(max_length=200)
    schema = serializers.ChoiceField(choices=Party.Schema.values)
    properties = FtmProperties()
    country = serializers.CharField(max_length=2, required=False, allow_blank=True)
    region = serializers.CharField(max_length=6, required=False, allow_blank=True)
    roles = Texts(required=False)


class PartyChange(Strict):
    properties = FtmProperties(help_text="All of them: what is left out is removed.")
    reason = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class FlagShown(_Out):
    """Politically exposed, or a note of adverse media, with its source."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=PartyFlag.Kind.choices)
    source = serializers.SerializerMethodField()
    note = serializers.SerializerMethodField()
    set_at = serializers.DateTimeField()

    def get_source(self, flag: PartyFlag) -> str:
        return str(flag.source)

    def get_note(self, flag: PartyFlag) -> str:
        return str(flag.note)


class PartyShown(_Shown):
    STAFF_ONLY = ("flags",)

    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    reference = serializers.CharField()
    schema = serializers.ChoiceField(choices=Party.Schema.values)
    caption = serializers.SerializerMethodField()
    properties = serializers.SerializerMethodField()
    country = serializers.CharField()
    region = serializers.CharField()
    roles = Texts()
    flags = FlagShown(many=True, required=False, help_text="In force, for the provider's people only.")
    created_at = serializers.DateTimeField()
    changed_at = serializers.DateTimeField()
    removed_at = serializers.DateTimeField(allow_null=True)

    def get_caption(self, party: Party) -> str:
        """Its first name; "erased" after its erasure."""
        return str(party.caption)

    @extend_schema_field(FtmProperties())
    def get_properties(self, party: Party) -> Any:
        return dict(party.properties or {})


class StatementTaken(Strict):
    tenant = serializers.UUIDField(required=False, help_text="Staff name it; a tenant's people need not.")
    reference = serializers.CharField(max_length=200)
    subject = serializers.CharField(help_text="The reference of the party that is owned.")
    interested = serializers.CharField(
        allow_null=True, help_text="The reference of the owner; null where it is not declared."
    )
    interests = serializers.ListField(child=serializers.DictField(), help_text="BODS 0.4 interests.")
    stated_on = serializers.DateField(required=False, allow_null=True)
    source = serializers.DictField(required=False)


class StatementShown(_Out):
    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    reference = serializers.CharField()
    subject = serializers.CharField(source="subject.reference")
    interested = serializers.CharField(source="interested.reference", default=None, allow_null=True)
    interests = serializers.ListField(child=serializers.DictField())
    stated_on = serializers.DateField(allow_null=True)
    started_on = serializers.DateField(allow_null=True)
    ended_on = serializers.DateField(allow_null=True)
    source = serializers.DictField()
    created_at = serializers.DateTimeField()
    removed_at = serializers.DateTimeField(allow_null=True)


# identity


class DocumentTaken(Strict):
    party = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=KINDS)
    lines = Texts(required=False, help_text="The machine-readable zone, line by line.")

    def get_fields(self) -> dict[str, Any]:
        # Not an attribute: `fields` is a serializer's own.
        extract = serializers.DictField(
            child=serializers.CharField(),
            required=False,
            help_text="What an extract says: name, registration_number, expires_on.",
        )
        return {**super().get_fields(), "fields": extract}


class DocumentShown(_Out):
    """A document as it is kept, without the fields that were read."""

    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    party = serializers.UUIDField(source="party_id")
    kind = serializers.CharField()
    issuer_country = serializers.CharField()
    expires_on = serializers.DateField(allow_null=True)
    received_at = serializers.DateTimeField()


class IdentityCheckShown(_Out):
    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    party = serializers.UUIDField(source="party_id")
    document = serializers.UUIDField(source="document_id")
    kind = serializers.CharField(source="document.kind")
    method = serializers.CharField()
    result = serializers.ChoiceField(choices=("good", "bad", "expired", "unclear"))
    findings = serializers.ListField(child=serializers.DictField())
    checked_at = serializers.DateTimeField()


# alerts


class AlertShown(_Out):
    id = serializers.UUIDField()
    label = serializers.CharField()
    tenant = serializers.UUIDField(source="tenant_id")
    party = serializers.UUIDField(source="party_id")
    entry = serializers.CharField(source="entry_key")
    entry_caption = serializers.CharField(source="content.caption")
    dataset = serializers.CharField()
    datasets = Texts()
    list_version = serializers.IntegerField(source="version.number")
    score = serializers.FloatField()
    threshold = serializers.FloatField()
    holds = serializers.BooleanField(help_text="Counts as listed until it is decided.")
    blocking = serializers.BooleanField()
    state = serializers.ChoiceField(choices=Alert.State.choices)
    scorer = serializers.CharField()
    raised_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    taken_by = serializers.UUIDField(source="taken_by_id", allow_null=True)
    taken_at = serializers.DateTimeField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    explanation = serializers.SerializerMethodField()

    @extend_schema_field(serializers.JSONField(help_text="Features that add up to the score, in sentences."))
    def get_explanation(self, alert: Alert) -> Any:
        return dict(alert.explanation or {})


class ResolutionTaken(Strict):
    kind = serializers.ChoiceField(choices=Resolution.Kind.values)
    reason = serializers.CharField(max_length=2000)


class OutcomeShown(_Out):
    became = serializers.ChoiceField(choices=("final", "proposed", "escalated"))
    why = serializers.CharField()
    alert = AlertShown()


class NoteTaken(Strict):
    note = serializers.CharField(max_length=2000)


# questions


class QuestionTaken(Strict):
    tenant = serializers.UUIDField()
    text = serializers.CharField(max_length=2000)
    why = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    blocks = serializers.BooleanField(default=True)


class AnswerTaken(Strict):
    answer = serializers.JSONField(help_text="A text, or the fields of an answer.")


class QuestionShown(_Out):
    id = serializers.UUIDField()
    tenant = serializers.UUIDField(source="tenant_id")
    subject_kind = serializers.CharField()
    subject_id = serializers.CharField()
    text = serializers.CharField()
    why = serializers.CharField()
    blocks = serializers.BooleanField()
    asked_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    answered_at = serializers.DateTimeField(allow_null=True)
    answer = serializers.SerializerMethodField()

    @extend_schema_field(serializers.JSONField(allow_null=True))
    def get_answer(self, question: Any) -> Any:
        return str(question.answer) if isinstance(question.answer, str) else question.answer
