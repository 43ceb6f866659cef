"""One reader a layout, and the table of them."""

from __future__ import annotations

from kyc.lists.readers import (
    bis_dpl,
    ca_xml,
    csl,
    eu,
    eu_table,
    flattened,
    ftm,
    ofac_advanced,
    ofac_csv,
    ofac_enhanced,
    ofac_xml,
    registry_json,
    uk,
    uk_list,
    un_xml,
)
from kyc.lists.readers.layout import Head, Layout

LAYOUTS: tuple[Layout, ...] = (
    ofac_csv.LAYOUT,
    ofac_csv.FLAT_LAYOUT,
    ofac_xml.LAYOUT,
    ofac_advanced.LAYOUT,
    ofac_enhanced.LAYOUT,
    csl.CSV_LAYOUT,
    csl.JSON_LAYOUT,
    bis_dpl.LAYOUT,
    un_xml.LAYOUT,
    uk.CONLIST_LAYOUT,
    uk.TABLES_LAYOUT,
    uk_list.LAYOUT,
    eu.XML_LAYOUT,
    eu_table.LAYOUT,
    eu_table.LAYOUT_1_1,
    flattened.EU_LAYOUT,
    flattened.AU_LAYOUT,
    ca_xml.LAYOUT,
    registry_json.JP_LAYOUT,
    registry_json.CN_LAYOUT,
    ftm.LAYOUT,
    ftm.DELTA,
)

__all__ = ["LAYOUTS", "Head", "Layout"]
