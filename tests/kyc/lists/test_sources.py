"""The tables of sources and datasets, and which of two sources is believed."""

import pytest

from kyc.lists.readers import LAYOUTS
from kyc.lists.sources import DATASETS, SOURCES, blocks, in_order, outranked, spoken_for, topics

PROMISED_SOURCES = (
    "us_ofac_sdn us_ofac_cons us_csl us_bis_dpl un_sc uk_sanctions eu_fsf ca_sema au_dfat jp_meti "
    "cn_mofcom ftm"
)
PROMISED_DATASETS = (
    "us_ofac_sdn us_ofac_ssi us_ofac_cmic us_ofac_mbs us_ofac_capta us_ofac_plc us_bis_entity_list "
    "us_bis_military_end_user us_bis_denied_persons us_bis_unverified us_state_itar us_state_i"
    "sn un_sc eu_fsf "
    "uk_sanctions ca_sema au_dfat jp_meti cn_mofcom"
)


def test_every_promised_name_is_there() -> None:
    assert set(PROMISED_SOURCES.split()) <= SOURCES.keys()
    assert set(PROMISED_DATASETS.split()) <= DATASETS.keys()


def test_every_source_has_a_layout_and_every_dataset_a_source() -> None:
    assert {source for layout in LAYOUTS for source in layout.sources} == SOURCES.keys()
    assert {dataset for source in SOURCES.values() for dataset in source.datasets} == DATASETS.keys()
    assert len({layout.name for layout in LAYOUTS}) == len(LAYOUTS)


def test_the_more_specific_source_speaks_for_its_list() -> None:
    left = spoken_for("us_csl", ["us_ofac_sdn", "us_csl", "un_sc"])
    assert "us_ofac_sdn" not in left
    assert {"us_ofac_ssi", "us_bis_entity_list"} <= left
    assert spoken_for("us_ofac_sdn", ["us_csl"]) == {"us_ofac_sdn"}
    assert "us_bis_denied_persons" not in spoken_for("us_csl", ["us_bis_dpl"])
    assert outranked("ftm", ["us_ofac_sdn", "un_sc"]) == {"us_ofac_sdn", "un_sc"}


@pytest.mark.parametrize(
    ("datasets", "blocking"),
    [
        (["us_ofac_ssi"], False),
        (["us_ofac_ssi", "us_ofac_sdn"], True),
        (["us_bis_entity_list"], True),
        (["us_bis_unverified"], False),
        (["a_list_of_somebody"], True),
        ([], False),
    ],
)
def test_which_lists_hold_a_tenant(datasets: list[str], blocking: bool) -> None:
    assert blocks(datasets) is blocking


def test_topics_and_order() -> None:
    assert topics(["us_ofac_sdn", "us_bis_entity_list"]) == ("sanction", "export.control")
    assert in_order(["zz", "us_ofac_ssi", "us_ofac_sdn"]) == ("us_ofac_sdn", "us_ofac_ssi", "zz")
    assert all(d.hold_at == 0.95 for d in DATASETS.values())
