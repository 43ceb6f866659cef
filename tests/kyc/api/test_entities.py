"""An entity by its id, and what stands beside it."""

import pytest

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from tests import builders
from tests.kyc.api.client import Api, fields, ok, wrong
from tests.kyc.commands.lists import entity, lines

pytestmark = pytest.mark.django_db

WORKS = {
    **entity("x-9", "Eszterlund Works", "Company", registrationNumber="FN 551122 k", program="NORTH"),
    "datasets": ["us_bis_entity_list"],
    "referents": ["x-8"],
}
OF_WORKS = entity("x-1", "Konrad Eszterlund", notes="Linked To: ESZTERLUND WORKS")
OF_KONRAD = {
    **entity("x-2", "Mirabel Eszterlund", notes="Linked To: ESZTERLUND, Konrad"),
    "datasets": ["demo_list", "un_sc"],
}
NAMESAKES = [entity("x-3", "Ostap Verkhovyna"), entity("x-4", "OSTAP VERKHOVYNA")]
OF_SOMEBODY = entity("x-5", "Tamsin Quayside", notes="Linked To: Ostap Verkhovyna")


@pytest.fixture
def api(tmp_path):
    with acting_in(STAFF):
        path = lines(tmp_path / "list.json", WORKS, OF_WORKS, OF_KONRAD, *NAMESAKES, OF_SOMEBODY)
        lists.import_version(source="ftm", path=path, by=SYSTEM)
        user = builders.aldous()
    return Api(user, "match:read", scheme="ApiKey")


def test_an_entity_is_read_by_its_id_and_found_under_its_former_one(api):
    shown = ok(api.get("/entities/x-9", nested="false"))
    assert shown["properties"]["registrationNumber"] == ["FN 551122 k"]
    assert "sanctions" not in shown["properties"]
    for tail in ("", "/adjacent", "/adjacent/sanctions"):
        moved = api.get(f"/entities/x-8{tail}")
        assert (moved.status_code, moved.headers["Location"]) == (308, f"/entities/x-9{tail}")
        wrong(api.get(f"/entities/x-0{tail}"), 404)
        wrong(api.get(f"/entities/x%00{tail}"), 404)
        assert fields(api.get(f"/entities/x-9{tail}", depth="2")) == ["depth"]


def test_a_listing_is_a_sanction_of_its_list(api):
    (listing,) = ok(api.get("/entities/x-9"))["properties"]["sanctions"]
    assert (listing["schema"], listing["datasets"]) == ("Sanction", ["us_bis_entity_list"])
    assert listing["properties"]["program"] == ["NORTH"] and listing["properties"]["country"] == ["us"]
    page = ok(api.get("/entities/x-2/adjacent/sanctions"))
    assert [found["datasets"] for found in page["results"]] == [["un_sc"], ["demo_list"]]


def test_a_link_that_a_list_prints_is_shown_at_both_ends(api):
    beside = ok(api.get("/entities/x-1/adjacent"))
    assert beside["entity"]["id"] == "x-1"
    (to,), (from_,) = (beside["adjacent"][name]["results"] for name in ("unknownLinkTo", "unknownLinkFrom"))
    assert to["properties"]["object"][0]["id"] == "x-9" and "subject" not in to["properties"]
    assert from_["properties"]["subject"][0]["id"] == "x-2" and "object" not in from_["properties"]
    (same,) = ok(api.get("/entities/x-9/adjacent/unknownLinkFrom"))["results"]
    assert same["id"] == to["id"] and same["properties"]["role"] == ["Linked To"]


def test_a_link_to_a_name_of_several_parties_is_no_link(api):
    for key in ("x-3", "x-4", "x-5"):
        assert ok(api.get(f"/entities/{key}/adjacent"))["adjacent"].keys() == {"sanctions"}


def test_what_stands_beside_is_answered_page_by_page(api):
    page = ok(api.get("/entities/x-2/adjacent/sanctions", limit=1, offset=1))
    assert (page["limit"], page["offset"], page["total"]) == (1, 1, {"value": 2, "relation": "eq"})
    assert [found["datasets"] for found in page["results"]] == [["demo_list"]]
    whole = ok(api.get("/entities/x-2/adjacent", limit=1))["adjacent"]["sanctions"]
    assert len(whole["results"]) == 1 and whole["total"]["value"] == 2
    empty = ok(api.get("/entities/x-9/adjacent/unknownLinkTo"))
    assert (empty["results"], empty["total"]["value"]) == ([], 0)
    for name, value in {"limit": "501", "offset": "-1", "sort": "caption"}.items():
        assert fields(api.get("/entities/x-2/adjacent", **{name: value})) == [name]


def test_a_property_that_no_list_states_is_refused_not_answered_empty(api):
    answer = wrong(api.get("/entities/x-9/adjacent/ownershipOwner"), 404)
    assert "sanctions" in answer["detail"]
