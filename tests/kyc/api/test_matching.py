"""The yente-compatible API: the shapes its clients read, and every parameter honoured or refused."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.record import SYSTEM
from core.scope import STAFF, acting_in
from kyc.lists import service as lists
from tests import builders
from tests.kyc.api.client import Api, fields, ok, wrong
from tests.kyc.commands.lists import KONRAD, OSTAP, entity, lines

pytestmark = pytest.mark.django_db

WORKS = {
    **entity("x-9", "Eszterlund Works GmbH", "Company", jurisdiction="at", registrationNumber="FN 551122 k"),
    "datasets": ["us_bis_entity_list"],
    "referents": ["x-8"],
}
BOTH = {**entity("x-7", "Konrad Eszterlund-Vale", nationality="de"), "datasets": ["demo_list", "un_sc"]}


@pytest.fixture
def api(tmp_path):
    with acting_in(STAFF):
        path = lines(tmp_path / "list.json", OSTAP, KONRAD, WORKS, BOTH)
        lists.import_version(source="ftm", path=path, by=SYSTEM)
        user = builders.aldous()
    return Api(user, "match:read", scheme="ApiKey")


def ask(name="Konrad Eszterlund", schema="Person", **properties):
    return {"queries": {"q": {"schema": schema, "properties": {"name": [name], **properties}}}}


def of_names(names):
    return {"queries": {"q": {"schema": "Person", "properties": {"name": names}}}}


def ids(answer, query="q"):
    return [hit["id"] for hit in ok(answer)["responses"][query]["results"]]


def test_a_match_has_the_shape_that_clients_read(api):
    body = ask(birthDate="1968-02-29", passportNumber=["P4417720"])
    answer = ok(api.post("/match/default?limit=3", body))
    assert answer["limit"] == 3
    found = answer["responses"]["q"]
    assert found["status"] == 200
    assert found["query"]["properties"]["birthDate"] == ["1968-02-29"], "one value stands for a list of one"
    assert found["total"]["relation"] == "eq" and found["total"]["value"] >= 1
    best = found["results"][0]
    assert (best["id"], best["schema"], best["match"], best["target"]) == ("demo-2", "Person", True, True)
    assert best["properties"]["passportNumber"] == ["P4417720"]
    assert best["datasets"] == ["demo_list"] and best["referents"] == []
    assert best["last_change"].endswith("Z") and best["first_seen"] is None
    assert sum(best["features"].values()) == pytest.approx(best["score"], abs=0.01)
    assert set(best["features"]) == set(best["explanations"]) <= set(answer["matcher"])
    assert {"score", "weight", "query", "candidate", "detail"} == best["explanations"]["name"].keys()


def test_several_queries_are_answered_by_name(api):
    queries = {
        "a": ask()["queries"]["q"],
        "b": {"id": "mine", "schema": "Company", "properties": {"name": "Eszterlund Works"}},
        "c": {"schema": "Person", "properties": {"name": ["Mirabel Quayside"]}},
    }
    answer = api.post("/match/default", {"queries": queries})
    assert ids(answer, "b") == ["x-9"] and ids(answer, "c") == []
    assert answer.json()["responses"]["b"]["query"]["id"] == "mine"
    assert answer.headers["X-Batch-Size"] == "3"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ("", {"demo-2", "x-7"}),
        ("?exclude_entity_ids=demo-2", {"x-7"}),
        ("?exclude_entity_ids=demo-2&exclude_entity_ids=x-7", set()),
        ("?include_dataset=un_sc", {"x-7"}),
        ("?exclude_dataset=demo_list", {"x-7"}),
        ("?exclude_dataset=demo_list&exclude_dataset=un_sc", set()),
        ("?exclude_schema=Person", set()),
        ("?topics=sanction", {"demo-2", "x-7"}),
        ("?topics=export.control", set()),
        ("?limit=1", {"demo-2"}),
        ("?cutoff=0.99", {"demo-2"}),
        ("?threshold=0.99", {"demo-2", "x-7"}),
        ("?algorithm=best", {"demo-2", "x-7"}),
    ],
)
def test_each_parameter_of_a_match_is_honoured(api, parameters, expected):
    assert set(ids(api.post(f"/match/default{parameters}", ask()))) == expected


def test_the_path_names_the_list_and_further_ones_widen_it(api):
    assert ids(api.post("/match/un_sc", ask())) == ["x-7"]
    assert set(ids(api.post("/match/un_sc?include_dataset=demo_list", ask()))) == {"demo-2", "x-7"}
    assert ids(api.post("/match/us_ofac_sdn", ask())) == []
    wrong(api.post("/match/us_ofac_snd", ask()), 404)


def test_what_changed_since_a_date_counts_alone(api):
    tomorrow = (timezone.now() + timedelta(days=1)).date().isoformat()
    before = (timezone.now() - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
    assert ids(api.post(f"/match/default?changed_since={tomorrow}", ask())) == []
    assert len(ids(api.post(f"/match/default?changed_since={before}", ask()))) == 2
    assert fields(api.post("/match/default?changed_since=lately", ask())) == ["changed_since"]


def test_an_excluded_entity_is_meant_by_its_referent_too(api):
    body = ask("Eszterlund Works GmbH", "Company")
    assert ids(api.post("/match/default", body)) == ["x-9"]
    assert ids(api.post("/match/default?exclude_entity_ids=x-8", body)) == []


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ("fuzzy=true", "fuzzy"),
        ("excluded_entity_ids=demo-2", "excluded_entity_ids"),
        ("algorithm=logic-v2", "algorithm"),
        ("threshold=1.2", "threshold"),
        ("threshold=nan", "threshold"),
        ("threshold=high", "threshold"),
        ("cutoff=-0.1", "cutoff"),
        ("changed_since=2026-13-01", "changed_since"),
        ("exclude_dataset=mars", "exclude_dataset"),
        ("exclude_entity_ids=a%00b", "exclude_entity_ids"),
        ("limit=0", "limit"),
        ("limit=501", "limit"),
        ("include_dataset=mars", "include_dataset"),
        ("exclude_schema=Vehicel", "exclude_schema"),
        ("&".join(f"exclude_entity_ids={n}" for n in range(51)), "exclude_entity_ids"),
    ],
    ids=lambda value: value[:30],
)
def test_a_parameter_that_is_not_honoured_is_refused(api, parameters, field):
    assert fields(api.post(f"/match/default?{parameters}", ask())) == [field]


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"queries": {}}, "queries"),
        ({**ask(), "weights": {"name": 1.0}}, "weights"),
        ({**ask(), "config": {"x": 1}}, "config"),
        ({**ask(), "filters": {}}, "filters"),
        ({"queries": {"q": {"schema": "Person"}}}, "queries.q.properties"),
        ({"queries": {"q": {"schema": "Persno", "properties": {"name": ["X"]}}}}, "queries.q.schema"),
        ({"queries": {"q": {"schema": "Person", "properties": {}}}}, "queries.q.properties.name"),
        (of_names([{}]), "queries.q.properties.name"),
        (
            {"queries": {"q": {"schema": "Person", "properties": {"name": [["X"]]}}}},
            "queries.q.properties.name",
        ),
        (
            {"queries": {"q": {"schema": "Person", "properties": {"name": [True]}}}},
            "queries.q.properties.name",
        ),
        ({"queries": {"q": {"schema": "Person", "properties": ["X"]}}}, "queries.q.properties"),
        ({"queries": {"q": {"schema": 7, "properties": {"name": ["X"]}}}}, "queries.q.schema"),
        ({"queries": {"q": {"properties": {"name": ["X"]}}}}, "queries.q.schema"),
        ({"queries": {"q": {"schema": "Address", "properties": {"name": ["X"]}, "x": 1}}}, "queries.q.x"),
        ({"queries": {"q": "Konrad"}}, "queries.q.properties"),
        ({"queries": [ask()]}, "queries"),
        ({"queries": {str(n): {} for n in range(101)}}, "queries"),
        ([], "body"),
    ],
)
def test_a_query_that_cannot_be_is_refused_by_its_name(api, body, field):
    answer = wrong(api.post("/match/default", body), 422)
    assert [error["field"] for error in answer["errors"]] == [field] and answer["errors"][0]["reason"]


def test_a_batch_of_the_most_queries_is_answered(api):
    queries = {str(n): ask()["queries"]["q"] for n in range(100)}
    answer = api.post("/match/default?limit=1", {"queries": queries})
    assert len(ok(answer)["responses"]) == 100 and ids(answer, "99") == ["demo-2"]


def test_a_body_that_is_no_json_is_refused(api):
    answer = api.client.post("/match/default", b"{", content_type="application/json", headers=api.headers)
    wrong(answer, 400)


def found(answer):
    return [hit["id"] for hit in ok(answer)["results"]]


def test_a_search_finds_names_by_their_words(api):
    answer = ok(api.get("/search/default", q="eszterlund", offset=0, limit=2))
    assert (answer["total"], answer["limit"], answer["offset"]) == ({"value": 3, "relation": "eq"}, 2, 0)
    assert len(answer["results"]) == 2 and answer["facets"].keys() == {"countries", "topics", "datasets"}
    assert found(api.get("/search/default", q="KONRAD esz")) == ["demo-2", "x-7"]
    assert found(api.get("/search/default", q="100%")) == []
    assert found(api.get("/search/default", q="Konrd Ezterlund")) == []
    assert "demo-2" in found(api.get("/search/default", q="Konrd Ezterlund", fuzzy="true"))
    assert len(found(api.get("/search/default"))) == 4


def test_each_filter_of_a_search_is_honoured(api):
    def ask_for(**parameters):
        return set(found(api.get("/search/default", q="eszterlund", **parameters)))

    assert ask_for(schema="LegalEntity") == {"demo-2", "x-7", "x-9"}
    assert ask_for(schema="Company") == {"x-9"}
    assert ask_for(countries="AT") == {"demo-2", "x-9"}
    assert ask_for(topics="export.control") == {"x-9"}
    assert ask_for(datasets="un_sc") == {"x-7"}
    assert ask_for(exclude_dataset="demo_list") == {"x-7", "x-9"}
    assert set(found(api.get("/search/us_bis_entity_list", q="eszterlund"))) == {"x-9"}
    facets = ok(api.get("/search/default", q="eszterlund", facets="countries"))["facets"]
    assert facets["countries"]["values"][0] == {"name": "at", "label": "Austria", "count": 2}


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({"filter": "properties.birthDate:1968-02-29"}, ["demo-2"]),
        ({"filter": "identifiers:p4417720"}, ["demo-2"]),
        ({"filter": "schema:Company"}, ["x-9"]),
        ({"filter": "properties.birthDate:1968"}, []),
        ({"filter": ["countries:at", "schema:Person"]}, ["demo-2"]),
        ({"countries": ["at", "de"]}, ["demo-2", "x-7", "x-9"]),
        ({"countries": ["at", "de"], "filter_op": "AND"}, []),
        ({"datasets": ["un_sc", "demo_list"], "filter_op": "AND"}, ["x-7"]),
        ({"filter": "target:true"}, ["demo-2", "x-7", "x-9"]),
        ({"filter": "target:false"}, []),
    ],
    ids=str,
)
def test_a_search_filters_by_fields(api, parameters, expected):
    assert set(found(api.get("/search/default", q="eszterlund", **parameters))) == set(expected)


def test_a_search_is_sorted_by_fields_and_paged_in_that_order(api):
    def order(*sorts, **more):
        return found(api.get("/search/default", q="eszterlund", sort=list(sorts), **more))

    assert order("caption") == ["x-9", "demo-2", "x-7"]
    assert order("caption:desc") == ["x-7", "demo-2", "x-9"]
    assert order("properties.birthDate", "entity_id:desc") == ["demo-2", "x-9", "x-7"], (
        "without a value: last"
    )
    assert order("schema", "caption:desc", limit=1, offset=1) == ["x-7"]


def test_a_search_counts_by_every_facet(api):
    names = ["countries", "topics", "datasets", "schema", "identifiers", "genders"]
    facets = ok(api.get("/search/default", q="eszterlund", facets=names))["facets"]
    assert facets.keys() == set(names)
    assert {v["name"]: v["count"] for v in facets["schema"]["values"]} == {"Person": 2, "Company": 1}
    assert {v["name"] for v in facets["identifiers"]["values"]} == {"P4417720", "FN 551122 k"}


@pytest.mark.parametrize(
    ("parameters", "field"),
    [
        ({"sort": "x"}, "sort"),
        ({"sort": "caption:up"}, "sort"),
        ({"filter": "a:b"}, "filter"),
        ({"filter": "schema"}, "filter"),
        ({"filter": "properties.:x"}, "filter"),
        ({"filter_op": "XOR"}, "filter_op"),
        ({"facets": "names"}, "facets"),
        ({"schema": "Persno"}, "schema"),
        ({"datasets": "mars"}, "datasets"),
        ({"limit": "-1"}, "limit"),
        ({"offset": "9501"}, "offset"),
        ({"fuzzy": "perhaps"}, "fuzzy"),
        ({"q": "Konrad\0"}, "q"),
        ({"target": "true"}, "target"),
    ],
    ids=str,
)
def test_what_a_search_cannot_do_is_refused_by_its_name(api, parameters, field):
    answer = wrong(api.get("/search/default", **parameters), 422)
    assert [error["field"] for error in answer["errors"]] == [field] and answer["errors"][0]["reason"]


def test_the_catalog_says_what_is_in_force(api):
    answer = ok(api.get("/catalog"))
    by_name = {dataset["name"]: dataset for dataset in answer["datasets"]}
    assert by_name["default"]["children"] == answer["current"]
    assert {"demo_list", "un_sc", "us_bis_entity_list"} == set(answer["current"])
    assert by_name["un_sc"]["entity_count"] == 1 and by_name["un_sc"]["index_current"]
    assert by_name["eu_fsf"]["load"] is False
    etag = api.get("/catalog").headers["ETag"]
    assert api.get("/catalog", headers={"If-None-Match": etag}).status_code == 304


def test_there_is_one_algorithm_and_it_is_the_best(api):
    answer = ok(api.get("/algorithms"))
    assert answer["default"] == answer["best"] == answer["algorithms"][0]["name"]


def test_matching_needs_its_own_scope():
    wrong(Api().post("/match/default", ask()), 401)
    with acting_in(STAFF):
        reader = Api(builders.renwick(), "tenants:read")
    wrong(reader.post("/match/default", ask()), 403)
    wrong(reader.get("/catalog"), 403)
