"""A request's page: the answer, the reasons, four eyes, what-if and replay."""

import pytest
from lxml import html

from access.models import AllocationRequest, Decision, Inquiry
from accounts.roles import Role
from audit.models import Event
from core.scope import STAFF, acting_in
from tests import builders
from tests.access.conftest import world  # noqa: F401
from tests.console.operator.story import PART, counted, read
from tests.console.spaced import words

pytestmark = pytest.mark.django_db


@pytest.fixture
def referred(world):  # noqa: F811
    """448 are asked for by one tenant of the group, then 512 by another: too much together."""
    world.ask(world.tenant("Saffron Delta Research"), count=448, purpose="model_training", answers={})
    return world.ask(world.tenant("Saffron Delta Models"), count=512, purpose="model_training", answers={})


def url(request, act=""):
    return f"/requests/{request.label}/{act}"


def test_the_queue_names_who_is_waited_for(world, sign_in, referred):  # noqa: F811
    page = read(sign_in(world.first), "/requests/")
    assert page.xpath("//h1")[0].text_content() == "2 requests wait, none is late"
    assert "8,105,984" in words(page)
    assert "No request waits" in words(read(sign_in(world.first), "/requests/?q=Veldmarin"))


def test_a_grant_that_is_withheld_waits_for_a_person(world, sign_in):  # noqa: F811
    with acting_in(STAFF):
        request = world.ask(world.tenant())
        world.approve(request, world.first)
        world.approve(request, world.second)
    assert "Withheld" not in words(read(sign_in(world.first), "/requests/"))
    why = "UN list was last known to be current at 2026-09-01 08:00 UTC; the limit is 26 h."
    with acting_in(STAFF):
        AllocationRequest.objects.update(withheld=[why])
    text = words(read(sign_in(world.first), "/requests/?queue=withheld"))
    assert "1 withheld" in text and request.label in text and why[:60] in text
    with acting_in(STAFF):
        AllocationRequest.objects.update(state="granted")
    assert "Not renewed" in words(read(sign_in(world.first), "/requests/?queue=withheld"))


def test_the_answer_comes_first_with_the_strongest_reasons_cited(world, sign_in, referred):  # noqa: F811
    text = words(read(sign_in(world.first), url(referred)))
    assert "Refer A person must decide:" in text
    assert "The control group would hold 15,198,720 TPP, more than its limit." in text
    assert "group_tpp 7,092,736" in text
    assert "tpp 8,105,984 · 512 × 15,832" in text
    assert "15 CFR 742.6(a)(6) · suspended" in text
    assert text.index("The control group would hold") < text.index("Nobody in the chain")


def test_rules_left_open_by_the_same_facts_are_one_row_that_cites_each(world, sign_in, referred):  # noqa: F811
    rows = [
        words(row)
        for row in read(sign_in(world.first), url(referred)).xpath("//table[@class='reasons']//tbody/tr")
    ]
    together = [row for row in rows if "31 CFR part 515" in row]
    assert len(together) == 1
    assert "31 CFR part 560" in together[0]
    assert "would decide 6 rules" in together[0]


def test_what_if_shows_what_falls_away_and_saves_nothing(world, sign_in, referred):  # noqa: F811
    client = sign_in(world.first)
    before = (
        Decision.objects.count(),
        Event.objects.count(),
        AllocationRequest.objects.get(pk=referred.pk).count,
    )
    page = read(client, url(referred, "?count=309"))
    lines = words(page.xpath("//*[@id='what-if']")[0])
    assert "Still refer" in lines
    assert "Limit of the control group was 15,198,720 Falls away" in lines
    assert before == (
        Decision.objects.count(),
        Event.objects.count(),
        AllocationRequest.objects.get(pk=referred.pk).count,
    )


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("count=none", "whole number"),
        ("on=tomorrow", "2026-12-01"),
        ("site=x", "no such site"),
        ("packs=x", "no such pack"),
    ],
)
def test_a_what_if_that_cannot_be_says_why(world, sign_in, referred, query, said):  # noqa: F811
    assert said in words(
        read(sign_in(world.first), url(referred, f"?{query}")).xpath("//*[@id='what-if']")[0]
    )


def test_the_control_group_is_drawn_against_its_limit(world, sign_in, referred):  # noqa: F811
    answer = sign_in(world.first).get(url(referred, "group/"), headers=PART)
    page = html.fromstring(answer.content.decode())
    assert "2 tenants · same owner of half or more" in words(page)
    said = page.xpath("//svg/@aria-label")[0]
    assert said.endswith("7,092,736 today, 15,198,720 with this request, limit 12,000,000.")


def test_smallest_changes_are_a_part_of_their_own(world, sign_in, referred):  # noqa: F811
    text = words(read(sign_in(world.first), url(referred, "changes/"), headers=PART))
    assert "At most 309 instead of 512" in text
    assert "Parent added to a blocking list" in text


def test_parts_come_within_the_whole_page_where_no_script_runs(world, sign_in, referred):  # noqa: F811
    page = words(read(sign_in(world.first), url(referred, "changes/")))
    assert "At most 309 instead of 512" in page and "Missing facts" in page
    page = words(read(sign_in(world.first), url(referred, "group/")))
    assert "2 tenants · same owner of half or more" in page and "Missing facts" in page


def test_approval_takes_two_people_and_the_first_again_is_refused_in_words(world, sign_in):  # noqa: F811
    request = world.ask(world.tenant())
    first, second = sign_in(world.first), sign_in(world.second)
    first.post(url(request, "approve/"), {"reason": "It fits."})
    again = first.post(url(request, "approve/"), follow=True)
    assert again.redirect_chain == [(url(request), 303)]
    assert "Not approved: the second person must not be the first" in again.content.decode()
    page = read(first, url(request))
    shut = page.xpath("//button[@disabled]")[0].text_content()
    assert shut == "Approve, the second person must not be the first"
    assert "You may: you did not ask and are not the first." in words(read(second, url(request)))
    done = second.post(url(request, "approve/"), {"reason": "It fits."}, follow=True)
    assert "It is approved" in done.content.decode()
    request.refresh_from_db()
    assert request.state == "approved"


def test_the_second_approval_waits_for_answers(world, sign_in, referred):  # noqa: F811
    sign_in(world.first).post(url(referred, "approve/"))
    page = read(sign_in(world.second), url(referred))
    assert "waits for 4 answers" in page.xpath("//button[@disabled]")[0].text_content()
    tried = sign_in(world.second).post(url(referred, "approve/"), follow=True)
    assert "Not approved:" in tried.content.decode()


def test_a_reviewer_sees_why_it_may_not_approve(world, sign_in, referred):  # noqa: F811
    page = read(sign_in(world.reviewer), url(referred))
    assert "an approver does that" in page.xpath("//button[@disabled]")[0].text_content()
    answer = sign_in(world.reviewer).post(url(referred, "approve/"), follow=True)
    assert "Nothing was changed: Only an approver approves a request." in answer.content.decode()


def test_a_refusal_needs_a_reason_and_is_kept(world, sign_in, referred):  # noqa: F811
    client = sign_in(world.first)
    assert "say why" in client.post(url(referred, "refuse/"), {"reason": " "}, follow=True).content.decode()
    client.post(url(referred, "refuse/"), {"reason": "Too much for the site."})
    assert "A person refused it: Too much for the site." in words(read(client, url(referred)))


def test_a_replay_gives_the_same_bytes(world, sign_in, referred):  # noqa: F811
    answer = sign_in(world.first).post(url(referred, "replay/"))
    size = len(referred.decision.result.encode())
    assert f"the same {size:,} bytes" in answer.content.decode()


def test_an_open_point_is_answered_by_one_and_settled_by_another(world, sign_in, referred):  # noqa: F811
    point = Inquiry.objects.filter(request=referred, fact="request.end_user_country").get()
    path = url(referred, f"questions/{point.pk}/")
    both = builders.person("both", Role.REVIEWER, Role.APPROVER)
    sign_in(both).post(path, {"act": "answer", "answer": "SG"})
    assert "who answered does not settle" in words(read(sign_in(both), path))
    sign_in(both).post(path, {"act": "settle", "reason": "I believe it"})
    point.refresh_from_db()
    assert point.resolved_at is None
    sign_in(world.first).post(path, {"act": "settle", "reason": "A contract says so"})
    point.refresh_from_db()
    assert point.resolved_by == world.first
    assert "A contract says so" in words(read(sign_in(world.first), url(referred)))


def test_a_request_is_nobody_elses(world, sign_in, referred, client):  # noqa: F811
    tenant_person = builders.person("iyarat", Role.APPLICANT, at=referred.tenant.organisation)
    assert sign_in(tenant_person).get(url(referred)).status_code == 403
    assert sign_in(tenant_person).post(url(referred, "approve/")).status_code == 403
    assert client.get(url(referred)).status_code == 302
    assert sign_in(world.first).get("/requests/R-1/").status_code == 404


def test_pages_cost_at_most_twenty_queries(world, sign_in, referred):  # noqa: F811
    sign_in(world.first).post(url(referred, "approve/"))
    client = sign_in(world.second)
    for path in (
        "/requests/",
        "/requests/?queue=second",
        url(referred),
        url(referred, "?count=309"),
        url(referred, "group/"),
    ):
        headers = PART if path.endswith("group/") else None
        read(client, path, headers=headers)
        with counted() as statements:
            read(client, path, headers=headers)
        assert len(statements) <= 20, (path, "\n".join(statements))


def test_more_tenants_and_requests_cost_no_more(world, sign_in, referred):  # noqa: F811
    client = sign_in(world.first)

    def cost():
        read(client, "/requests/")
        with counted() as statements:
            read(client, "/requests/")
        return len(statements)

    few = cost()
    for number in range(3):
        with acting_in(STAFF):
            world.ask(world.tenant(f"Another {number}", owner=f"Somebody {number}", passport=f"X{number}"))
    assert cost() == few
