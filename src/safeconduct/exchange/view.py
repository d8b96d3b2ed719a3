"""What does a worker know? The in-memory view that calls are decided from: registry, instruments in force, decisions remembered.

Fed by the change feed, never by a database that somebody else may hold up. News name whom they touch: only their sessions are
forgotten. News about structure forget every session, news about instruments and models every decision; a standing survives
new rules that read the same facts. Decisions and standings also run out by the clock, one by one.

INVARIANT (P1): rules that cannot be compiled and changes that cannot be read permit nothing, and neither does a view that missed
a change. The registry moves on as far as it can, so that the change that mends it is taken in; until then every decision is a
no, and ``fault`` says why.
INVARIANT (P5): a view that was not fed until ``fresh_until`` permits no model of a restricted tier: a stop may be on its way.
INVARIANT (P10): a standing is made of the facts that the rules in force read, and of no others.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import replace

from safeconduct.audit import commitment
from safeconduct.exchange import no
from safeconduct.exchange.bearing import bearing, touched_of
from safeconduct.exchange.bounds import asked
from safeconduct.exchange.carrying import Clean
from safeconduct.exchange.duties import planned, retained
from safeconduct.exchange.measures import Throttles
from safeconduct.exchange.naming import model_meant
from safeconduct.exchange.sessions import Class, Resolved, Session, Sessions
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.changes import Change, News
from safeconduct.registry.state import Registry
from safeconduct.safeguards.extracts import Extracts
from safeconduct.safeguards.ports import Enabled
from safeconduct.safeguards.seen import Seen
from safeconduct.terms.call import CallView
from safeconduct.terms.decision import Decision, Effect, Reason
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER, SECOND, Moment
from safeconduct.terms.standing import Model, Standing

__all__ = ["Resolved", "Session", "View"]

MAX_CLASSES = 64  # remembered decisions a session; a caller cannot grow them without bound
RETRY: Moment = SECOND  # after this, rules that could not be compiled are tried again: the clock may have ended the bad one

OwnerOf = Callable[[str], str | None]
PolicyMaker = Callable[[Registry, Moment], Policy]


class View:
    """Answers who calls and what they may do, at a moment. ``fault`` is empty, or says why nobody may do anything.

    ``epoch`` grows with everything that may have taken a right away; while it stands still, only the clock can.
    ``unrestricted`` are the tiers whose models a stale view may still permit.
    """

    def __init__(
        self,
        registry: Registry,
        make_policy: PolicyMaker,
        commitment_key: bytes,
        owner_of: OwnerOf,
        now: Moment,
        unrestricted: Collection[str] = (),
        safeguards: Enabled = Enabled.NONE,
        throttles: Throttles | None = None,
    ) -> None:
        self._registry = registry
        self._make_policy = make_policy
        self._commitment_key = commitment_key
        self._owner_of = owner_of
        self._unrestricted = frozenset(unrestricted)
        self.safeguards = safeguards
        self.seen, self.extracts = Seen(), Extracts()
        self.throttles, self.told = throttles or Throttles(), Clean()  # told: headers of providers
        self._sessions = Sessions()
        self._policy: Policy | None = None
        self._wanted: frozenset[str] = frozenset()  # the facts that may be read (P10)
        self._rules, self._boundary = 0, now  # rules: grows with every new set of them
        self._unread = self._lost = self._broken = ""
        self.epoch, self.version = 0, registry.version
        self.fresh_until: Moment = FOREVER  # whoever feeds the view sets how long that lasts
        self.turned_at: Moment = 0  # the last moment at which the clock alone changed the rules
        self._compile(now)

    @property
    def registry(self) -> Registry:
        return self._registry

    def released(self, held: str, now: Moment) -> bool:
        """Whether a human let this held thing through. A view that missed a change lets nothing through."""
        return not self._unread and not self._lost and self._registry.released(held, now)

    @property
    def policy(self) -> Policy | None:
        """The rules in force; None while there are none to decide by."""
        return None if self._unread or self._lost else self._policy

    @property
    def lost(self) -> bool:
        """Whether a change was missed and has to be asked for again."""
        return bool(self._lost)

    @property
    def fault(self) -> str:
        """Why every call is refused; empty while the view can be decided from. Names places and codes, no contents."""
        return self._unread or self._lost or self._broken

    def apply(self, changes: Iterable[Change], now: Moment) -> bool:
        """Let plain changes take effect; true when anything moved. Those that are here already are passed over."""
        fresh = [change for change in changes if change.seq > self.version]
        return bool(fresh) and self.hear(News.of(fresh, self.version), now)

    def hear(self, news: News, now: Moment) -> bool:
        """Let news take effect; true when anything moved. What they touch is forgotten.

        News that do not follow what is here mean that some were lost: nothing is permitted until they were asked for again,
        from ``version`` on.
        """
        unread, lost = self._unread, ""
        try:
            if news.since != self.version:
                lost = "A change of the registry was lost on the way, so every call is refused until it was asked for again."
            elif self._registry.version < news.version:
                self._registry.hear(news)
                unread = ""
        except (Refused, ValueError) as fault:
            unread = _words("The registry holds a change that cannot be read", fault)
        if self._registry.version == self.version and (unread, lost) == (self._unread, self._lost):
            return False
        everyone, rules = bearing(news)
        if (unread, lost) != (self._unread, self._lost):
            everyone = rules = True
        self._unread, self._lost = unread, lost
        self.version = self._registry.version
        self.epoch += 1
        if everyone or news.touched is None:
            self._sessions.clear()
        else:
            self._sessions.forget(touched_of(news, news.touched))
        if rules:
            self._compile(now)
        if any(each.kind.startswith("erasure.") for each in news.changes):
            self.extracts.forget()  # INVARIANT (P8): what a worker read out of somebody's texts goes with them
        return True

    def in_step(self, now: Moment) -> bool:
        """Nothing follows ``version``, says whoever was asked. True when that heals a view that had missed something."""
        if not self._lost:
            return False
        self._lost = ""
        self.epoch += 1
        self._sessions.clear()
        self._compile(now)
        return True

    def turn(self, now: Moment) -> bool:
        """Let the clock take effect: rules that begin or end at a moment that has come. True when the rules were made anew."""
        if now < self._boundary:
            return False
        self.epoch += 1
        self.turned_at = self._boundary
        self._compile(now)
        return True

    def _compile(self, now: Moment) -> None:
        self._policy = None  # whatever happens below, nothing is decided by rules that are no longer in force
        self._rules += 1
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
            if policy.facts != self._wanted:
                self._wanted = policy.facts
                self._sessions.clear()

    @property
    def boundary(self) -> Moment:
        """The next moment at which the rules change by the clock alone."""
        return self._boundary

    def session(self, digest: bytes, now: Moment) -> Session | None:
        """The session of a presented credential; None when there is no such key. Raises OSError when it cannot be read."""
        if now >= self._boundary:  # a rule begins or ends now, and may ask for other facts
            self.turn(now)
        known = self._sessions.get(digest)
        if known is not None and now < known.standing.next_change:
            return known
        standing = self._registry.standing(digest, now, self._wanted)
        if standing is None:
            return None
        key = commitment.subject_key(self._commitment_key, standing.leaf_pseudonym, standing.handle)
        session = Session(digest, standing, key, f"{standing.organization}/{standing.leaf_pseudonym}")
        self._sessions.put(session)
        return session

    def refreshed(self, session: Session, now: Moment) -> Session | None:
        """The same credential's session now; the very same object while nothing moved. Raises OSError."""
        if self._sessions.current(session) and now < session.standing.next_change and now < self._boundary:
            return session
        return self.session(session.digest, now)

    def decide(self, session: Session, call: CallView, now: Moment) -> Resolved:
        """Decide a call. Remembered for the same class of question while rules, standing and clock stand still."""
        picked = call.selections
        foreign = frozenset(self._foreign(picked.resources, session)) if picked.resources else _NOTHING
        question = (asked(call.model), call.dialect, call.operation, call.stream, picked.hosts, foreign, picked.fallbacks)
        return self._fresh(self._decide(session, question, now), now)

    def decide_again(self, session: Session, before: Resolved, now: Moment) -> Resolved:
        """Decide the same question again, for a call under way."""
        return self._fresh(self._decide(session, before.question, now), now)

    def instead(self, session: Session, held: Resolved, now: Moment) -> Resolved:
        """The same question about the model that the refusing rule offers instead; ``held`` itself when there is no such yes.

        INVARIANT: it never widens anything. The offered model is decided like any other, for this caller and this very call;
        one that is not permitted by itself, or offers a further one, changes nothing. Only a rule can offer, never a request.
        """
        offer = held.decision.fallback
        if not offer or held.model is None or held.decision.permits:
            return held
        known = session.offered.get(held.question)
        if known is None or not self.holds(known, now):
            other = self._decide(session, (offer, *held.question[1:]), now)
            if not other.decision.permits or other.model is None or other.model.id != offer:
                return held
            known = replace(other, instead_of=held.model.id, requested=held.question[0])
            if len(session.offered) >= MAX_CLASSES:
                session.offered.clear()
            session.offered[held.question] = known
        fresh = self._fresh(known, now)
        return fresh if fresh.decision.permits else held

    def holds(self, resolved: Resolved, now: Moment) -> bool:
        """Whether a decision still stands by rules and clock, for a session that is current."""
        if self._unread or self._lost:
            return False
        return resolved.epoch == self._rules and now < resolved.decision.valid_until and now < self._boundary

    def stands(self, session: Session, resolved: Resolved, now: Moment) -> bool:
        """Whether a call under way may go on as it was decided: nothing it rests on has moved."""
        if resolved.restricted and now >= self.fresh_until:
            return False
        return self._sessions.current(session) and now < session.standing.next_change and self.holds(resolved, now)

    def _fresh(self, resolved: Resolved, now: Moment) -> Resolved:
        """``resolved`` itself, or a no because the view is too old to permit this. What is a no anyway stays that no (P12)."""
        if now < self.fresh_until or not resolved.restricted:
            return resolved
        decision = replace(resolved.decision, effect=Effect.DENY, duties=(), reasons=(no.STALE,))
        told, effect = (no.STALE.code,), decision.effect.value
        return replace(resolved, decision=decision, effect=effect, reason_codes=told, duty_texts=(), restricted=False, keeps="")

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
        restricted = model is not None and model.tier not in self._unrestricted
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
                restricted = restricted or found.tier not in self._unrestricted
                decision = replace(decision, duties=tuple(dict.fromkeys(decision.duties + other.duties)))
        decision, keeps = retained(decision, {} if self._policy is None else self._policy.classes)
        texts = [f"host={host}" for host in sorted(hosts)] + [f"foreign={each}" for each in sorted(foreign)]
        texts += [f"fallback={each}" for each in fallbacks]
        return Resolved(
            decision=decision,
            model=model,
            question=question,
            epoch=self._rules,
            effect=decision.effect.value,
            reason_codes=tuple(reason.code for reason in decision.reasons),
            duty_texts=tuple(f"{duty.name}={duty.value}@{duty.rule}" for duty in decision.duties),
            context_texts=tuple(texts),
            restricted=restricted and decision.permits,
            keeps=keeps,
            plan=planned(decision, self.safeguards.base),
        )

    def answer(self, standing: Standing, name: str, context: Context, now: Moment) -> tuple[Decision, Model | None]:
        """The decision about one model name. Aliases are resolved here, once, before anything is decided."""
        policy = self._policy
        if policy is None or self._unread or self._lost:
            return self._undecidable(standing, now), None
        model = model_meant(self._registry, name)
        if model is None:
            return policy.not_found(standing, name, now, context), None
        return policy.decide(standing, model, context, now, name), model

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
            own = self._owner_of(resource) == session.owner
            if not own and self._registry.resource_owner(resource) != session.standing.organization:
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
