"""Put a letter in force in a test, by all the steps an officer takes: entered by one, approved by another, activated."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from safeconduct.assembly.desk import open_desk
from safeconduct.desk.desk import Desk
from safeconduct.office.acts import Act, ApproveRequest, WithdrawInstrument
from safeconduct.office.enacting import Step, steps_to_enact
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry

if TYPE_CHECKING:
    from support.registry_cli import Home

FIRST = "officer-a"
SECOND = "officer-b"


class Acting(Protocol):
    """A world of tests, or a scene: whatever lets an actor act."""

    def act(self, act: Act, actor: str = ...) -> list[Change]: ...


def put_in_force(
    at: Desk | Acting, text: str, annexes: Mapping[str, str] | None = None, *, by: str = FIRST, second: str = SECOND
) -> list[Change]:
    """Enter, check, preview, approve and activate a text; returns every change made. Raises Refused like the office."""
    planned = steps(registry_of(at), text, annexes, by=by, second=second)
    return [change for step in planned for change in _performer(at)(step)]


def put_in_force_at(home: Home, text: str, annexes: Mapping[str, str] | None = None) -> list[Change]:
    """The same in a home on disk."""
    with open_desk(home.environ) as desk:
        return put_in_force(desk, text, annexes)


def take_back(at: Desk | Acting, instrument: str, *, by: str = FIRST, second: str = SECOND) -> list[Change]:
    """Withdraw an instrument; where that lowers a safeguard, ``second`` agrees to what ``by`` asked. Returns every change."""
    return agreed(at, WithdrawInstrument(instrument), by=by, second=second)


def agreed(at: Desk | Acting, asked_for: Act, *, by: str = FIRST, second: str = SECOND) -> list[Change]:
    """Do an act; where it waits, ``second`` agrees to what ``by`` asked. Returns every change."""
    act = _performer(at)
    done = act(Step(asked_for, by))
    asked = [change.subject for change in done if change.kind == "request.opened"]
    return done + [change for request in asked for change in act(Step(ApproveRequest(request), second))]


def steps(
    registry: Registry, text: str, annexes: Mapping[str, str] | None = None, *, by: str = FIRST, second: str = SECOND
) -> tuple[Step, ...]:
    """The acts of ``put_in_force``, to be done one by one."""
    name = str(tomllib.loads(text)["instrument"]["id"])
    return steps_to_enact(name, len(registry.instrument_versions(name)) + 1, text, annexes, by=by, second=second)


def registry_of(at: Any) -> Registry:
    """The registry behind a desk, a world or a scene."""
    found: Registry = at.registry if hasattr(at, "registry") else at.world.registry
    return found


def _performer(at: Desk | Acting) -> Callable[[Step], list[Change]]:
    if isinstance(at, Desk):
        return lambda step: list(at.perform(step.act, actor=step.actor).changes)
    return lambda step: at.act(step.act, step.actor)
