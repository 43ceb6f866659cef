"""What clusters report, and of whom they may report."""

from datetime import timedelta

import pytest
from django.utils import timezone

from access.grants import revoke
from access.inventory import sites
from access.models import Cluster, UsageRecord
from access.usage import service as usage
from accounts.roles import Role
from audit.models import Event
from core.errors import Absent, Conflict, InvalidInput, NotAllowed
from tests import builders


def report(world, grant, kind="started", **change):
    given = {
        "grant": grant,
        "cluster": world.cluster,
        "job": "4402",
        "kind": kind,
        "accelerators": 64,
        "at": timezone.now(),
        "user": world.service,
        "by": builders.actor(world.service),
    }
    return usage.report(**{**given, **change})


def test_a_job_is_reported_once_however_often_it_is_told(world):
    grant = world.granted()
    first = report(world, grant)
    assert report(world, grant) == first
    assert UsageRecord.objects.count() == Event.objects.filter(verb="grant.used").count() == 1
    assert Cluster.objects.get().seen_at is not None
    assert [r.job for r in revoke.jobs_running(grant)] == ["4402"]
    report(world, grant, "stopped")
    assert Event.objects.filter(verb="job.stopped").count() == 1
    assert revoke.jobs_running(grant) == []


def test_a_refused_start_is_recorded(world):
    grant = world.granted()
    report(world, grant, "refused", accelerators=999, detail="too_many")
    assert Event.objects.get(verb="access.refused").payload["detail"] == "too_many"


def test_one_cluster_does_not_speak_for_another(world):
    grant = world.granted()
    other = builders.person("east-2", Role.SERVICE)
    with pytest.raises(NotAllowed):
        report(world, grant, user=other)
    admin = builders.person("second-admin", Role.ADMINISTRATOR)
    east = sites.enter_cluster(
        world.site,
        name="east-2",
        accelerator="NVIDIA H100 SXM",
        capacity=8,
        reporter=other,
        user=admin,
        by=builders.actor(admin),
    )
    with pytest.raises(InvalidInput):
        report(world, grant, cluster=east, user=other)


@pytest.mark.parametrize(
    "change",
    [{"kind": "danced"}, {"job": " "}, {"accelerators": -1}, {"at": timezone.now() + timedelta(days=1)}],
)
def test_bad_reports_are_refused(world, change):
    with pytest.raises(InvalidInput):
        report(world, world.granted(), **change)


def test_sites_are_entered_by_who_may_and_found_by_name(world):
    assert sites.site_named("North") == world.site
    assert sites.cluster_named("north-1").accelerator == "NVIDIA H100 SXM"
    with pytest.raises(Absent):
        sites.cluster_named("nowhere")
    with pytest.raises(NotAllowed):
        sites.enter_site(name="X", country="NO", user=world.first, by=builders.actor(world.first))
    admin = builders.person("second-admin", Role.ADMINISTRATOR)
    by = builders.actor(admin)
    with pytest.raises(Conflict):
        sites.enter_site(name="North", country="NO", user=admin, by=by)
    with pytest.raises(InvalidInput):
        sites.enter_site(name="South", country="NO", region="SE-AB", user=admin, by=by)
