"""The act of pruning: two persons, a reason, whole bundles."""

from __future__ import annotations

import pytest

from safeconduct.office.asking import Asking
from safeconduct.office.pruning import PruneLog, prune
from safeconduct.registry.state import Registry

NOW = 1_781_300_000_000_000


def judged(act: PruneLog, agreed: frozenset[str] = frozenset()) -> Asking:
    ask = Asking(Registry(b"k" * 32), "officer:mira", NOW, "log.prune", agreed)
    prune(act, ask)
    return ask


def test_p9_pruning_always_waits_for_a_second_officer() -> None:
    ask = judged(PruneLog("log.example", 512, "its time is over"))
    assert not ask.faults
    assert [need.authority for need in ask.needs] == [""]
    assert ask.drafts == []
    assert judged(PruneLog("log.example", 512, "old"), frozenset({"officer:mira"})).needs
    assert not judged(PruneLog("log.example", 512, "old"), frozenset({"officer:noor"})).needs


@pytest.mark.parametrize(("below", "why", "code"), [(0, "x", "bad_index"), (300, "x", "bad_index"), (256, "", "no_reason")])
def test_what_makes_no_sense_is_refused(below: int, why: str, code: str) -> None:
    assert [fault.code for fault in judged(PruneLog("log.example", below, why)).faults] == [code]
