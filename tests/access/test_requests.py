"""From the submission to the approval: rules, answers and two people."""

import json
from datetime import timedelta

import pytest
from django.utils import timezone

from access.models import AllocationRequest, Decision, Inquiry
from access.policy.pack import load_pack
from access.policy.replay import replay
from access.requests import inquiries, licences, service
from accounts.models import Approval
from accounts.roles import Role
from audit.models import Event
from core.errors import Conflict, InvalidInput, NotAllowed
from kyc.models import Question, Tenant
from kyc.onboarding import service as onboarding
from tests import builders
from tests.access.conftest import ANSWERS, work_off


def facts_of(request):
    return json.loads(request.decision.facts)


def test_a_clean_request_is_permitted_and_waits_for_people(world):
    request = world.ask(world.tenant())
    assert (request.state, request.decision.outcome) == ("decided", "permit"), request.decision.result
    facts = facts_of(request)
    assert facts["tenant"]["owners"] == [{"country": "SG", "percent": 100.0}]
    assert facts["tenant"]["ultimate_parent_country"] == "SG"
    assert facts["request"]["hours"] == 720.0
    assert service.open_points(request) == []


def test_two_people_approve_and_neither_is_the_other(world):
    request = world.ask(world.tenant())
    assert world.approve(request, world.first).step == "first"
    again = world.approve(request, world.first)
    assert again == service.Approved("refused", ("the second person must not be the first",))
    assert Event.objects.filter(verb="approval.refused").count() == 1
    assert world.approve(request, world.second).step == "approved"
    request.refresh_from_db()
    assert request.state == "approved"


def test_who_asked_for_the_accelerators_does_not_approve_them_and_the_try_is_recorded(world):
    both = builders.person("both", Role.REVIEWER, Role.APPROVER)
    request = world.ask(world.tenant(), user=both)
    refused = world.approve(request, both)
    assert refused == service.Approved("refused", ("who asked for the accelerators does not approve them",))
    assert Event.objects.get(verb="approval.refused").reason == refused.reasons[0]
    assert not Approval.objects.exists()


def test_a_denied_request_is_approved_by_nobody(world):
    answers = {**ANSWERS, "end_user_country": "IR"}
    request = world.ask(world.tenant(), answers=answers)
    assert request.decision.outcome == "deny"
    assert world.approve(request, world.first).step == "refused"
    request.refresh_from_db()
    assert request.state == "decided"
    assert not Approval.objects.exists()


def test_what_is_not_answered_is_unknown_and_asked(world):
    request = world.ask(world.tenant(), answers={**ANSWERS, "remote_access_countries": None})
    assert request.decision.outcome == "refer"
    asked = Inquiry.objects.get(request=request, fact="request.remote_access_countries")
    assert Question.objects.get().subject_id == str(request.pk)
    assert world.approve(request, world.first).step == "first"
    assert world.approve(request, world.second).step == "refused"
    service.answer(asked, answer="SG, MY", user=world.reviewer, by=builders.actor(world.reviewer))
    request.refresh_from_db()
    assert request.answers["remote_access_countries"] == ["MY", "SG"]
    assert request.decision.outcome == "permit"
    assert world.approve(request, world.second).step == "approved"


def test_an_answer_of_the_portal_is_taken_over_by_the_worker(world):
    tenant = world.tenant()
    request = world.ask(tenant, answers={**ANSWERS, "end_use": None})
    applicant = builders.person("iyarat", Role.APPLICANT, at=tenant.organisation)
    onboarding.answer(Question.objects.get(), answer="none", user=applicant, by=builders.actor(applicant))
    work_off()
    request.refresh_from_db()
    assert request.answers["end_use"] == []
    assert request.decision.outcome == "permit"


def test_a_red_flag_is_resolved_by_another_person_than_who_answered(world):
    answers = {**ANSWERS, "end_user_country": "CN"}
    request = world.ask(world.tenant(), purpose="model_training", answers=answers)
    assert request.decision.outcome == "refer"
    world.approve(request, world.first)
    assert world.approve(request, world.second).step == "refused"
    for inquiry in request.inquiries.all():
        who = world.second if inquiry.question is None else world.reviewer
        service.answer(inquiry, answer="Contract of 3 May", user=who, by=builders.actor(who))
        inquiry.refresh_from_db()
        own = service.resolve(inquiry, reason="seen", user=world.second, by=builders.actor(world.second))
        if inquiry.answered_by_id == world.second.pk:
            assert own == "who answered does not resolve"
            inquiry.refresh_from_db()
            assert not service.resolve(
                inquiry, reason="seen", user=world.first, by=builders.actor(world.first)
            )
    request.refresh_from_db()
    assert world.approve(request, world.second).step == "approved"


def test_a_question_that_would_tip_off_stays_with_staff(world):
    request = world.ask(world.tenant(), answers={**ANSWERS, "red_flags": ["site_unfit"]})
    assert request.decision.outcome == "refer"
    hidden = [i for i in request.inquiries.all() if i.question is None]
    disclosed = {r.rule for r in service.decided(request).reasons if r.disclose == "full"}
    assert all(inquiry.rule.partition("/")[2] not in disclosed for inquiry in hidden)
    assert Question.objects.count() == request.inquiries.count() - len(hidden)


def test_a_licence_must_cover_the_whole_of_it(world):
    tenant = world.tenant()
    request = world.ask(tenant, supply="hardware_transfer", answers={**ANSWERS, "end_user_country": "SG"})
    covers = {
        "tenant": tenant,
        "authority": "BIS",
        "accelerator": "H100 SXM",
        "site": world.site,
        "user": world.reviewer,
        "by": builders.actor(world.reviewer),
    }
    today = timezone.now().date()
    short = licences.record_licence(
        reference="L1", quantity=127, valid_from=today, valid_until=today + timedelta(400), **covers
    )
    early = licences.record_licence(
        reference="L2", quantity=500, valid_from=today, valid_until=today + timedelta(10), **covers
    )
    other = licences.record_licence(
        reference="L3",
        quantity=500,
        valid_from=today,
        valid_until=today + timedelta(400),
        end_user_country="MY",
        **covers,
    )
    assert {short, early, other} and licences.covering(request) is None
    good = licences.record_licence(
        reference="L4",
        quantity=128,
        valid_from=today,
        valid_until=today + timedelta(29),
        **{**covers, "accelerator": "NVIDIA H100 SXM"},
    )
    assert licences.covering(request) == good


def test_split_requests_of_one_owner_are_added_up(world):
    one, other = world.tenant("Pelangi One"), world.tenant("Pelangi Two", passport=" p-1234567 ")
    alone = world.tenant("Somebody Else", owner="Another Person", passport="X9")
    first = world.ask(one, count=500)
    assert first.decision.outcome == "permit"
    second = world.ask(other, count=500)
    assert facts_of(second)["aggregate"]["group_tpp"] == 500 * 15832
    assert second.decision.outcome == "refer"
    assert "provider/group-limit" in {i.rule for i in second.inquiries.all()}
    assert world.ask(alone, count=500).decision.outcome == "permit"
    # The one asked first is not counted down by the later one.
    service.redecide(first, by=builders.actor(world.first))
    first.refresh_from_db()
    assert facts_of(first)["aggregate"]["group_tpp"] == 0.0


def test_facts_that_got_stricter_stop_the_second_approval(world):
    request = world.ask(world.tenant())
    world.approve(request, world.first)
    AllocationRequest.objects.filter(pk=request.pk).update(answers={**ANSWERS, "end_user_country": "IR"})
    refused = world.approve(request, world.second)
    assert refused == service.Approved("refused", ("the facts have changed, and the rules now say deny",))
    assert not Approval.objects.filter(state="asked").exists()


def test_a_decision_is_replayed_to_the_byte_and_a_changed_one_is_not(world):
    request = world.ask(world.tenant())
    assert replay(request.decision).differs_at is None
    changed = Decision(
        facts=request.decision.facts,
        packs=request.decision.packs,
        as_of=request.decision.as_of,
        result=request.decision.result.replace("permit", "Permit", 1),
    )
    assert replay(changed).differs_at == request.decision.result.encode().index(b"permit")


def test_what_if_stores_nothing(world):
    request = world.ask(world.tenant(), count=800)
    assert request.decision.outcome == "refer"
    before = Decision.objects.count()
    assert service.what_if(request, count=100).after.outcome.label == "permit"
    assert any(change.changes for change in service.smallest_changes(request))
    assert Decision.objects.count() == before


def test_below_the_packs_size_nobody_has_to_look(world, monkeypatch):
    monkeypatch.setitem(load_pack("provider").parameters, "auto_below_tpp", 20_000.0)
    assert world.ask(world.tenant(), count=1).state == "approved"


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"count": 0}, "count"),
        ({"days": 0}, "days"),
        ({"purpose": "mining"}, "purpose"),
        ({"starts_on": timezone.now().date() - timedelta(2)}, "starts_on"),
        ({"accelerator": "NVIDIA H20"}, "cluster"),
        ({"answers": {"end_user_country": "Norway"}}, "request.end_user_country"),
        ({"answers": {"colour": "red"}}, "answers.colour"),
    ],
)
def test_bad_input_is_refused_with_its_field(world, change, field):
    with pytest.raises(InvalidInput) as refused:
        world.ask(world.tenant(), **change)
    assert refused.value.field == field


def test_a_held_tenant_asks_for_nothing(world):
    tenant = world.tenant()
    Tenant.objects.filter(pk=tenant.pk).update(state="held")
    with pytest.raises(Conflict):
        world.ask(tenant)


def test_a_stranger_asks_for_nobody(world):
    with pytest.raises(NotAllowed):
        world.ask(world.tenant(), user=builders.stranger())


def test_wanted_names_each_thing_once(world):
    request = world.ask(world.tenant(), answers={})
    names = [want.name for want in inquiries.wanted(service.decided(request))]
    assert len(names) == len(set(names)) == request.inquiries.count()
