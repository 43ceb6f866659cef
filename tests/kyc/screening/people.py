"""Few invented entities that the tests of this room share."""

from __future__ import annotations

from typing import Any


def entity(
    identity: str, schema: str, *names: str, datasets: tuple[str, ...] = ("demo",), **properties: Any
) -> dict[str, Any]:
    """A FollowTheMoney entity; a property may be one string or a list."""
    values = {k: [v] if isinstance(v, str) else list(v) for k, v in properties.items()}
    return {
        "id": identity,
        "schema": schema,
        "caption": names[0] if names else identity,
        "datasets": list(datasets),
        "properties": {"name": list(names), **values},
    }


def person(identity: str, *names: str, **properties: Any) -> dict[str, Any]:
    return entity(identity, "Person", *names, **properties)


def company(identity: str, *names: str, **properties: Any) -> dict[str, Any]:
    return entity(identity, "Company", *names, **properties)


VELIDRANOV = person(
    "p1",
    "Aleksei Viktorovich Velidranov",
    birthDate="1971-03-14",
    nationality="kz",
    gender="male",
    birthPlace="Karaganda",
    address="Limassol, Cyprus",
    passportNumber="N12344417",
)
LISTED = person(
    "demo-00417",
    "VELIDRANOFF, Alexey Viktorovitch",
    birthDate="1971",
    nationality="kz",
    gender="male",
    birthPlace="Almaty",
    address="Astana, Kazakhstan",
)

#: An invented list, large enough that frequent words become light.
ENTRIES: list[dict[str, Any]] = [
    LISTED,
    person("demo-1", "Mohammad Reza Tavakolian", "Mohamad Rezah Tavakkolian", birthDate="1962-05-04"),
    person("demo-2", "Ekaterina Sergeyevna Morozova", birthDate="1980-12-01", gender="female"),
    person("demo-3", "Jonathan Smithers", birthDate="1955-01-02"),
    person("demo-4", "Abdul Karim Haddadin", weakAlias=["The Doctor"]),
    person("demo-5", "Li Wenzhao", "李文昭"),
    company("demo-6", "Sable Arc Trading LLC", registrationNumber="HRB 556677"),
    company("demo-7", "Wyrnholt Maschinenbau GmbH", jurisdiction="de"),
    company("demo-8", "Baobab Trading Company Limited"),
    company("demo-9", "Ostvelt Trading and Shipping LLC"),
    company("demo-10", "Northern Star Shipping Company"),
    company("demo-11", "Karvanto Electronics Trading Limited"),
    entity("demo-12", "Vessel", "OCEAN HALCYON", imoNumber="IMO 9074729"),
    entity("demo-13", "Organization", "Brigade of the Northern Martyrs"),
]
