"""What waits to leave: bodies written once for a model and a standing, events put together from pieces."""

from __future__ import annotations

import json
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from safeconduct.exchange.outgoing import Held, renewed, write
from safeconduct.terms.call import Dialect, Operation
from safeconduct.wire.dialect import of
from support.exchange_world import FABLE, read, scene

MESSAGES, WIRE = Dialect.MESSAGES, of(Dialect.MESSAGES)


def test_p11_a_body_written_for_another_standing_is_written_again() -> None:
    at = scene()
    standing = at.session().standing
    out = write(WIRE, read(MESSAGES, metadata={"user_id": "mallory"}), standing, FABLE)
    assert renewed(WIRE, Operation.GENERATE, out, standing, FABLE) is out
    other = renewed(WIRE, Operation.GENERATE, out, replace(standing, pseudonym="sc_other"), replace(FABLE, served_as="moved"))
    tree = json.loads(other.body)
    assert tree["metadata"] == {"user_id": "sc_other"}
    assert tree["model"] == "moved"
    assert tree["messages"] == json.loads(out.body)["messages"]


@given(st.lists(st.tuples(st.binary(min_size=1, max_size=9), st.integers(0, 12))))
def test_held_bytes_leave_in_order_and_only_the_tail_stays(steps: list[tuple[bytes, int]]) -> None:
    held, came, left = Held(), b"", b""
    for data, wish in steps:
        came += data
        tail = min(wish, len(held) + len(data))
        left += held.release(data, tail)
        assert len(held) == tail
        assert left == came[: len(came) - tail]
    assert left + held.rest() == came
    assert not held
