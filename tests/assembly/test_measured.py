"""Counting calls reads the signed decisions that name the measure, and says when that is not all of them."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from safeconduct.assembly import measured
from safeconduct.assembly.home import Home
from safeconduct.audit.entries import CallDecided, encode

NAME = "M-0123456789ab"


def entry(at: int, **more: tuple[str, ...]) -> bytes:
    return encode(CallDecided(at=at, call=f"call_{at}", effect="permit", **more))  # type: ignore[arg-type]


def test_only_what_the_measure_bore_on_since_it_was_taken_counts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    entries = [
        entry(1, measures=(NAME,)),
        entry(5, measures=(NAME,)),
        entry(6, rehearsed=(NAME, "M-000000000001")),
        entry(7, rehearsed=("M-000000000001",)),
        entry(8),
    ]

    def walk(signed: SimpleNamespace, take, tell, *, trust: bool) -> str:  # type: ignore[no-untyped-def]
        assert trust
        for number, data in enumerate(entries):
            take(number, data)
        tell(1, 1)
        return cast("str", signed.fault)

    shards = [SimpleNamespace(fault="it is damaged"), SimpleNamespace(fault="")]
    monkeypatch.setattr(measured, "signed_shards", lambda *_: shards)
    monkeypatch.setattr(measured, "walk", walk)
    found = measured.count_calls(Home(tmp_path), {}, NAME, 5, lambda _: None)
    assert (found.decided, found.rehearsed, found.fault) == (2, 2, "it is damaged")
