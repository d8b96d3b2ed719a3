"""The right that a call goes on by: cheap to ask about, and taken again when something has moved."""

from __future__ import annotations

from safeconduct.exchange.right import Right
from safeconduct.office import acts
from safeconduct.terms.call import Dialect
from safeconduct.terms.moments import SECOND
from support.exchange_world import FABLE, HELD, Scene, read, scene

MESSAGES = Dialect.MESSAGES


def right(at: Scene, **fields: object) -> Right:
    return Right(at.view, at.session(), read(MESSAGES, **fields), at.now)


def test_nothing_has_moved_until_the_view_the_clock_or_the_feed_says_so() -> None:
    at = scene()
    held = right(at)
    assert (held.moved(at.now), held.stands(at.now)) == (False, True)
    at.view.fresh_until = at.now + SECOND
    assert not held.moved(at.now + SECOND - 1)
    assert (held.moved(at.now + SECOND), held.stands(at.now + SECOND)) == (True, False)


def test_what_moved_for_somebody_else_leaves_the_right_as_it_is() -> None:
    at = scene()
    held = right(at)
    resolved = held.resolved
    at.act(acts.Suspend("person", "ben", "other"))
    assert (held.moved(at.now), held.stands(at.now)) == (True, True)
    assert held.again("call_1", MESSAGES, at.now) is None
    assert (held.resolved is resolved, held.moved(at.now)) == (True, False)


def test_p5_a_right_that_ended_says_why() -> None:
    at = scene()
    held = right(at)
    at.act(acts.Suspend("person", "ann", "theft"))
    assert not held.stands(at.now)
    refusal = held.again("call_1", MESSAGES, at.now)
    assert refusal is not None
    assert (refusal.status, refusal.code, refusal.request_id) == (403, "person_suspended", "call_1")


def test_a_right_that_was_renewed_rests_on_the_new_standing() -> None:
    at = scene()
    held = right(at)
    at.act(acts.End("person", "ann", at.now + 9 * SECOND))
    assert held.again("call_1", MESSAGES, at.now) is None
    assert held.session is at.session()
    assert held.until == at.now + 9 * SECOND


def test_duties_are_seen_to() -> None:
    assert right(scene(), model=HELD.id).resolved.effect == "hold"


def test_the_seat_says_who_is_served() -> None:
    assert right(scene()).seat == ("person/ann", "acme", FABLE.id)
    assert right(scene()).said == b""
