"""Steps and bands have an order, and a word that is none of them is told so."""

from __future__ import annotations

from itertools import pairwise

import pytest

from safeconduct.terms.measures import BANDS, STEPS, Step, stronger, worse


def test_the_order_of_steps_and_bands() -> None:
    assert [each.value for each in STEPS] == ["watch", "step_up", "throttle", "lower_model", "hold", "suspend", "revoke"]
    assert all(stronger(one, other) == other for one, other in pairwise(STEPS))
    assert all(worse(other, one) == other for one, other in pairwise(BANDS))
    assert stronger(Step.HOLD, "hold") == "hold"


@pytest.mark.parametrize("ask", [stronger, worse])
def test_other_words_are_refused(ask: object) -> None:
    assert callable(ask)
    with pytest.raises(ValueError, match=r"extreme|not in"):
        ask("extreme", "none" if ask is worse else "hold")
