"""Which calls come from a declared batch application?"""

from __future__ import annotations

from safeconduct.watch.knobs import Knobs
from support.watching import call


def test_calls_of_a_declared_project_are_batch_and_no_others() -> None:
    knobs = Knobs(batch={"project/reports", "agent/bot"})
    assert knobs.is_batch(call(project="reports"))
    assert knobs.is_batch(call(agent="bot"))
    assert not knobs.is_batch(call(project="other"))
    assert not Knobs().is_batch(call(project="reports"))
