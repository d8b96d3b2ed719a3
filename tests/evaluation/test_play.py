"""A task counts as stopped where a safeguard stopped it; whatever else stands in the way is no measurement."""

from __future__ import annotations

import pytest

from evaluation.agents.play import why
from evaluation.agents.tasks import load

TASK = load("planted")[0]


@pytest.mark.parametrize("code", ["held", "safeguard_tools"])
def test_a_safeguard_is_told_with_its_sentence(code: str) -> None:
    assert why(TASK, {"error": {"code": code, "message": "No."}}) == (code, "No.")


@pytest.mark.parametrize("code", ["measure_throttle", "safeguard_unavailable", "rate_limit_error", ""])
def test_what_stops_for_another_reason_measures_nothing(code: str) -> None:
    with pytest.raises(RuntimeError, match=TASK.id):
        why(TASK, {"error": {"type": code, "message": "Calls are limited."}})
