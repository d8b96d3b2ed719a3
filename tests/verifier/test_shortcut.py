"""The verifier's shortcut says of every log what its strict reader alone would say, whatever was done to the entries."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from safeconduct_verifier import verify
from support.verifier_bundle import Entries, entries, export, grown, judge, write_log

CASES = 150
EDITS: dict[str, Callable[[bytes, random.Random], bytes]] = {
    "byte": lambda data, chance: _at(data, chance, bytes([chance.randrange(256)])),
    "gone": lambda data, chance: _at(data, chance, b""),
    "space": lambda data, chance: data.replace(b",", b", ", 1),
    "zero": lambda data, chance: data.replace(b":", b":0", 1 + chance.randrange(3)),
    "minus": lambda data, chance: data.replace(b'"seq":', b'"seq":-'),
    "power": lambda data, chance: data.replace(b',"type"', b"e1" + b',"type"'),
    "large": lambda data, chance: data.replace(b'"at":1', b'"at":9'),
    "first": lambda data, chance: _with(data, seq=1),
    "alone": lambda data, chance: _with(data, boot="somebody", seq=1, prev=None),
    "later": lambda data, chance: _with(data, seq=chance.choice([0, 2, 9, 10, 2**53 - 1, 2**53])),
    "prev": lambda data, chance: _with(data, prev=chance.choice([None, "", "A" * 64, "a" * 63, "a" * 64])),
    "owner": lambda data, chance: _with(data, closes_boot=chance.choice([None, "", "w2", "nobody"])),
    "closes": lambda data, chance: _with(data, closes_seq=chance.choice([None, 0, 1, 2, 3, 12, -1])),
    "went": lambda data, chance: _with(data, forwarded=chance.choice([True, False, 1, "true"])),
    "outcome": lambda data, chance: _with(data, outcome=chance.choice(["served", "refused", "abandoned", "", 3])),
    "effect": lambda data, chance: _with(data, effect=chance.choice(["permit", "deny", "", None, ["permit"]])),
    "kind": lambda data, chance: _with(data, type=chance.choice(["call.decided", "call.ended", "call.other"])),
    "escaped": lambda data, chance: data.replace(b'"node-1"', b'"n\\u006fde-1"'),
    "twice": lambda data, chance: data.replace(b',"seq":', b',"node":"node-1","seq":'),
    "order": lambda data, chance: data.replace(b'{"at":', b'{"v":1,"at":').replace(b',"v":1}', b"}"),
    "erased": lambda data, chance: _with(data, type="content.erased", scope=chance.choice(["call", "subject", 1])),
    "role": lambda data, chance: _with(data, role=chance.choice(["desk", "reconciler", "keeper", None, ["desk"]])),
    "more": lambda data, chance: _with(data, zeal=[1, {"a": None}], tag=chance.choice([1.5, True, "x", [], ['a,"b']])),
    "deep": lambda data, chance: data.replace(b',"type"', b',"tags":[["a"]],"type"'),
    "tail": lambda data, chance: data + chance.choice([b" ", b"\n", b"}", b',"v":1}']),
}


def _at(data: bytes, chance: random.Random, octets: bytes) -> bytes:
    place = chance.randrange(len(data))
    return data[:place] + octets + data[place + 1 :]


def _with(data: bytes, **changes: Any) -> bytes:
    told = {**json.loads(data), **changes}
    return verify.canonical({name: value for name, value in told.items() if value is not None}).encode()


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Entries:
    home = grown(tmp_path_factory.mktemp("home"), 20)
    return entries(export(home.log, tmp_path_factory.mktemp("bundle") / "whole"))


def said(log: Path) -> tuple[Any, ...]:
    seen = judge(log)
    return seen.code, seen.findings, seen.report.logs


@pytest.mark.parametrize("part", range(3))
def test_p7_the_shortcut_and_the_strict_reader_say_the_same(
    found: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, part: int
) -> None:
    chance = random.Random(part)
    for number in range(CASES // 3):
        changed, names = list(found), chance.sample(sorted(EDITS), 2)
        for name in names:
            place = chance.randrange(len(changed))
            changed[place] = EDITS[name](changed[place], chance)
        log = tmp_path / str(number)
        write_log(log, changed)
        quick = said(log)
        with monkeypatch.context() as patched:
            patched.setattr(verify.Shortcut, "learn", lambda self, _: setattr(self, "fit", lambda _: None))
            assert quick == said(log), names


@pytest.mark.parametrize(("role", "counted"), [("desk", 1), ("reconciler", 1), ("gateway", 0), ("keeper", 0), ("", 0)])
def test_p8_both_ways_count_what_was_erased_from_the_same_writers(
    found: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, role: str, counted: int
) -> None:
    changed = [_with(data, role=role) if b'"writer.started"' in data and b'"w1"' in data else data for data in found]
    place = next(place for place, data in enumerate(changed) if b'"call.ended"' in data and b'"boot":"w1"' in data)
    changed[place] = EDITS["erased"](changed[place], random.Random(1))
    write_log(tmp_path, changed)
    quick = said(tmp_path)
    assert quick[2][0]["erased"] == counted
    monkeypatch.setattr(verify.Shortcut, "learn", lambda self, _: setattr(self, "fit", lambda _: None))
    assert quick == said(tmp_path)


def test_p7_a_writer_that_starts_with_a_call_is_named(found: Entries, tmp_path: Path) -> None:
    alone = next(data for data in reversed(found) if b'"call.decided"' in data)
    write_log(tmp_path, [*found, EDITS["alone"](alone, random.Random(1))])
    assert ("chain_start", len(found), "") in judge(tmp_path).places
