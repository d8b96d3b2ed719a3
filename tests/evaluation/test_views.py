"""Reports of others, shown: what reached its tool call is named, what was never found is said, curves only rise."""

from __future__ import annotations

from typing import Any

from evaluation import plots, views

_SHARE = {"n": 10, "count": 9, "share": 0.9, "low": 0.6, "high": 0.98}


def _agents(reached: list[str]) -> dict[str, Any]:
    part = {
        "planted_stopped": _SHARE,
        "benign_disturbed": _SHARE,
        "by_style": {"polite": _SHARE},
        "reached": reached,
        "disturbed": [],
    }
    return {"targets": {"planted_stopped": 0.9, "benign_disturbed": 0.03}, "held_out": part, "open": part}


def _world(hours: list[float]) -> dict[str, Any]:
    kind = {
        "cases": 4,
        "found": len(hours) / 4,
        "median_hours": hours[0] if hours else None,
        "median_planted_calls": None,
        "worst_planted_calls": None,
        "stopped_share": 0.5,
        "hours": hours,
    }
    return {
        "found": 0.5,
        "alerts_per_thousand_day": 4.0,
        "beside": {"rate_limit_only": 0.1},
        "kinds": {"reseller": kind},
        "groups": {"night <shift>": {"people": 9, "alerts_per_thousand_day": 1.5}},
        "wrongly_stepped": {"night <shift>": 2},
    }


def _behavior(hours: list[float]) -> str:
    return views.behavior({"people": 200, "scale": "small", "seeds": 1, "worlds": {"mixed": _world(hours)}})


def test_orders_that_reached_their_tool_call_are_named() -> None:
    assert "task-17" in views.agents(_agents(["task-17"]))
    assert "reached their tool call" not in views.agents(_agents([]))


def test_bounds_stand_beside_what_was_measured() -> None:
    text = views.agents(_agents([]))
    assert "at least 0.9" in text
    assert "at most 0.03" in text


def test_what_was_never_found_is_said_and_has_no_curve() -> None:
    assert "not found" in _behavior([])
    assert "<svg" not in _behavior([])
    assert "<svg" in _behavior([1.0, 2.0])


def test_innocents_and_simpler_rules_are_shown() -> None:
    text = _behavior([1.0])
    assert "night &lt;shift&gt;" in text
    assert "rate limit only" in text


def test_a_curve_of_times_rises_from_nothing() -> None:
    drawing = plots.times("found", {"reseller": [[1.0, 0.5], [4.0, 1.0]]})
    points = [tuple(map(float, pair.split(","))) for pair in drawing.split('points="')[1].split('"')[0].split()]
    assert [x for x, _ in points] == sorted(x for x, _ in points)
    assert [y for _, y in points] == sorted((y for _, y in points), reverse=True)
    assert len(points) == 3
