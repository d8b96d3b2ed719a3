"""The ledger: which stories of a writer are whole, and which are not."""

from __future__ import annotations

import pytest

from safeconduct.audit.chain import Ledger
from safeconduct.audit.entries import ActPerformed, CallEnded, Entry, LogPruned, Outcome, WriterStopped, encode
from safeconduct.audit.tree import leaf_hash
from support.audit_samples import T0, decided, ended, started


def chained(*entries: Entry, boot: str = "w1") -> list[Entry]:
    prev = ""
    for seq, entry in enumerate(entries, 1):
        entry.boot, entry.node, entry.seq, entry.prev = boot, "n", seq, prev
        prev = leaf_hash(encode(entry)).hex()
    return list(entries)


def closing(seq: int, outcome: Outcome = Outcome.SERVED, boot: str = "w1", forwarded: bool = True) -> CallEnded:
    entry = ended("c", outcome, forwarded)
    entry.closes_boot, entry.closes_seq = boot, seq
    return entry


def read(entries: list[Entry]) -> tuple[Ledger, list[str]]:
    ledger = Ledger()
    codes = []
    for index, entry in enumerate(entries):
        codes += [f"{finding.code}@{finding.index}" for finding in ledger.read(index, entry, leaf_hash(encode(entry)).hex())]
    return ledger, codes + [f"{finding.code}@{finding.index}" for finding in ledger.finish()]


def test_a_whole_story_has_no_finding() -> None:
    ledger, codes = read(
        chained(
            started(),
            decided("a"),
            decided("b", "deny"),
            closing(3, Outcome.REFUSED, forwarded=False),
            closing(2),
            ActPerformed(act="x", actor="y", at=T0),
            WriterStopped(at=T0),
        )
    )
    assert codes == []
    assert (ledger.decided, ledger.ended, ledger.acts, ledger.open_calls()) == (2, 2, 1, [])
    assert ledger.outcomes == {"refused": 1, "served": 1}


@pytest.mark.parametrize(("role", "counted"), [("desk", {"": 256}), ("gateway", {}), ("keeper", {}), ("reconciler", {})])
def test_p7_pruning_is_told_by_the_desk_alone_as_far_as_roles_are_known(role: str, counted: dict[str, int]) -> None:
    told = chained(started(role), LogPruned(at=T0, minimum_index=256, actor="a", second="b"))
    ledger, codes = read(told)
    assert (ledger.pruned, ledger.others, codes) == (counted, 1, [])
    late = Ledger(minimum=256)  # which no longer reads how that writer began
    assert late.read(256, told[1], "") == []
    assert late.finish() == []


def test_p2_an_open_call_is_named_and_is_no_finding() -> None:
    ledger, codes = read(chained(started(), decided("a"), decided("b"), closing(2)))
    assert codes == []
    assert ledger.open_calls() == [2]


def test_arrivals_refused_before_a_decision_close_nothing_and_count() -> None:
    entry = ended("", Outcome.REFUSED, forwarded=False)
    entry.count = 40
    ledger, codes = read(chained(started(), entry))
    assert codes == []
    assert ledger.outcomes == {"refused": 40}


FAULTS = {
    "gap": (lambda e: e[:2] + e[3:], ["chain_gap@2"]),
    "dropped start": (lambda e: e[1:], ["chain_start@0", "chain_gap@0"]),
    "repeat": (lambda e: [*e[:3], e[2], *e[3:]], ["chain_order@3"]),
    "swap": (lambda e: [e[0], e[2], e[1], *e[3:]], ["chain_gap@1", "chain_order@2", "chain_gap@3"]),
    "second start": (lambda e: [*e, e[0]], ["chain_start@5", "chain_order@5"]),
}


@pytest.mark.parametrize("name", FAULTS)
def test_p7_a_broken_chain_is_named_at_its_place(name: str) -> None:
    change, expected = FAULTS[name]
    entries = chained(started(), *(ActPerformed(act=f"act {n}", actor="y", at=T0) for n in range(4)))
    assert read(change(entries))[1] == expected


def test_p7_a_changed_entry_breaks_what_follows_it() -> None:
    entries = chained(started(), *(ActPerformed(act=f"act {n}", actor="y", at=T0) for n in range(3)))
    assert isinstance(entries[2], ActPerformed)
    entries[2].actor = "somebody else"
    assert read(entries)[1] == ["chain_prev@3"]


def test_nothing_follows_a_stop_and_a_writer_keeps_its_node() -> None:
    entries = chained(started(), WriterStopped(at=T0), ActPerformed(act="x", actor="y", at=T0))
    assert read(entries)[1] == ["chain_end@2"]
    entries = chained(started(), WriterStopped(at=T0))
    entries[1].node = "elsewhere"
    assert read(entries)[1] == ["chain_node@1"]


@pytest.mark.parametrize(
    ("entries", "expected"),
    [
        ((decided(), closing(2), closing(2)), ["closed_twice@3", "not_permitted@3"]),
        ((decided(), closing(9)), ["closed_unknown@2", "not_permitted@2"]),
        ((decided("a", "deny"), closing(2)), ["not_permitted@2"]),
        ((decided("a", "deny"), closing(2, Outcome.FAILED)), ["not_permitted@2"]),
        ((decided("a", "hold"), closing(2, Outcome.DISCONNECTED)), ["not_permitted@2"]),
        ((ended(),), ["not_permitted@1"]),
    ],
)
def test_p2_every_outcome_needs_its_decision_and_every_forwarding_its_permit(
    entries: tuple[Entry, ...], expected: list[str]
) -> None:
    assert read(chained(started(), *entries))[1] == expected


def test_p2_only_abandoned_calls_are_closed_by_another_writer() -> None:
    first = chained(started(), decided("a"), decided("b"))
    keeper = chained(
        started("keeper"), closing(2, Outcome.ABANDONED, forwarded=False), closing(3, Outcome.REFUSED, forwarded=False), boot="k"
    )
    assert read([*first, *keeper])[1] == ["closed_foreign@5"]


def test_p2_a_closing_read_before_its_decision_counts_once() -> None:
    first = chained(started(), decided("a"))
    keeper = chained(started("keeper"), closing(2, Outcome.ABANDONED, forwarded=False), boot="k")
    ledger, codes = read([*keeper, *first])
    assert codes == []
    assert ledger.open_calls() == []
    assert read(keeper)[1] == ["closed_unknown@1"]
