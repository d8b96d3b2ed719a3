"""The bench judges rightly: ratios are paired by round, a missed bound is said, nothing measured breaks nothing."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest

from bench import bodies, launch, meter, report
from support.crowd_stop import Figures


def _row(cpu_us: float, ok: float = 100, **more: float) -> dict[str, float]:
    row = {
        "cpu_us": cpu_us,
        "ok": ok,
        "calls": ok,
        "arrived": ok,
        "events": 0,
        "refused": 0,
        "broken": 0,
        "hung": 0,
        "finished": 0,
    }
    return {**row, **more}


def _verdict(rows: report.Rows, words: str, soak: dict[str, object] | None = None) -> report.Verdict:
    return next(one for one in report.judge(rows, soak) if words in one.what)


def test_ratio_is_paired_by_round() -> None:
    # the machine was three times slower in the second round: paired, that noise goes away
    rows = {
        "safeconduct": {"json": [_row(4_000), _row(12_000), _row(4_000)]},
        "envoy": {"json": [_row(4_000), _row(12_000), _row(2_000)]},
    }
    assert report.ratio(rows, "json", "envoy", "ok") == 1.0


@pytest.mark.parametrize(("ours", "broken"), [(5_900, False), (6_100, True)])
def test_envoy_bound(ours: float, broken: bool) -> None:
    rows = {"safeconduct": {"json": [_row(ours)]}, "envoy": {"json": [_row(4_000)]}}
    assert _verdict(rows, "/ Envoy").broken is broken


def test_what_was_not_measured_breaks_nothing() -> None:
    assert not any(verdict.broken for verdict in report.judge({}, None))
    assert "not measured" in report.verdict_lines(report.judge({}, None))


def test_an_unfinished_stream_breaks() -> None:
    rows = {"safeconduct": {"many": [_row(1, ok=500, finished=500), _row(1, ok=500, finished=499)]}}
    assert _verdict(rows, "streams that finish").broken


def test_a_call_answered_without_the_provider_breaks() -> None:
    rows = {"safeconduct": {"json": [_row(1, ok=100, arrived=99)]}}
    assert _verdict(rows, "exactly once").broken


def test_growth_over_the_soak_breaks() -> None:
    soak: dict[str, object] = {"calls": 200_000, "ok": 200_000, "worker_mb": [40.0, 50.0, 51.0, 55.0]}
    assert _verdict({}, "growth", soak).broken
    assert not _verdict({}, "RSS of a worker", soak).broken


def test_a_target_that_answered_nothing_shows_in_the_table() -> None:
    assert "none ok" in report.table({"litellm": {"json": [_row(1_000, ok=0, rate=0)]}}, None)


@pytest.mark.parametrize("dialect", sorted(launch.PATHS))
def test_bodies_are_two_kilobytes_and_named_for_the_mock(dialect: str) -> None:
    plain, paced = bodies.body(dialect, stream=False), bodies.body(dialect, stream=True, pace="-paced-50-100")
    assert 1_700 <= len(plain) <= 2_048
    assert b'"stream":true' in paced
    assert b"paced-50-100" in paced
    assert b"stream" not in plain


def test_meter_counts_this_process() -> None:
    before = meter.cpu_ns(os.getpid())
    assert sum(number * number for number in range(200_000)) > 0
    assert meter.cpu_ns(os.getpid()) > before
    assert meter.memory(os.getpid()).worker > 5


def test_a_stop_that_misses_its_bound_or_touches_others_is_said() -> None:
    held = Figures(10, 2, 2, 0, 0, 90.0, 120.0, 130.0, 3.0, 3.0, 0)
    assert held.faults() == []
    broken = replace(held, cut=1, cut_badly=1, disturbed=3, cut_max_ms=1001.0, upstream_left=1)
    assert [words.split()[0] for words in broken.faults()] == ["1", "1", "3", "the", "1"]
