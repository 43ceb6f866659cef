"""What changed between two versions, and whether too much is gone."""

import hypothesis.strategies as st
from hypothesis import given, settings

from kyc.lists.delta import Digests, diff, digests, shrinkage, version_digest
from kyc.lists.entry import Entry, merge
from tests.kyc.lists.written import ALT, END, entries, sdn


def entry(**changed: tuple[str, ...]) -> Entry:
    properties = {"name": ("Armin Quell",), "alias": ("A", "B"), "notes": ("x",), "birthDate": ("1965",)}
    return Entry("inv-1", "ftm", ("inv_list",), "Person", {**properties, **changed})


def test_the_order_of_values_does_not_count() -> None:
    assert digests(entry()) == digests(entry(alias=("B", "A")))


def test_a_note_changes_the_content_only() -> None:
    before, after = digests(entry()), digests(entry(notes=("y",)))
    assert before.content != after.content
    assert before.match == after.match


def test_a_name_a_date_a_schema_or_a_list_changes_what_matches() -> None:
    base = digests(entry())
    moved = Entry("inv-1", "ftm", ("other_list",), "Person", entry().properties)
    company = Entry("inv-1", "ftm", ("inv_list",), "Company", entry().properties)
    for changed in (
        entry(alias=("A",)),
        entry(birthDate=("1966",)),
        entry(passportNumber=("A1",)),
        moved,
        company,
    ):
        assert digests(changed).match != base.match


def test_which_name_leads_changes_the_content() -> None:
    one, two = entry(name=("A Quell", "B Quell")), entry(name=("B Quell", "A Quell"))
    assert digests(one).content != digests(two).content
    assert digests(one).match == digests(two).match


def test_the_delta_of_two_versions_of_a_list() -> None:
    old = {key: digests(e) for key, e in entries("us_ofac_sdn", *sdn()).items()}
    primary = sdn()[2].open().read().decode().replace("Gender Male; ", "").replace("section 9", "section 10")
    rows = [line for line in primary.splitlines(keepends=True) if not line.startswith("103")]
    rows.insert(2, rows[0].replace("101", "104", 1))
    new = {key: digests(e) for key, e in entries("us_ofac_sdn", *sdn("".join(rows))).items()}
    delta = diff(old, new)
    assert delta.added == ("ofac-104",)
    assert delta.removed == ("ofac-103",)
    assert delta.changed == delta.changed_match == ("ofac-102",)
    assert delta.to_screen == ("ofac-102", "ofac-104")


def test_a_cosmetic_change_is_not_screened() -> None:
    old = {"a": Digests("1", "m"), "b": Digests("1", "m")}
    new = {"a": Digests("2", "m"), "b": Digests("1", "m")}
    delta = diff(old, new)
    assert (delta.changed, delta.changed_match, delta.to_screen) == (("a",), (), ())
    assert not delta.empty


versions = st.dictionaries(
    st.text("abc", min_size=1, max_size=2),
    st.tuples(st.sampled_from("12"), st.sampled_from("xy")),
    max_size=6,
)


@settings(max_examples=60)
@given(versions, versions)
def test_a_delta_leads_from_the_old_version_to_the_new(old, new) -> None:
    delta = diff(old, new)
    rebuilt = {k: v for k, v in old.items() if k not in delta.removed}
    rebuilt.update({k: new[k] for k in (*delta.added, *delta.changed)})
    assert {k: v[0] for k, v in rebuilt.items()} == {k: v[0] for k, v in new.items()}
    assert set(delta.changed_match) <= set(delta.changed)
    back = diff(new, old)
    assert (back.added, back.removed, back.changed) == (delta.removed, delta.added, delta.changed)
    assert delta.empty == (version_digest(old) == version_digest(new))


@settings(max_examples=30)
@given(versions)
def test_a_version_is_named_by_its_content_whatever_the_order(version) -> None:
    assert diff(version, version).empty
    pairs = [(key, both[0]) for key, both in reversed(version.items())]
    assert version_digest(version) == version_digest(pairs)
    assert version_digest(version).startswith("sha256:")


def test_a_list_that_loses_a_fifth_is_not_suspicious_and_one_that_loses_more_is() -> None:
    assert not shrinkage(100, 80).suspicious
    assert shrinkage(100, 79).suspicious
    assert shrinkage(100, 10).share == 0.9
    assert not shrinkage(100, 60, limit=0.5).suspicious


def test_a_list_that_is_replaced_is_suspicious_though_it_grew() -> None:
    assert shrinkage(100, 120, lost=50).suspicious
    assert not shrinkage(100, 120, lost=5).suspicious


def test_a_first_version_and_a_tiny_list_are_never_suspicious() -> None:
    assert not shrinkage(0, 5).suspicious
    assert not shrinkage(9, 1).suspicious


def test_merging_keeps_the_first_name_and_unites_the_rest() -> None:
    one = Entry(
        "k", "us_ofac_sdn", ("us_ofac_sdn",), "LegalEntity", {"name": ("Tulip",), "country": ("ec",)}, ("r1",)
    )
    two = Entry("k", "us_csl", ("us_ofac_ssi",), "Company", {"name": ("TULIP",), "country": ("pe",)}, ("r2",))
    both = merge(one, two)
    assert both.properties == {"name": ("Tulip",), "country": ("ec", "pe"), "alias": ("TULIP",)}
    assert (both.schema, both.datasets, both.referents) == (
        "Company",
        ("us_ofac_sdn", "us_ofac_ssi"),
        ("r1", "r2"),
    )


def test_dropped_aliases_show_as_fewer_names() -> None:
    full = sum(len(e.names) for e in entries("us_ofac_sdn", *sdn()).values())
    cut = sum(
        len(e.names)
        for e in entries("us_ofac_sdn", *sdn(alt=ALT.splitlines(keepends=True)[0] + END)).values()
    )
    assert (full, cut) == (7, 5)
