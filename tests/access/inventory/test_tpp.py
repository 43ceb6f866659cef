"""Performance, density and paragraph of an accelerator, and how a name finds its record."""

from __future__ import annotations

import pytest

from access.inventory.tpp import catalogue, is_ascend_910, paragraph, total_processing_performance

#: Model, TPP, GB/s, dense BF16 TFLOP/s: the table of the law's file.
TABLE = [
    ("NVIDIA A100 80GB SXM", 4992, 2039, 312),
    ("NVIDIA A800", 4992, 2039, 312),
    ("NVIDIA H100 SXM", 15832, 3350, 989),
    ("NVIDIA H800", 15832, 3350, 989),
    ("NVIDIA H200 SXM", 15832, 4800, 989),
    ("NVIDIA H20", 2368, 4000, 148),
    ("NVIDIA B200", 36000, 8000, 2250),
    ("NVIDIA B300", 60000, 8000, 2500),
    ("NVIDIA L40S", 5864, 864, 362),
    ("NVIDIA L4", 1936, 300, 121),
    ("NVIDIA RTX 4090", 5288, 1008, 165),
    ("AMD MI250X", 6128, 3277, 383),
    ("AMD MI300X", 20920, 5300, 1307),
    ("AMD MI325X", 20920, 6000, 1307),
    ("AMD MI355X", 40264, 8000, 2517),
    ("Intel Gaudi 2", 6920, 2450, 432),
    ("Intel Gaudi 3", 14680, 3700, 1835),
    ("Google TPU v5p", 7344, 2765, 459),
    ("AWS Trainium2", 10392, 2900, 667),
    ("Huawei Ascend 910B", 6016, None, 376),
    ("Huawei Ascend 910C", 12480, None, 780),
]


@pytest.mark.parametrize(("name", "tpp", "bandwidth", "bf16"), TABLE)
def test_the_catalogue_has_the_figures(name: str, tpp: int, bandwidth: float | None, bf16: float) -> None:
    match = catalogue().find(name)
    assert match is not None
    assert not match.ambiguous
    one = match.accelerator
    assert (one.tpp, one.dram_gbs, one.bf16_tflops) == (tpp, bandwidth, bf16)
    assert one.source
    assert not one.verified


def test_tpp_is_the_largest_over_formats() -> None:
    assert total_processing_performance([(312, 16), (624, 8)]) == 4992
    assert total_processing_performance([(100, 16), (624, 8)]) == 4992


@pytest.mark.parametrize(
    ("tpp", "density", "datacenter", "expected"),
    [
        (4800, 0.1, True, "3A090.a"),
        (4800, None, True, "3A090.a"),
        (4799, 5.92, True, "3A090.a"),
        (1600, 5.92, True, "3A090.a"),
        (1599, 99.0, True, "none"),
        (1599, None, True, "none"),
        (2400, 1.6, True, "3A090.b"),
        (2399, 1.6, True, "none"),
        (2400, 1.59, True, "none"),
        (1600, 3.2, True, "3A090.b"),
        (1600, 3.19, True, "none"),
        (4799, 5.91, True, "3A090.b"),
        (4799, 5.91, False, "none"),
        (1600, 5.92, False, "3A090.a"),
        (1600, None, True, None),
    ],
)
def test_the_paragraphs_of_3a090(
    tpp: float, density: float | None, datacenter: bool, expected: str | None
) -> None:
    assert paragraph(tpp, density, datacenter=datacenter) == expected


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("nvidia h100 sxm", "NVIDIA H100 SXM"),
        ("NVIDIA-H100-80GB-HBM3", "NVIDIA H100 SXM"),
        ("NVIDIA H100 Tensor Core GPU SXM", "NVIDIA H100 SXM"),
        ("AMD Instinct MI300X Accelerator", "AMD MI300X"),
        ("NVIDIA A100-SXM4-80GB", "NVIDIA A100 80GB SXM"),
        ("Google TPU-v5p", "Google TPU v5p"),
        ("gaudi3", "Intel Gaudi 3"),
    ],
)
def test_names_are_compared_without_case_spaces_and_filler(name: str, model: str) -> None:
    match = catalogue().find(name)
    assert match is not None
    assert (match.accelerator.name, match.ambiguous) == (model, False)


@pytest.mark.parametrize(
    ("short", "strictest"),
    [("H100", "NVIDIA H100 SXM"), ("NVIDIA A100", "NVIDIA A100 80GB SXM"), ("Gaudi", "Intel Gaudi 3")],
)
def test_a_short_name_takes_the_strictest_variant(short: str, strictest: str) -> None:
    match = catalogue().find(short)
    assert match is not None
    assert match.ambiguous
    assert match.accelerator.name == strictest


def test_an_unknown_name_finds_nothing() -> None:
    assert catalogue().find("Unknown Accelerator X") is None


def test_only_figures_near_a_threshold_have_another_side() -> None:
    near = {one.name: one.other_paragraphs for one in catalogue().accelerators if one.other_paragraphs}
    assert near.pop("NVIDIA H20") == ("3A090.b",)
    assert all(name.startswith(("NVIDIA A100", "NVIDIA A800")) for name in near)


@pytest.mark.parametrize("name", ["Huawei Ascend 910B", "ascend-910C", "Ascend910D", "Huawei Ascend 910B2"])
def test_ascend_910_is_recognised(name: str) -> None:
    assert is_ascend_910(name)


@pytest.mark.parametrize("name", ["Ascend 310", "NVIDIA H100 SXM"])
def test_other_names_are_not_ascend_910(name: str) -> None:
    assert not is_ascend_910(name)
