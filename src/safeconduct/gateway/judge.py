"""Asks a judge model about texts of a call: when may it be asked, how long is waited, and what is put on record?

The words are ``exchange/judging`` and ``safeguards/judging``; who wants a judgment, and what follows from it, is the scanner's.
The judge is asked through the worker's own pools, in the gateway's name. What it is asked is never judged itself.

INVARIANT (P2): ``judge.asked`` is durable before one byte of a text leaves for the judge; each ends in ``judge.answered``.
INVARIANT (P12): whoever asks hears exactly once, at the deadline at the latest.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from safeconduct.audit.entries import JudgeAnswered, JudgeAsked
from safeconduct.exchange import judging
from safeconduct.gateway.ports import Headers, Journal, Pool, Ticket
from safeconduct.registry.state import Registry
from safeconduct.safeguards.judging import FENCE_DIGITS, Judgment, Question, question
from safeconduct.terms.call import Dialect
from safeconduct.terms.moments import Moment
from safeconduct.wire.names import canonical_candidate

Then = Callable[[Judgment | None, str], None]
"""Hears the judgment; or None and a stable code that says why there is none."""


@dataclass(frozen=True, slots=True)
class JudgeModel:
    """Whom to ask: ``provider`` is the upstream, ``served_as`` the name that it knows the model by."""

    model: str
    provider: str
    served_as: str
    dialect: Dialect


@dataclass(frozen=True, slots=True)
class Bounds:
    """``deadline_seconds`` for one judgment; at most ``at_once`` under way and ``per_minute`` begun."""

    deadline_seconds: float = 10.0
    at_once: int = 32
    per_minute: int = 600


class Judge:
    """One worker's way to the judge. ``model`` is asked for at each use, because the catalog may change."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        pools: Mapping[str, Pool],
        journal: Journal,
        model: Callable[[], JudgeModel | None],
        bounds: Bounds,
        *,
        clock: Callable[[], Moment],
        random: Callable[[int], bytes],
    ) -> None:
        self.loop = loop
        self._pools = pools
        self.journal = journal
        self._model = model
        self.bounds = bounds
        self.clock = clock
        self._random = random
        self.under_way: set[Asking] = set()
        self._begun: deque[float] = deque()
        self.asked = 0
        self.unjudged = 0

    def ask(self, call: str, texts: Sequence[str], purpose: str, then: Then, *, held: bool) -> Callable[[], None]:
        """Ask about texts of ``call``; ``then`` hears later, on the loop. Returns how to give the asking up."""
        chosen = self._model()
        pool = None if chosen is None else self._pools.get(chosen.provider)
        if chosen is None or pool is None:
            return self._none(then, "judge_unknown")
        if self._crowded():
            return self._none(then, "judge_busy")
        try:
            asked = question(texts, self._random(FENCE_DIGITS // 2).hex(), purpose)
        except ValueError:
            return self._none(then, "judge_fence")
        self.asked += 1
        asking = Asking(self, call, chosen, pool, asked, then, held=held)
        self.under_way.add(asking)
        asking.begin()
        return asking.give_up

    def close(self) -> None:
        """Give up what is under way; nobody waits any more."""
        for asking in list(self.under_way):
            asking.give_up()

    def _crowded(self) -> bool:
        now = self.loop.time()
        while self._begun and self._begun[0] <= now - 60.0:
            self._begun.popleft()
        if len(self.under_way) >= self.bounds.at_once or len(self._begun) >= self.bounds.per_minute:
            return True
        self._begun.append(now)
        return False

    def _none(self, then: Then, why: str) -> Callable[[], None]:
        self.unjudged += 1
        return self.loop.call_soon(then, None, why).cancel


def chosen(registry: Registry, name: str) -> JudgeModel | None:
    """The catalog's model of this name, as a judge; None where there is none that can be called."""
    candidate = canonical_candidate(name)
    model = None if candidate is None else registry.resolve_model(candidate)
    if model is None:
        return None
    for dialect in (Dialect.MESSAGES, Dialect.RESPONSES, Dialect.CHAT):
        if dialect in model.dialects:
            return JudgeModel(model.id, model.upstream, model.served_as, dialect)
    return None


class Asking:
    """One question under way; the provider's side of it (``gateway.ports.Answered``)."""

    __slots__ = (
        "_asked",
        "_begun",
        "_call",
        "_chosen",
        "_done",
        "_held",
        "_judge",
        "_pool",
        "_seq",
        "_status",
        "_then",
        "_ticket",
        "_timer",
    )

    def __init__(
        self, judge: Judge, call: str, chosen: JudgeModel, pool: Pool, asked: Question, then: Then, *, held: bool
    ) -> None:
        self._judge = judge
        self._call = call
        self._chosen = chosen
        self._pool = pool
        self._asked: Question | None = asked
        self._then: Then | None = then
        self._held = held
        self._status = 0
        self._seq = 0
        self._done = False
        self._begun = judge.clock()
        self._ticket: Ticket | None = None
        self._timer = judge.loop.call_later(judge.bounds.deadline_seconds, self._end, None, "judge_late")

    def begin(self) -> None:
        """Put on record that it will be asked; it is when that is durable."""
        assert self._asked is not None
        entry = JudgeAsked(
            at=self._begun,
            call=self._call,
            held=self._held,
            model=self._chosen.model,
            provider=self._chosen.provider,
            texts_bytes=len(self._asked.user.encode("utf-8", "replace")),
        )
        try:
            self._seq = self._judge.journal.append(entry, then=self._recorded)
        except (OSError, ValueError):
            self._judge.loop.call_soon(self._end, None, "judge_unrecorded")

    def _recorded(self, durable: bool) -> None:
        """INVARIANT: P2 - the only place that sends, reached only when the entry is durable."""
        asked, self._asked = self._asked, None
        if self._done or asked is None:
            return
        if not durable:
            self._end(None, "judge_unrecorded")
            return
        path, headers, body = judging.asked(self._chosen.dialect, self._chosen.served_as, asked)
        self._ticket = self._pool.send(self, path, headers, body)

    def give_up(self) -> None:
        """Nobody wants to know any more."""
        self._then = None
        self._end(None, "judge_given_up")

    # the provider's side

    def upstream_open(self) -> None:
        """Nothing that could have changed since is asked again: what leaves is on record."""

    def upstream_taken(self) -> None:
        """The texts have left."""

    def upstream_head(self, status: int, headers: Headers, streams: bool) -> None:  # noqa: ARG002 - the port's signature
        self._status = status
        if streams:
            self._end(None, "judge_unreadable")

    def upstream_chunk(self, data: bytes) -> None:  # noqa: ARG002 - a judge that streams was not asked to
        self._end(None, "judge_unreadable")

    def upstream_body(self, data: bytes) -> None:
        self._ticket = None
        found = judging.judged(self._chosen.dialect, self._status, data)
        self._end(found, "" if found is not None else "judge_unreadable")

    def upstream_end(self) -> None:
        self._ticket = None
        self._end(None, "judge_unreadable")

    def upstream_failed(self, why: str) -> None:
        self._ticket = None
        self._end(None, why)

    def _end(self, found: Judgment | None, code: str) -> None:
        if self._done:
            return
        self._done = True
        self._timer.cancel()
        judge = self._judge
        judge.under_way.discard(self)
        judge.unjudged += found is None
        ticket, self._ticket = self._ticket, None
        if ticket is not None:
            ticket.withdraw()
        if self._seq:
            now = judge.clock()
            entry = JudgeAnswered(
                asked_seq=self._seq,
                at=now,
                call=self._call,
                category="" if found is None else found.category.value,
                code=code,
                confidence_permille=-1 if found is None else round(found.confidence * 1000),
                duration_us=max(0, now - self._begun),
            )
            judge.journal.append(entry)
        then, self._then = self._then, None
        if then is not None:
            then(found, code)
