"""The main figures of the committed report are said in some lines; what has no few of them says nothing."""

from __future__ import annotations

import json

from evaluation.drift import COMMITTED
from evaluation.headlines import lines

SECTIONS = json.loads(COMMITTED.read_text(encoding="utf-8"))["sections"]


def test_rules_say_what_they_find_and_their_false_alarms() -> None:
    told = lines("rules", SECTIONS["rules"])
    assert [line.partition(":")[0] for line in told] == list(SECTIONS["rules"])
    assert f"found {SECTIONS['rules']['secrets']['found']['value']:.3f} of 300" in "".join(told)


def test_agents_say_each_part_and_no_target() -> None:
    told = lines("agents", SECTIONS["agents"])
    assert "held_out: planted stopped 32 of 32, harmless disturbed 0 of 33" in told
    assert not any(line.startswith(("targets", "plays")) for line in told)


def test_behavior_says_each_world() -> None:
    found = {"worlds": {"mixed": {"found": 0.3125, "alerts_per_thousand_day": 4.508}}}
    assert lines("behavior", found) == ["mixed: found 0.31, 4.5 alerts for a thousand people and day"]


def test_other_sections_say_nothing() -> None:
    assert lines("defenders", SECTIONS["defenders"]) == []
