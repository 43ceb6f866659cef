"""The main path on the real SDN list: a party that a later version adds sits three layers above a tenant."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pycountry

from access.models import Grant
from audit.models import Event
from config.supervisor import Supervisor
from console.demo.story import Person
from core.scope import staff_transaction
from kyc.lists.reading import read_source
from kyc.models import Alert, Entry, RescreenItem, Tenant
from tests.journeys import acts, proofs
from tests.shared_data import shared_data

SDN = "us_ofac_sdn"
BEFORE, AFTER = date(2022, 1, 21), date(2023, 12, 28)
#: Where the rules themselves stop or question an owner: the story is about the list alone.
RESTRICTED = {"by", "cn", "cu", "hk", "ir", "kp", "mm", "mo", "ni", "ru", "sy", "ve", "zw"}
INES = Person("p", "Ines Quarrelmont", "PT", date(1979, 9, 14), "F", "D8830142", date(2030, 1, 19))
OTHERS = [
    ("Untouched Compute Pte. Ltd.", "Imre Halasvari", "HU", "BE7716038"),
    ("Kelpforest Models Pte. Ltd.", "Banu Kalyanavel", "MY", "A21100934"),
]


def newly_listed() -> tuple[str, Person]:
    """The first person of the new file who is not in force yet, has one birth date, one passport whose
    number fits a machine-readable zone, and one nationality that no rule restricts."""
    with staff_transaction():
        known = set(Entry.objects.filter(source=SDN, until__isnull=True).values_list("key", flat=True))
    for entry in read_source(SDN, shared_data("ofac/2023-12-28")):
        has = [entry.properties.get(name, ()) for name in ("birthDate", "passportNumber", "nationality")]
        if entry.schema != "Person" or entry.key in known or any(len(values) != 1 for values in has):
            continue
        (born,), (passport,), (country,) = has
        if (
            re.fullmatch(r"\d{4}-\d\d-\d\d", born)
            and re.fullmatch(r"[A-Z0-9]{6,9}", passport)
            and country not in RESTRICTED
            and pycountry.countries.get(alpha_2=country)
        ):
            sex = {"male": "M", "female": "F"}.get(entry.properties.get("gender", ("male",))[0], "M")
            return entry.key, Person(
                "top",
                entry.caption,
                country.upper(),
                date.fromisoformat(born),
                sex,
                passport,
                date(2031, 6, 30),
            )
    raise AssertionError("the new version adds nobody who fits")


def test_a_newly_listed_indirect_owner_ends_the_grant_and_touches_nobody_else(
    worker: Supervisor, tmp_path: Path
) -> None:
    cast = acts.cast()
    first = acts.import_list(SDN, shared_data("ofac/2022-01-21"), as_of=BEFORE)
    assert first.entities == 9_044
    key, owner = newly_listed()
    tenant = acts.apply(cast, "Veldmarin Robotics Pte. Ltd.", top=owner, partner=INES)
    others = [
        acts.apply(
            cast,
            name,
            top=Person("top", person, country, date(1974, 4, 3), "M", passport, date(2031, 6, 30)),
            partner=Person(
                "p", f"Otmar {name[:6]}quist", "SE", date(1981, 3, 30), "M", passport[::-1], date(2031, 2, 11)
            ),
        )
        for name, person, country, passport in OTHERS
    ]
    for one in (tenant, *others):
        acts.approved(cast, one)
    grant = acts.granted(cast, tenant)
    live = [acts.granted(cast, one, count=128) for one in others]
    before = [acts.events_of(one) for one in others]

    second = acts.import_list(SDN, shared_data("ofac/2023-12-28"), as_of=AFTER)
    assert (second.entities, second.added - second.removed) == (13_821, 13_821 - 9_044)
    acts.seen(lambda: Grant.objects.filter(pk=grant.pk, revoked_at__isnull=False).exists(), within=90)
    acts.seen(
        lambda: RescreenItem.objects.exists() and not RescreenItem.objects.filter(done_at=None).exists()
    )

    with staff_transaction():
        alert = Alert.objects.get()
        assert (alert.tenant_id, alert.party.reference, alert.entry_key) == (tenant.pk, "top", key)
        assert alert.holds and alert.blocking
        states = dict(Tenant.objects.values_list("pk", "state"))
        assert states == {tenant.pk: "held", **dict.fromkeys([one.pk for one in others], "approved")}
        assert not Grant.objects.filter(pk__in=[one.pk for one in live], revoked_at__isnull=False).exists()
        assert Event.objects.filter(verb="party.rescreened").count() == 1
    assert [acts.events_of(one) for one in others] == before
    assert proofs.offline(grant, tmp_path)[1]["reason"] == "revoked"
    assert [proofs.offline(one, tmp_path)[0] for one in live] == [0, 0]

    whole = acts.exported(cast)
    assert "none missing" in proofs.verified(whole, tmp_path)
    with staff_transaction():
        own = Event.objects.filter(scopes__contains=[f"tenant:{tenant.pk}"])
        approved = own.filter(verb="request.approved").get().leaf.index
        issued = own.filter(verb="grant.issued").get().leaf.index
    at = proofs.order_of(
        whole,
        *("request.approved", "grant.issued", "list.imported"),
        *("party.rescreened", "tenant.held", "grant.revoked"),
    )
    assert approved in at["request.approved"] and issued in at["grant.issued"]
    assert [len(at[v]) for v in ("list.imported", "party.rescreened", "tenant.held", "grant.revoked")] == [
        2, 1, 1, 1,
    ]  # fmt: skip
    imported = at["list.imported"][1]
    order = [
        approved, issued, imported, at["party.rescreened"][0], at["tenant.held"][0], at["grant.revoked"][0],
    ]  # fmt: skip
    assert order == sorted(order)
    assert max(at["grant.issued"]) < imported  # the other grants, too, are older than the version
