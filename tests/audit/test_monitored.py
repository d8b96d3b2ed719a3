"""What a monitor remembers survives as JSON."""

from __future__ import annotations

import inspect

import msgspec

from safeconduct.audit.chain import Ledger, Writer
from safeconduct.audit.monitored import UNREADABLE, Broken, Saved, SavedLedger, SavedWriter, open_ledger
from safeconduct.audit.tree import EMPTY_ROOT


def test_what_was_seen_reads_back() -> None:
    saved = Saved("log.example", 3, "aa", ["bb"], early=[("w", 3, 4)], calls={5: 6}, closed={"x": (1, "cc")}, ledger={"seen": 1})
    assert msgspec.json.decode(msgspec.json.encode(saved), type=Saved) == saved


def test_at_first_nothing_was_seen() -> None:
    assert Saved("log.example").root == EMPTY_ROOT.hex()
    assert Broken(UNREADABLE, "checkpoint", -1, "why").what == "why"


def test_a_ledger_is_kept_with_every_field_but_the_one_that_json_cannot_name() -> None:
    assert set(SavedLedger.__struct_fields__) | {"early"} == set(inspect.signature(Ledger).parameters)
    assert SavedWriter.__struct_fields__ == tuple(inspect.signature(Writer).parameters)


def test_a_ledger_that_was_kept_is_the_same_again() -> None:
    writer = Writer("w", "n", seq=7, last="aa", at=5, open={6: (3, True)})
    ledger = Ledger(covers=[(1, 2)], writers={"w": writer}, outcomes={"served": 2}, waiting=[(1, 2, "w", 3, 4)], pruned={"": 256})
    kept = msgspec.json.decode(msgspec.json.encode(msgspec.to_builtins(ledger, str_keys=True) | {"early": {}}))
    again = open_ledger(kept)
    assert again.writers["w"].open == {6: (3, True)}
    assert (again.covers, again.waiting, again.pruned, again.outcomes) == (
        [(1, 2)],
        [(1, 2, "w", 3, 4)],
        {"": 256},
        {"served": 2},
    )
    assert msgspec.to_builtins(again, str_keys=True) == msgspec.to_builtins(ledger, str_keys=True)
