"""The log over the API: events, checkpoints, exports. An examiner sees its scopes, and nothing of others."""

from __future__ import annotations

import uuid
from datetime import UTC, datetime
from typing import Any

from django.http import FileResponse
from django.utils.dateparse import parse_date, parse_datetime
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from accounts import access, actors, disclosure
from accounts.idempotency import IdempotentPost
from accounts.models import Organisation
from accounts.problems import MEDIA_TYPE, problem
from accounts.rest import ApiView, query
from accounts.roles import Act
from audit import reading
from audit.models import Event
from audit.record import Subject
from audit.verbs import Verb
from console.api import serializers as forms
from core.errors import Absent, InvalidInput

READ = (Act.SEE_LOG, Act.EXAMINE)
EXPORT = (Act.EXPORT_LOG, Act.EXAMINE_EXPORT)
MOST = 500


class _Log(ApiView):
    pagination_class = None

    def scopes(self) -> list[str]:
        return disclosure.scopes_of(self.request.user)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "scopes": self.scopes()}

    def moment(self, name: str) -> datetime | None:
        """A parameter as a time; a date is its first moment, in UTC."""
        text = self.parameter(name)
        if text is None:
            return None
        try:
            day = parse_date(text)
            found = datetime(day.year, day.month, day.day, tzinfo=UTC) if day else parse_datetime(text)
        except ValueError:
            found = None
        if found is None or found.tzinfo is None:
            raise InvalidInput(name, "no RFC 3339 time (with its offset) and no date")
        return found

    def whole(self, name: str, default: int | None, most: int | None = None) -> int | None:
        text = self.parameter(name)
        if text is None:
            return default
        if not text.isdecimal() or int(text) < 1 or (most is not None and int(text) > most):
            raise InvalidInput(name, "not a whole number from 1" + (f" to {most}" if most else ""))
        return int(text)

    def next_address(self, name: str, value: Any) -> str | None:
        if value is None:
            return None
        given = self.request.query_params.copy()
        given[name] = str(value)
        return self.request.build_absolute_uri(f"{self.request.path}?{given.urlencode()}")


class Events(_Log):
    acts = {"GET": READ}
    filters = ("scope", "verb", "since", "until", "subject", "cursor", "limit")
    serializer_class = forms.EventShown

    @extend_schema(
        operation_id="audit_events_list",
        responses=forms.EventPage,
        parameters=[
            query("scope", "Only this scope: all, tenant:ID, jurisdiction:CC, recipient:ID."),
            query("verb", "Only this verb; may be repeated.", enum=[v.value for v in Verb]),
            query("since", "From this time or date on (RFC 3339)."),
            query("until", "Before this time or date (RFC 3339)."),
            query("subject", "Only about this: KIND:ID."),
            query("cursor", "From the `next` of the page before."),
            query("limit", f"At most {MOST}; 50 by default."),
        ],
    )
    def get(self, request: Request) -> Response:
        """Events, newest first."""
        self.check_parameters(*self.filters)
        scope = self.parameter("scope")
        limit = self.whole("limit", 50, MOST) or 50
        with access.reading():
            scopes = [disclosure.require_scope(request.user, scope)] if scope else self.scopes()
            page = reading.events(
                scopes,
                verbs=self._verbs(),
                subject=self._subject(),
                since=self.moment("since"),
                until=self.moment("until"),
                before=self._cursor(),
                limit=limit,
            )
            shown = forms.EventShown(page.entries, many=True, context=self.get_serializer_context()).data
        return Response({"next": self.next_address("cursor", page.next), "results": shown})

    def _verbs(self) -> list[Verb]:
        names = self.request.query_params.getlist("verb")
        for name in names:
            if name not in set(Verb):
                raise InvalidInput("verb", f"{name!r} is no verb")
        return [Verb(name) for name in names]

    def _subject(self) -> Subject | None:
        text = self.parameter("subject")
        if text is None:
            return None
        kind, colon, key = text.partition(":")
        if not (kind and colon and key):
            raise InvalidInput("subject", "KIND:ID is expected")
        return Subject(kind, key)

    def _cursor(self) -> uuid.UUID | None:
        text = self.parameter("cursor")
        try:
            return uuid.UUID(text) if text else None
        except ValueError:
            raise InvalidInput("cursor", "is no cursor of this list") from None


class OneEvent(_Log):
    acts = {"GET": READ}
    serializer_class = forms.EventInFull

    @extend_schema(operation_id="audit_events_retrieve")
    def get(self, request: Request, key: str) -> Response:
        """One event, with its inclusion proof under the newest checkpoint."""
        self.check_parameters()
        scopes = self.scopes()
        rows = Event.objects.select_related("leaf")
        if "all" not in scopes:
            rows = rows.filter(scopes__overlap=scopes)
        with access.reading():
            return self.shown(reading.entry(access.get(rows, key)))


class Checkpoints(_Log):
    acts = {"GET": READ}
    serializer_class = forms.CheckpointShown

    @extend_schema(
        operation_id="audit_checkpoints_list",
        responses=forms.CheckpointPage,
        parameters=[query("below", "Of smaller trees than this."), query("limit", "At most 100.")],
    )
    def get(self, request: Request) -> Response:
        """Signed checkpoints, newest first, each proved to contain the one before it."""
        self.check_parameters("below", "limit")
        limit = self.whole("limit", 20, 100) or 20
        with access.reading():
            lines = reading.checkpoints(below=self.whole("below", None), limit=limit)
        after = lines[-1].checkpoint.size if len(lines) == limit else None
        shown = forms.CheckpointShown(lines, many=True).data
        return Response({"next": self.next_address("below", after), "results": shown})


class Exports(IdempotentPost, _Log):
    acts = {"GET": (*READ, *EXPORT), "POST": EXPORT}
    serializer_class = forms.ExportShown

    @extend_schema(
        operation_id="audit_exports_list",
        responses=forms.ExportShown(many=True),
        parameters=[query("limit", f"At most {MOST}; 50 by default.")],
    )
    def get(self, request: Request) -> Response:
        """Exports, newest first."""
        self.check_parameters("limit")
        rows = disclosure.exports_of(request.user, limit=self.whole("limit", 50, MOST) or 50)
        return Response(forms.ExportShown(rows, many=True).data)

    @extend_schema(request=forms.ExportTaken, responses={202: forms.ExportShown})
    def post(self, request: Request, **kwargs: Any) -> Response:
        """Ask for a bundle that proves itself; a worker builds it."""
        return super().post(request, **kwargs)

    def act(self, request: Request, **kwargs: Any) -> Response:
        given = self.taken(forms.ExportTaken, request)
        if (key := given.pop("recipient", None)) is not None:
            if not request.user.is_provider:
                raise InvalidInput("recipient", "an examiner exports for its own organisation")
            given["recipient"] = access.get(Organisation.objects.all(), key)
        try:
            made = disclosure.export(**given, user=request.user, by=actors.of(request))
        except Absent as error:  # recorded: an answer, so that the record is kept
            return Response(problem(404, str(error)), status=404, content_type=MEDIA_TYPE)
        return self.shown(made, status=202)


class OneExport(_Log):
    acts = {"GET": (*READ, *EXPORT)}
    serializer_class = forms.ExportShown

    @extend_schema(operation_id="audit_exports_retrieve")
    def get(self, request: Request, key: str) -> Response:
        self.check_parameters()
        return self.shown(disclosure.find_export(request.user, key))


class Download(_Log):
    acts = {"GET": EXPORT}

    @extend_schema(
        operation_id="audit_exports_download", responses={(200, "application/zip"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, key: str) -> FileResponse:
        """The bundle: `python -m audit.verify BUNDLE.zip` verifies it offline."""
        self.check_parameters()
        path = disclosure.bundle_of(request.user, key)
        return FileResponse(path.open("rb"), as_attachment=True, filename=path.name)
