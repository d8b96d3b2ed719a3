"""Machines broken on purpose, for the laws of the walk to find; and what the laws and they share."""

from __future__ import annotations

from safeconduct.exchange import events
from safeconduct.exchange.commands import (
    Announce,
    CancelUpstream,
    Command,
    Forward,
    Keep,
    RecordDecision,
    RecordOutcome,
    Scan,
    SendAnswer,
    SendData,
    SendEnd,
    SendHead,
)
from safeconduct.exchange.events import Event
from safeconduct.exchange.machine import Exchange, State
from safeconduct.safeguards.seen import CLEAN
from safeconduct.terms.moments import Moment

SENT = (SendAnswer, SendHead, SendData, SendEnd)
LIVE = (State.FORWARDED, State.ANSWERING, State.STREAMING)
ALWAYS = (events.UpstreamFailed, events.ClientGone, events.ViewChanged, events.Draining, events.Tick)
EXPECTED: dict[State, tuple[type, ...]] = {
    State.WAITING: (*ALWAYS, events.EdgeRefused, events.HeadArrived),
    State.READING: (*ALWAYS, events.EdgeRefused, events.BodyArrived),
    State.SCANNING: (*ALWAYS, events.Scanned, events.ScanFailed),
    State.KEEPING: (*ALWAYS, events.Kept, events.KeepFailed),
    State.RECORDING: (*ALWAYS, events.Recorded, events.RecordFailed),
    State.REFUSING: (*ALWAYS, events.Recorded, events.RecordFailed),
    State.FORWARDED: (*ALWAYS, events.UpstreamHead),
    State.ANSWERING: (*ALWAYS, events.UpstreamBody),
    State.STREAMING: (*ALWAYS, events.UpstreamChunk, events.UpstreamEnd),
}


def of(commands: list[Command], *kinds: type) -> list[Command]:
    return [command for command in commands if isinstance(command, kinds)]


class Eager(Exchange):
    """Forwards together with the record."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        asked = super().step(event, now)
        return [*asked, Forward("anthropic", b"/", b"", b"")] if of(asked, RecordDecision) else asked


class Careless(Exchange):
    """Does not wait for the vault."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        asked = super().step(event, now)
        return [*asked, *super().step(events.Kept(), now)] if of(asked, Keep) else asked


class Hasty(Exchange):
    """Does not wait for detectors in other processes."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        asked = super().step(event, now)
        return [*asked, *super().step(events.Scanned((CLEAN,)), now)] if of(asked, Scan) else asked


class Lenient(Exchange):
    """Takes detectors that failed for detectors that found nothing."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return super().step(events.Scanned((CLEAN,)) if isinstance(event, events.ScanFailed) else event, now)


class Unguarded(Exchange):
    """Lets go what should have waited."""

    def _set_guard(self) -> None:
        """Nobody looks."""


class Forgetful(Exchange):
    """Forwards what the vault could not take."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return super().step(events.Kept() if isinstance(event, events.KeepFailed) else event, now)


class Generous(Exchange):
    """Forwards what was refused."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        refusing = self.state is State.REFUSING and isinstance(event, events.Recorded)
        asked = super().step(event, now)
        return [Forward("anthropic", b"/", b"", b""), *asked] if refusing else asked


class Doubled(Exchange):
    """Records an end twice."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        asked = super().step(event, now)
        return [*asked, *of(asked, RecordOutcome)]


class Silent(Exchange):
    """Hangs up without a word when its provider fails."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        asked = super().step(event, now)
        return [each for each in asked if not isinstance(each, SENT)] if isinstance(event, events.UpstreamFailed) else asked


class Chatty(Exchange):
    """Goes on sending after the end."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        over = self.state is State.DONE
        asked = super().step(event, now)
        return [SendData(event.data)] if over and isinstance(event, events.UpstreamChunk) else asked


class Torn(Exchange):
    """Passes every byte at once."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        streaming = self.state is State.STREAMING
        asked = super().step(event, now)
        if streaming and isinstance(event, events.UpstreamChunk) and self.state is State.STREAMING:
            return [SendData(event.data)]
        return asked


class Unheard(Exchange):
    """Tells the watch nothing."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return [each for each in super().step(event, now) if not isinstance(each, Announce)]


class Deaf(Exchange):
    """Does not listen when rights move."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return [] if isinstance(event, events.ViewChanged) else super().step(event, now)


class Trusting(Exchange):
    """Passes on what comes until it is told that rights moved."""

    def _moved(self, event: Event, now: Moment) -> list[Command]:
        return []


class Wasteful(Exchange):
    """Leaves the provider talking after a cut."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return [each for each in super().step(event, now) if not isinstance(each, CancelUpstream)]


class Patient(Exchange):
    """Waits on when something comes out of turn."""

    def step(self, event: Event, now: Moment) -> list[Command]:
        return super().step(event, now) if type(event) in EXPECTED.get(self.state, ()) else []
