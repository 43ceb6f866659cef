import pytest
from django.db import IntegrityError, transaction

from accounts import approvals
from accounts.models import Approval
from accounts.roles import Act, Role
from audit.models import Event
from core.errors import Conflict, NotAllowed
from core.scope import STAFF, acting_in
from tests import builders

pytestmark = pytest.mark.django_db

ACT = "request"
NEEDS = Act.APPROVE_REQUESTS


@pytest.fixture(autouse=True)
def _staff():
    with acting_in(STAFF):
        yield


def _asked_by(user):
    tenant = builders.a_tenant()
    return tenant, approvals.ask(tenant, ACT, user=user, by=builders.actor(user), needs=NEEDS)


def test_a_second_person_approves():
    tenant, approval = _asked_by(builders.halloway())
    second = builders.renwick()
    outcome = approvals.approve(approval, tenant, user=second, by=builders.actor(second), needs=NEEDS)
    assert outcome.given
    assert Approval.objects.get().approved_by == second


def test_second_operator_must_differ_from_the_first_and_the_refusal_is_recorded():
    first = builders.halloway()
    tenant, approval = _asked_by(first)
    outcome = approvals.approve(approval, tenant, user=first, by=builders.actor(first), needs=NEEDS)
    assert (outcome.given, outcome.why) == (False, "the second person must not be the first")
    assert Approval.objects.get().state == "asked"
    assert Event.objects.filter(verb="approval.refused").count() == 1


def test_who_invited_the_first_person_may_not_be_the_second():
    inviter = builders.renwick()
    first = builders.person("halloway", Role.APPROVER, invited_by=inviter)
    tenant, approval = _asked_by(first)
    outcome = approvals.approve(approval, tenant, user=inviter, by=builders.actor(inviter), needs=NEEDS)
    assert outcome.why == "the second person invited the first"


def test_whom_the_first_person_invited_may_not_be_the_second():
    first = builders.halloway()
    guest = builders.person("guest", Role.APPROVER, invited_by=first)
    tenant, approval = _asked_by(first)
    outcome = approvals.approve(approval, tenant, user=guest, by=builders.actor(guest), needs=NEEDS)
    assert outcome.why == "the first person invited the second"


@pytest.mark.parametrize(
    ("approver", "constraint"),
    [("first", "approver_is_not_the_asker"), ("inviter", "approver_did_not_invite_the_asker")],
)
def test_the_database_refuses_what_the_service_would_refuse(approver, constraint):
    inviter = builders.renwick()
    first = builders.person("halloway", Role.APPROVER, invited_by=inviter)
    _, approval = _asked_by(first)
    by = {"first": first, "inviter": inviter}[approver]
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        Approval.objects.filter(pk=approval.pk).update(state="approved", approved_by=by)


def test_somebody_without_the_role_cannot_ask():
    with pytest.raises(NotAllowed):
        _asked_by(builders.aldous())


def test_an_approval_is_given_once():
    tenant, approval = _asked_by(builders.halloway())
    second = builders.renwick()
    approvals.approve(approval, tenant, user=second, by=builders.actor(second), needs=NEEDS)
    with pytest.raises(Conflict, match="approved already"):
        approvals.approve(approval, tenant, user=second, by=builders.actor(second), needs=NEEDS)


def test_an_administrator_holds_no_approving_role():
    from accounts.people import check_roles
    from core.errors import InvalidInput

    with pytest.raises(InvalidInput, match="administrator and approver"):
        check_roles(builders.provider(), {Role.ADMINISTRATOR, Role.APPROVER})
