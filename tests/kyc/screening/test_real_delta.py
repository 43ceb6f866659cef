"""What the real SDN list added in two years: forward and reverse search agree on every pair."""

from __future__ import annotations

from itertools import islice

from kyc.lists.reading import read_source
from kyc.screening.index import Snapshot
from kyc.screening.names import analyse
from tests.kyc.screening.people import entity
from tests.shared_data import shared_data

CHANGED, PARTIES = 150, 300


def test_forward_and_reverse_agree_on_the_entries_that_a_year_added() -> None:
    before = {entry.key for entry in read_source("us_ofac_sdn", shared_data("ofac/2022-01-21"))}
    after = read_source("us_ofac_sdn", shared_data("ofac/2023-12-28"))
    added = [e.to_ftm() for e in islice((e for e in after if e.key not in before), CHANGED)]
    lists = Snapshot.build(added)
    bases = [added[x % len(added)] for x in range(PARTIES)]
    parties = [
        entity(f"p{x}", base["schema"], base["caption"].replace(",", "")[: 40 - x % 7].replace("KH", "H", 1))
        for x, base in enumerate(bases)
    ]
    ours = Snapshot.of_parties(parties, lists.weights)
    asked = [analyse(party) for party in parties]
    forward = {
        (question.id, match.id): match.score
        for question, found in zip(asked, lists.search_many(asked, None, floor=0.7), strict=True)
        for match in found
    }
    entries = [analyse(each) for each in added]
    reverse = {
        (match.id, entry.id): match.score
        for entry, found in zip(entries, ours.search_many(entries, None, floor=0.7), strict=True)
        for match in found
    }
    assert forward == reverse
    assert len(forward) > PARTIES // 3
