"""What watches an installation: is it up, is it ready, how far behind is it."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from django.core.cache import cache
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.http import require_safe
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.registry import Collector
from redis.exceptions import RedisError

from access.models import Grant
from accounts.models import ApiToken
from accounts.problems import MEDIA_TYPE, problem
from accounts.roles import Act
from audit import delivery, reading
from audit.models import Delivery, Export
from core.scope import staff_transaction
from kyc.lists import freshness as list_freshness
from kyc.lists import store
from kyc.models import Alert, ListVersion, Screening, Tenant
from kyc.screening import freshness, rescreening, sample

#: Tenants with a line of their own, at most.
MOST_TENANTS = 1000


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """Whether this process answers at all."""
    return JsonResponse({"status": "ok"})


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """Whether database, broker and schema are there: 503 names what is not."""
    parts = {"database": _database, "redis": _redis, "schema": _schema}
    missing = {name: reason for name, check in parts.items() if (reason := check())}
    if missing:
        detail = "; ".join(f"{name}: {reason}" for name, reason in missing.items())
        body = problem(503, detail, failing=sorted(missing))
        return JsonResponse({**body, "state": "unavailable"}, status=503, content_type=MEDIA_TYPE)
    return JsonResponse({"status": "ok"})


@require_safe
def metrics(request: HttpRequest) -> HttpResponse:
    """Prometheus. For a token with `grants:read`, or for a program on this machine."""
    token: ApiToken | None = getattr(request, "api_token", None)
    if token is not None:
        if not token.user.may(Act.SEE_GRANTS):
            return _refused(403, f"This needs the scope {Act.SEE_GRANTS.value}.")
    elif not _is_local(request):
        response = _refused(401, "A token is needed from other machines.")
        response["WWW-Authenticate"] = 'Bearer realm="lockgate"'
        return response
    registry = CollectorRegistry()
    registry.register(_Figures(timezone.now()))
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _refused(status: int, detail: str) -> JsonResponse:
    return JsonResponse(problem(status, detail), status=status, content_type=MEDIA_TYPE)


def _is_local(request: HttpRequest) -> bool:
    """Asked from this machine, and not handed on by a proxy on it."""
    if any(name in request.headers for name in ("X-Forwarded-For", "Forwarded", "X-Real-Ip")):
        return False
    try:
        return ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        return False


def _database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError as error:
        return type(error).__name__
    return ""


def _redis() -> str:
    try:
        cache.get("lockgate.ready")
    except (RedisError, OSError) as error:
        return type(error).__name__
    return ""


def _schema() -> str:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as error:
        return type(error).__name__
    return f"{len(missing)} migrations are missing" if missing else ""


class _Figures(Collector):
    """Figures read from the rows at the moment of asking: true for the whole installation."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def collect(self) -> Iterator[Metric]:
        with staff_transaction():
            yield from self._queues()
            yield from self._log()
            yield from self._lists()
            yield from self._states()

    def _age(self, when: datetime | None) -> float:
        return max(0.0, (self.now - when).total_seconds()) if when else 0.0

    def _queues(self) -> Iterator[Metric]:
        depth = _gauge("queue_depth", "Rows that wait for a worker.", "queue")
        open_deliveries = Delivery.objects.filter(done_at__isnull=True)
        depth.add_metric(["deliveries"], open_deliveries.count())
        depth.add_metric(["rescreening"], rescreening.open_items())
        waiting = Export.objects.filter(state__in=[Export.State.ASKED, Export.State.BUILDING])
        depth.add_metric(["exports"], waiting.count())
        yield depth
        yield _one(
            "rescreening_failing", "Items that failed and are tried again.", rescreening.failing().count()
        )
        yield _one(
            "rescreening_differences",
            "Alerts that a full pass over a sample found missing.",
            sample.differences(),
        )
        failing = open_deliveries.filter(attempts__gt=0).count()
        yield _one("deliveries_failing", "Deliveries that failed and are tried again.", failing)

    def _log(self) -> Iterator[Metric]:
        yield _one(
            "oldest_undelivered_event_seconds",
            "Age of the oldest event that a subscriber has not had.",
            delivery.lag(self.now).total_seconds(),
        )
        waiting = reading.waiting()
        yield _one("events_unsequenced", "Committed events without a place in the log.", waiting.count)
        yield _one(
            "oldest_unsequenced_event_seconds", "Age of the oldest of them.", self._age(waiting.oldest_at)
        )
        yield _one("log_size", "Leaves that the newest checkpoint covers.", reading.signed_size())
        yield _one(
            "horizon_age_seconds",
            "Age of the oldest writing transaction: the sequencer waits for it.",
            reading.horizon_age().total_seconds(),
        )

    def _lists(self) -> Iterator[Metric]:
        imported = _gauge("list_in_force_seconds", "Since a version came into force.", "source")
        in_force = store.versions_in_force()
        for source, version in in_force.items():
            imported.add_metric([source], self._age(version.in_force_at))
        yield imported
        checked = _gauge("list_checked_seconds", "Since it was seen that a list is the newest.", "source")
        limit = _gauge("list_limit_seconds", "From which age on no grant rests on a list.", "source")
        overdue = _gauge("list_overdue", "1 where no grant is issued or renewed because of a list.", "source")
        failing = _gauge("list_looks_failing", "Looks at a publisher since the last good one.", "source")
        for one in list_freshness.lists(in_force):
            if at := one.checked_at(self.now):
                checked.add_metric([one.source], self._age(at))
            if one.limit is not None:
                limit.add_metric([one.source], one.limit.total_seconds())
            overdue.add_metric([one.source], int(bool(one.overdue(self.now))))
            failing.add_metric([one.source], one.look.failures if one.look and one.look.failing_since else 0)
        yield from (checked, limit, overdue, failing)
        yield from self._screened(in_force)
        oldest = Screening.objects.filter(party__removed_at__isnull=True).order_by("at").first()
        yield _one(
            "oldest_screening_seconds",
            "Age of the oldest whole screening of a party; list changes are followed without one.",
            self._age(oldest.at if oldest else None),
        )

    def _screened(self, in_force: Mapping[str, ListVersion]) -> Iterator[Metric]:
        after = _gauge(
            "screened_after_publication_seconds",
            "From the publication of the version in force until every tenant stood screened against it.",
            "source",
        )
        for source, ended in freshness.lists_now().followed.items():
            published = in_force[source].published_at if source in in_force else None
            if ended is not None and published is not None:
                after.add_metric([source], max(0.0, (ended - published).total_seconds()))
        yield after
        behind = freshness.behind()
        yield _one(
            "tenants_behind", "Tenants with parties not screened against the lists in force.", len(behind)
        )
        # Of the tenants, those that differ from the lists' own figures: one line each, never too many.
        parties = _gauge(
            "tenant_parties_behind", "Parties not screened, of tenants that are behind.", "tenant"
        )
        worst = sorted(behind, key=lambda tenant: -behind[tenant])[:MOST_TENANTS]
        for tenant in Tenant.objects.filter(pk__in=worst).only("number"):
            parties.add_metric([tenant.label], behind[tenant.pk])
        yield parties

    def _states(self) -> Iterator[Metric]:
        tenants = _gauge("tenants", "Tenants by state.", "state")
        for state, count in _by_state(Tenant):
            tenants.add_metric([state], count)
        yield tenants
        counts = Alert.objects.filter(state__in=Alert.UNDECIDED).aggregate(
            open=Count("pk"), overdue=Count("pk", filter=Q(due_at__lt=self.now))
        )
        yield _one("alerts_undecided", "Alerts that wait for a decision.", counts["open"])
        yield _one("alerts_overdue", "Of them, those past their time.", counts["overdue"])
        live = Grant.objects.filter(revoked_at__isnull=True, expires_at__gt=self.now)
        yield _one("grants_live", "Grants that are neither revoked nor expired.", live.count())


def _by_state(model: Any) -> list[tuple[str, int]]:
    return list(model.objects.values_list("state").annotate(n=Count("pk")).order_by("state"))


def _gauge(name: str, text: str, label: str) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"lockgate_{name}", text, labels=[label])


def _one(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(f"lockgate_{name}", text, value=value)
