"""Requests that are no calls: model lists, probes, health, metrics, the refused WebSocket upgrade."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING

from safeconduct.exchange import duties, no, own
from safeconduct.exchange.naming import model_meant
from safeconduct.gateway import appeals, meters
from safeconduct.gateway.compared import Compared
from safeconduct.gateway.request import Head
from safeconduct.gateway.routes import Kind, Route
from safeconduct.gateway.witnessed import Witnessed
from safeconduct.policy.context import Context
from safeconduct.terms.call import Answer, Dialect, Operation, Refusal
from safeconduct.terms.decision import Decision
from safeconduct.terms.moments import SECOND
from safeconduct.terms.standing import Model
from safeconduct.wire import dialect as dialects
from safeconduct.wire.answers import plain_refusal

if TYPE_CHECKING:
    from safeconduct.exchange.view import Session
    from safeconduct.gateway.worker import Worker

_TEXT = ((b"content-type", b"text/plain; charset=utf-8"),)
_JSON = ((b"content-type", b"application/json"),)
KEEPER_FILE = "keeper.json"
KEEPER_STALE_SECONDS = 10.0  # the maximum merge delay the log promises, unless its settings promise another


class Direct:
    """Answers that need no provider."""

    def __init__(
        self, run_directory: Path, require_witness_seconds: float = 0.0, merge_delay_seconds: float = KEEPER_STALE_SECONDS
    ) -> None:
        self._run = run_directory
        self._witnessed = Witnessed(run_directory, require_witness_seconds)
        self._merge_delay = merge_delay_seconds
        self._compared = Compared(run_directory)

    def answer(self, worker: Worker, route: Route, head: Head, digest: bytes | None, body: bytes = b"") -> Answer:
        """The answer to a request on ``route``. ``digest`` is the keyed hash of the credential, None without one."""
        match route.kind:
            case Kind.PROBE:
                return Answer(200, _TEXT, b"safeconduct\n")
            case Kind.HEALTH:
                return Answer(200, _TEXT, b"ok\n")
            case Kind.READY:
                return self._ready(worker)
            case Kind.METRICS:
                return Answer(
                    200, ((b"content-type", b"text/plain; version=0.0.4"),), meters.exposition(self._run, self._gauges())
                )
            case Kind.UPGRADE:
                return self._upgrade()
            case Kind.OWN:
                return self._own(worker, digest)
            case Kind.APPEAL:
                return appeals.answer(worker, self._run, digest, body)
            case _:
                return self._models(worker, route, head, digest)

    @staticmethod
    def refusal(refusal: Refusal, dialect: Dialect | None) -> Answer:
        """A no outside any call, in the dialect the path belongs to."""
        if dialect is None:
            return plain_refusal(refusal)
        return dialects.of(dialect).refusal(refusal, stream=False)

    @staticmethod
    def _upgrade() -> Answer:
        """426 makes Codex go on with server-sent events over plain HTTP."""
        body = json.dumps(
            {"error": {"message": "WebSocket is not offered here; use POST with streaming.", "code": "upgrade_refused"}}
        )
        return Answer(426, _JSON, body.encode())

    def _ready(self, worker: Worker) -> Answer:
        faults = []
        if not worker.journal.healthy:
            faults.append("the journal cannot be written: every call is refused")
        if worker.watch.stale:
            faults.append("the change feed is stale: restricted models are refused")
        if worker.watch.trouble:
            faults.append(f"the change feed cannot be read: {worker.watch.trouble}")
        if worker.clock.behind > worker.limits.stale_seconds * SECOND:
            faults.append("the wall clock was set back: the worker goes by the time that has passed")
        if worker.view.fault:
            faults.append(worker.view.fault)
        if worker.draining:
            faults.append("draining")
        keeper = self._keeper()
        if not keeper:
            faults.append("the log keeper has not signed yet")
        elif _late(keeper, self._merge_delay):
            faults.append("the log keeper is behind its merge delay")
        witnessed, unwitnessed = self._witnessed.look(time.time_ns() // 1000)
        faults += unwitnessed
        told = {
            **witnessed,
            **self._compared.look(time.time_ns() // 1000),
            "ready": not faults,
            "detectors_down": worker.scanner.down(),
            "detectors_missing": _missing(worker),
            "faults": faults,
            "view": worker.view.version,
            "feed_age": round(worker.watch.feed_age / SECOND, 3),
            "view_stale": worker.watch.stale,
            "registry_version": worker.view.version,
            "restricted_refused": worker.meters.restricted_refused,
        }
        body = json.dumps(told) + "\n"
        return Answer(503 if faults else 200, _JSON, body.encode())

    def _gauges(self) -> dict[str, int]:
        """What keeper, feeder and reconciler say about themselves."""
        now = time.time_ns() // 1000
        return {**self._keeper(), **self._witnessed.look(now)[0], **self._compared.look(now)}

    def _keeper(self) -> dict[str, int]:
        """The keeper's own report, as gauges; empty when there is none."""
        try:
            status = json.loads((self._run / KEEPER_FILE).read_bytes())
            now = time.time_ns() // 1000
            return {
                "log_size": int(status["size"]),
                "log_signed_size": int(status["signed_size"]),
                "log_behind": int(status["size"]) - int(status["signed_size"]),
                "log_integrated_age_seconds": (now - int(status["integrated_at"])) // SECOND,
                "log_signed_age_seconds": (now - int(status["signed_at"])) // SECOND,
                "log_keeper_age_seconds": (now - int(status["at"])) // SECOND,
                "log_waited_seconds": int(status.get("waited", 0)) // SECOND,
            }
        except (OSError, ValueError, KeyError, TypeError):
            return {}

    def _models(self, worker: Worker, route: Route, head: Head, digest: bytes | None) -> Answer:
        """The models this caller may use now, and no others: what is forbidden looks as absent as what does not exist."""
        now = worker.clock()
        request_id = f"models_{worker.journal.boot}"
        codex = b"client_version=" in head.query
        messages = any(name == b"anthropic-version" for name, _ in head.headers)
        wire = dialects.of(Dialect.MESSAGES if messages else Dialect.RESPONSES if codex else Dialect.CHAT)
        try:
            session = None if digest is None else worker.view.session(digest, now)
        except OSError:
            return wire.refusal(no.unreadable(request_id), stream=False)
        if session is None:
            refusal = Refusal(
                401, "credential_invalid", "No valid key was sent.", "Send your key; ask your access officer.", request_id
            )
            return wire.refusal(refusal, stream=False)
        if route.kind is Kind.MODEL:
            return self._model(worker, session, head.path, wire, request_id, now)
        models = [model for model in worker.view.registry.models() if _may(worker, session, model, now)]
        return wire.models_answer(models, request_id=request_id, codex=codex)

    @staticmethod
    def _own(worker: Worker, digest: bytes | None) -> Answer:
        """What is held about whoever presents this credential, and about nobody else."""
        now = worker.clock()
        request_id = f"own_{worker.journal.boot}"
        try:
            session = None if digest is None else worker.view.session(digest, now)
            if session is None:
                return plain_refusal(
                    Refusal(401, "credential_invalid", "No valid key was sent.", "Send your own key.", request_id)
                )
            standing, policy, registry = session.standing, worker.view.policy, worker.view.registry
            if standing.lapses or policy is None:  # a key that was taken back opens nobody's record
                why = "This access is not in order." if standing.lapses else "There are no rules to read needs from."
                return plain_refusal(Refusal(403, "own_view_closed", why, "Ask your access officer.", request_id))
            needs = own.needs_shown(policy, registry.models(), standing, now)
            if standing.agents:
                found: dict[str, object] | None = own.of_agent(registry, standing, needs, now)
            else:
                found = own.of_person(registry, standing.person, standing.organization, needs, now)
        except OSError:
            return plain_refusal(
                Refusal(503, "registry_unreadable", "The registry cannot be read.", "Try again.", request_id, retry_after=1)
            )
        return Answer(200, (*_JSON, (b"cache-control", b"no-store")), json.dumps(found).encode() + b"\n")

    @staticmethod
    def _model(worker: Worker, session: Session, path: bytes, wire: dialects.DialectWire, request_id: str, now: int) -> Answer:
        name = path.removeprefix(b"/v1/models/").decode("ascii", "replace")
        known = model_meant(worker.view.registry, name)
        spoken = min(known.dialects) if known is not None else wire.dialect.value
        # A name that means nothing is decided like any other: how long the answer takes tells no more than the answer (P12).
        decision, model = worker.view.answer(session.standing, name, _context(spoken), now)
        if model is not None and _permits(worker, decision):
            return wire.model_answer(model, request_id=request_id)
        refusal = Refusal(404, "model_not_found", "There is no such model here.", "List the models you may use.", request_id)
        return wire.refusal(refusal, stream=False)


def _missing(worker: Worker) -> tuple[str, ...]:
    """Which detectors rules in force ask for that are not enabled here, as ``detector@rule``."""
    policy = worker.view.policy
    return () if policy is None else duties.unseen(policy.compiled.rules, worker.view.safeguards)


def _late(keeper: dict[str, int], limit: float) -> bool:
    """Whether entries may wait longer than the log promises: in journals not read to their end, or unsigned in the tree."""
    ages = [keeper["log_keeper_age_seconds"], keeper["log_integrated_age_seconds"], keeper["log_waited_seconds"]]
    if keeper["log_behind"]:
        ages.append(keeper["log_signed_age_seconds"])
    return max(ages) > limit


def _may(worker: Worker, session: Session, model: Model, now: int) -> bool:
    decision, _ = worker.view.answer(session.standing, model.id, _context(min(model.dialects)), now)
    return _permits(worker, decision)


def _permits(worker: Worker, decision: Decision) -> bool:
    """Whether a call that keeps within every cap would be let through."""
    policy = worker.view.policy
    return policy is not None and duties.foreseen(decision, policy.classes).permits


def _context(dialect: str) -> Context:
    return Context(dialect=dialect, operation=Operation.GENERATE.value)
