"""The public client of the yente API, unchanged, against a server as `serve` starts it: SDK and commands."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
import yente_client
from yente_client import Client, Company, Person

from tests import servers
from tests.kyc.api.stage import Served, served
from tests.kyc.commands.lists import KONRAD, OSTAP, entity, lines
from tests.servers import Cluster

pytestmark = [pytest.mark.servers, pytest.mark.timeout(480)]

DATABASE = "client_lockgate"
WORKS = {
    **entity("x-9", "Eszterlund Works GmbH", "Company", notes="Linked To: ESZTERLUND, Konrad"),
    "id": "demo-9",
    "referents": ["demo-8"],
}
BOTH = {**entity("demo-7", "Konrad Eszterlund-Vale", nationality="de"), "datasets": ["demo_list", "un_sc"]}


@pytest.fixture(scope="module")
def installation(
    cluster: Cluster, test_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    found = servers.with_redis_database(cluster.copy(test_template, DATABASE), 4)
    path = lines(folder / "list.json", OSTAP, KONRAD, WORKS, BOTH)
    try:
        with served(found, folder / "state", [f"ftm={path}@2026-11-01"], workers=2) as installation:
            yield installation
    finally:
        cluster.drop(DATABASE)


@pytest.fixture(scope="module")
def client(installation: Served) -> Iterator[Client]:
    with Client(api_key=installation.token, base_url=installation.url, app_name="tests") as client:
        yield client


def test_it_matches_by_example(client: Client) -> None:
    found = client.match(
        Person(name="Konrad Eszterlund", birthDate="1968-02-29", passportNumber="P4417720"),
        threshold=0.8,
        algorithm="best",
        limit=3,
    )
    assert found.top is not None and found.top.id == "demo-2" and found.top.match
    assert found.limit == 3 and found.query["properties"]["birthDate"] == ["1968-02-29"]
    assert found.top.contributing_explanations["name"].detail
    assert found.matches[0].id == "demo-2"


def test_its_filters_are_honoured(client: Client) -> None:
    konrad = Person(name="Konrad Eszterlund")
    assert {hit.id for hit in client.match(konrad).results} == {"demo-2", "demo-7"}
    for filters, expected in (
        ({"exclude_entities": ["demo-2"]}, {"demo-7"}),
        ({"datasets": ["un_sc"]}, {"demo-7"}),
        ({"datasets": ["un_sc", "demo_list"]}, {"demo-2", "demo-7"}),
        ({"exclude_datasets": ["demo_list"]}, {"demo-7"}),
        ({"exclude_schemata": ["Person"]}, set()),
        ({"topics": ["export.control"]}, set()),
        ({"changed_since": "2999-01-01"}, set()),
    ):
        assert {hit.id for hit in client.match(konrad, **filters).results} == expected, filters


def test_it_screens_many_at_once(client: Client) -> None:
    asked = [("k", Person(name="Konrad Eszterlund")), ("w", Company(name="Eszterlund Works"))]
    answers = dict(client.match_iter([*asked, ("n", Person(name="Mirabel Quayside"))], workers=3))
    tops = {key: answer.top and answer.top.id for key, answer in answers.items()}
    assert tops == {"k": "demo-2", "w": "demo-9", "n": None}


def test_it_searches(client: Client) -> None:
    found = client.search(
        "eszterlund",
        schema="Person",
        countries=["at", "de"],
        filter=["properties.birthDate:1968-02-29"],
        sort=["caption:desc"],
        facets=["countries", "schema"],
        fuzzy=True,
        simple=True,
        limit=5,
    )
    assert [hit.id for hit in found.results] == ["demo-2"] and found.total.value == 1
    assert found.facets["countries"].values[0].label == "Austria"
    assert client.search("eszterlund", sort=["caption"], limit=1, offset=1).results[0].id == "demo-2"


def test_it_fetches_entities_and_what_stands_beside_them(client: Client) -> None:
    assert client.fetch("demo-8").id == "demo-9", "a former id leads on"
    konrad = client.fetch("demo-2")
    (link,) = konrad.properties["unknownLinkFrom"]
    assert link.properties["subject"][0].id == "demo-9"
    assert "sanctions" not in client.fetch("demo-2", nested=False).properties
    beside = client.adjacent("demo-7")
    assert beside.entity.id == "demo-7" and beside.adjacent["sanctions"].total.value == 2
    page = client.adjacent("demo-7", prop="sanctions", limit=1, offset=1)
    assert [listing.datasets for listing in page.results] == [["demo_list"]]
    with pytest.raises(yente_client.NotFoundError):
        client.adjacent("demo-0")


def test_it_reads_the_catalog_and_the_algorithms(client: Client) -> None:
    first, again = client.datasets(), client.datasets()
    assert first == again and "un_sc" in first.current, "the second answer is 304"
    assert client.algorithms().best == client.algorithms().default
    assert client.healthz().status == client.readyz().status == "ok"


def test_a_refusal_reaches_the_caller_in_words(client: Client, installation: Served) -> None:
    with pytest.raises(yente_client.APIError, match="algorithm"):
        client.match(Person(name="Konrad"), algorithm="logic-v2")
    with pytest.raises(yente_client.APIError, match="weights"):
        client.match(Person(name="Konrad"), weights={"name": 1.0})
    with pytest.raises(yente_client.NotFoundError):
        client.match(Person(name="Konrad"), datasets=["mars"])
    stranger = Client(api_key="lg_unknown", base_url=installation.url)
    with stranger, pytest.raises(yente_client.AuthenticationError):
        stranger.match(Person(name="Konrad"))


def command(installation: Served, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "YENTE_BASE_URL": installation.url, "OPENSANCTIONS_API_KEY": installation.token}
    program = Path(sys.executable).with_name("yente-cli")
    return subprocess.run([str(program), *arguments], env=env, capture_output=True, text=True, check=False)


def test_its_command_line_matches_one_and_screens_a_file(installation: Served, tmp_path: Path) -> None:
    one = command(installation, "match", "-s", "Person", "-p", "name=Konrad Eszterlund", "-f", "json")
    assert one.returncode == 0, one.stderr
    assert json.loads(one.stdout)["results"][0]["id"] == "demo-2"
    customers, answers = tmp_path / "customers.csv", tmp_path / "answers.csv"
    customers.write_text("number,who,born\n1,Konrad Eszterlund,1968-02-29\n2,Mirabel Quayside,1980\n")
    columns = ("-i", "who=name", "-i", "born=birthDate")
    many = command(installation, "screen", str(customers), str(answers), "-s", "Person", *columns)
    assert many.returncode == 0, many.stderr
    rows = list(csv.DictReader(answers.read_text().splitlines()))
    assert {(row["number"], row["match_id"]) for row in rows} >= {("1", "demo-2")}
    assert not any(row.get("match_error") for row in rows)
    status = json.loads(command(installation, "status", "-f", "json").stdout)
    assert status["api"]["readiness"]["status"] == "ok" and "datasets_error" not in status


@pytest.mark.skipif(sys.platform != "linux", reason="what processes share is told by Linux")
def test_workers_share_the_tables_of_names(client: Client, installation: Served) -> None:
    assert client.match(Person(name="Konrad Eszterlund")).top is not None
    workers = psutil.Process(installation.process).children()
    assert len(workers) == 2
    own = [worker.memory_full_info().uss / 2**20 for worker in workers]
    assert max(own) < 200, "megabytes; the tables alone are 400"
