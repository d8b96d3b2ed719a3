"""What does a worker know? The in-memory view that calls are decided from: registry, instruments in force, decisions remembered.

Fed by the change feed, never by a database on the call path. Nothing here outlives a change: sessions and decisions are
forgotten whole whenever the registry moves, and one by one when their time runs out (DESIGN 5, policy).

INVARIANT (P1): rules that cannot be compiled and changes that cannot be read permit nothing. The registry moves on as far as
it can, so that the change that mends it is taken in; until then every decision is a no, and ``fault`` says why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace

from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided
from safeconduct.exchange import no
from safeconduct.exchange.bounds import asked
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.terms.call import CallView
from safeconduct.terms.decision import Decision, Effect, Reason
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, Moment
from safeconduct.terms.standing import Model, Standing
from safeconduct.wire.names import canonical_candidate

MAX_SESSIONS = 20_000  # remembered standings; forgotten ones are worked out again
MAX_CLASSES = 64  # remembered decisions a session; a caller cannot grow them without bound
RETRY: Moment = SECOND  # after this, rules that could not be compiled are tried again: the clock may have ended the bad one

# (model as asked, dialect, operation, stream, hosts, foreign resources, fallbacks)
Class = tuple[str, str, str, bool, frozenset[str], frozenset[str], tuple[str, ...]]
OwnerOf = Callable[[str], str | None]
PolicyMaker = Callable[[Registry, Moment], Policy]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A decision together with what it was about. ``model`` is None for a name that means nothing here."""

    decision: Decision
    model: Model | None
    question: Class
    version: int
    effect: str
    reason_codes: tuple[str, ...]
    duty_texts: tuple[str, ...]
    context_texts: tuple[str, ...]

    @property
    def operation(self) -> str:
        """What the call does with the model."""
        return self.question[2]


@dataclass(slots=True)
class Session:
    """One credential's standing while it holds, with the decisions already taken for it."""

    digest: bytes
    standing: Standing
    version: int
    subject_key: bytes
    owner: str
    decisions: dict[Class, Resolved] = field(default_factory=dict)
    templates: dict[int, tuple[Resolved, CallDecided]] = field(default_factory=dict)  # entries to copy; see record


class View:
    """Answers who calls and what they may do, at a moment. ``fault`` is empty, or says why nobody may do anything."""

    def __init__(
        self, registry: Registry, make_policy: PolicyMaker, commitment_key: bytes, owner_of: OwnerOf, now: Moment
    ) -> None:
        self._registry = registry
        self._make_policy = make_policy
        self._commitment_key = commitment_key
        self._owner_of = owner_of
        self._sessions: dict[bytes, Session] = {}
        self._policy: Policy | None = None
        self._boundary = now
        self._unread = ""
        self._broken = ""
        self.version = registry.version
        self._compile(now)

    @property
    def registry(self) -> Registry:
        return self._registry

    @property
    def fault(self) -> str:
        """Why every call is refused; empty while the view can be decided from. Names places and codes, no contents."""
        return self._unread or self._broken

    def apply(self, changes: Iterable[Change], now: Moment) -> bool:
        """Let changes take effect; true when anything moved. Everything remembered is forgotten with them.

        A change that is here already is passed over: a feed may tell it twice.
        """
        rules = False
        unread = self._unread
        try:
            for change in [each for each in changes if each.seq > self.version]:  # all read before the first takes effect
                if change.seq > self._registry.version:
                    self._registry.apply(change)
                rules = rules or change.kind.startswith(("instrument.", "model."))
                unread = ""
        except (Refused, ValueError) as fault:
            unread = _words("The registry holds a change that cannot be read", fault)
        moved = self._registry.version != self.version or unread != self._unread
        if moved:
            self._unread = unread
            self.version = self._registry.version
            self._sessions.clear()
            if rules:
                self._compile(now)
        return moved

    def turn(self, now: Moment) -> bool:
        """Let the clock take effect: rules that begin or end at a moment that has come. True when the rules were made anew."""
        if now < self._boundary:
            return False
        self._compile(now)
        self._sessions.clear()
        return True

    def _compile(self, now: Moment) -> None:
        self._policy = None  # whatever happens below, nothing is decided by rules that are no longer in force
        self._boundary = now + RETRY
        self._broken = "The rules in force could not be made, so every call is refused."
        try:
            policy = self._make_policy(self._registry, now)
        except (Refused, ValueError) as fault:
            self._broken = _words("The rules in force cannot be compiled", fault)
        else:
            self._policy = policy
            self._boundary = policy.boundary
            self._broken = ""

    @property
    def boundary(self) -> Moment:
        """The next moment at which the rules change by the clock alone."""
        return self._boundary

    def session(self, digest: bytes, now: Moment) -> Session | None:
        """The session of a presented credential; None when there is no such key."""
        known = self._sessions.get(digest)
        if known is not None and now < known.standing.next_change:
            return known
        standing = self._registry.standing(digest, now)
        if standing is None:
            return None
        if len(self._sessions) >= MAX_SESSIONS:
            self._sessions.clear()
        key = commitment.subject_key(self._commitment_key, standing.leaf_pseudonym)
        owner = f"{standing.organization}/{standing.leaf_pseudonym}"
        session = self._sessions[digest] = Session(digest, standing, self.version, key, owner)
        return session

    def refreshed(self, session: Session, now: Moment) -> Session | None:
        """The same credential's session now; the very same object while nothing moved."""
        if session.version == self.version and now < session.standing.next_change:
            return session
        return self.session(session.digest, now)

    def decide(self, session: Session, call: CallView, now: Moment) -> Resolved:
        """Decide a call. Remembered for the same class of question while view and clock stand still."""
        picked = call.selections
        foreign = frozenset(self._foreign(picked.resources, session)) if picked.resources else _NOTHING
        question = (asked(call.model), call.dialect, call.operation, call.stream, picked.hosts, foreign, picked.fallbacks)
        return self._decide(session, question, now)

    def decide_again(self, session: Session, before: Resolved, now: Moment) -> Resolved:
        """Decide the same question again, for a call under way."""
        return self._decide(session, before.question, now)

    def holds(self, resolved: Resolved, now: Moment) -> bool:
        """Whether a decision still stands by version and clock."""
        if self._unread:
            return False
        return resolved.version == self.version and now < resolved.decision.valid_until and now < self._boundary

    def _decide(self, session: Session, question: Class, now: Moment) -> Resolved:
        if now >= self._boundary:  # a rule begins or ends now: never decide by yesterday's set
            self.turn(now)
        known = session.decisions.get(question)
        if known is not None and self.holds(known, now):
            return known
        resolved = self._resolve(session.standing, question, now)
        if len(session.decisions) >= MAX_CLASSES:
            session.decisions.clear()
        session.decisions[question] = resolved
        return resolved

    def _resolve(self, standing: Standing, question: Class, now: Moment) -> Resolved:
        name, dialect, operation, stream, hosts, foreign, fallbacks = question
        context = Context(hosts, foreign, str(dialect), str(operation), stream)
        decision, model = self.answer(standing, name, context, now)
        for fallback in fallbacks:
            # INVARIANT: a fallback may not widen the grant; each one must be permitted by itself (client contract).
            if not decision.permits:
                break
            other, found = self.answer(standing, fallback, context, now)
            if not other.permits:
                decision = other
            elif found is None or found.served_as != fallback:  # it leaves as written, so it must mean the same over there
                decision = replace(other, effect=Effect.DENY, duties=(), reasons=(_FALLBACK_ALIAS,))
            else:
                decision = replace(decision, duties=tuple(dict.fromkeys(decision.duties + other.duties)))
        texts = [f"host={host}" for host in sorted(hosts)] + [f"foreign={each}" for each in sorted(foreign)]
        texts += [f"fallback={each}" for each in fallbacks]
        return Resolved(
            decision=decision,
            model=model,
            question=question,
            version=self.version,
            effect=decision.effect.value,
            reason_codes=tuple(reason.code for reason in decision.reasons),
            duty_texts=tuple(f"{duty.name}={duty.value}@{duty.rule}" for duty in decision.duties),
            context_texts=tuple(texts),
        )

    def answer(self, standing: Standing, name: str, context: Context, now: Moment) -> tuple[Decision, Model | None]:
        """The decision about one model name. Aliases are resolved here, once, before anything is decided."""
        policy = self._policy
        if policy is None or self._unread:
            return self._undecidable(standing, now), None
        candidate = canonical_candidate(name)
        model = None
        if candidate:
            model = self._registry.resolve_model(candidate) or self._registry.resolve_withdrawn(candidate)
        if model is None:
            return policy.not_found(standing, name, now), None
        return policy.decide(standing, model, context, now), model

    def _undecidable(self, standing: Standing, now: Moment) -> Decision:
        """The same no for every name: what is hidden stays hidden (P12)."""
        return Decision(
            effect=Effect.DENY,
            model="",
            reasons=(no.BROKEN,),
            policy_hash="",
            standing_hash=standing.hash,
            decided_at=now,
            errors=("there are no rules to decide by",),
            valid_until=min(self._boundary, standing.next_change),
        )

    def _foreign(self, resources: Iterable[str], session: Session) -> Iterable[str]:
        """The ids among these that are neither this caller's own nor recorded for the caller's organization."""
        for resource in resources:
            if self._owner_of(resource) == session.owner:
                continue
            if self._registry.resource_owner(resource) != session.standing.organization:
                yield resource


_NOTHING: frozenset[str] = frozenset()
_FALLBACK_ALIAS = Reason(
    "fallback_alias",
    "A fallback model is named by an alias, which may mean another model at the provider.",
    "Name fallback models as the model list does.",
)


def _words(what: str, fault: Refused | ValueError) -> str:
    """One line for the operator: codes and places. What a document says is not for a page that strangers may read."""
    found = fault.faults if isinstance(fault, Refused) else ()
    places = ", ".join(f"{each.code} at {each.where}" for each in found[:5]) or type(fault).__name__
    return f"{what} ({places}), so every call is refused."
