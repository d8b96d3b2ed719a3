"""Was every logged call decided as history says it had to be (P6)? Decides it again, at its own moment and version.

A log entry holds what was asked (model, dialect, what was special about the call), by which pseudonym, at which version of the
registry, and what was decided. The credential is not in the log; whose pseudonym it is, the registry tells. Where a holder has
several keys, the standing's hash tells which of them it was. The view that workers decide with decides again; there is no
second way of deciding here.

Two things are not in the log: the limit on tokens that a call asked for, so any limit is allowed that explains the entry; and
how old the worker's view was, so calls refused because of that are counted as such.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import Final

import msgspec

from safeconduct.audit.entries import CallDecided
from safeconduct.exchange import no, record
from safeconduct.exchange.duties import judged
from safeconduct.exchange.sessions import Session
from safeconduct.exchange.view import Resolved, View
from safeconduct.policy.measures import THROTTLED
from safeconduct.registry.state import Registry
from safeconduct.terms.call import CallView, Dialect, Operation, Selections
from safeconduct.terms.decision import Effect
from safeconduct.terms.moments import Moment

ViewAt = Callable[[int, Moment], View]
"""A view of one version of the registry that has not seen a moment later than this one."""
KeysOf = Callable[[str], Sequence[bytes]]
"""The digests of the credentials behind a leaf pseudonym."""

LIMITS: Final = (0, 1, 10**11)  # no limit on output named, one below every cap, one above
WORKER: Final = frozenset({no.STALE.code, no.BROKEN.code})
FIELDS: Final = ("effect", "reasons", "rules", "duties", "resolved", "policy_hash", "standing_hash", "measures", "rehearsed")


class Difference(msgspec.Struct, frozen=True):
    """What the log says and what history says, for one field of one call."""

    call: str
    at: Moment
    field: str
    logged: str
    derived: str


class Replayed(msgspec.Struct):
    """``same`` calls were decided as logged. ``worker`` were refused for the state of a worker, which no history holds.
    ``erased`` were calls of people who were lawfully erased since, whose facts nobody knows any more.
    """

    calls: int = 0
    same: int = 0
    worker: int = 0
    erased: int = 0
    differences: list[Difference] = []

    @property
    def holds(self) -> bool:
        return not self.differences


MAX_DIFFERENCES: Final = 1_000
MAX_VIEWS: Final = 32


def replay(
    entries: Iterable[CallDecided],
    view_at: ViewAt,
    keys_of: KeysOf,
    tell: Callable[[int], None],
    erased: Collection[str] = frozenset(),
) -> Replayed:
    """Decide every entry again. Entries in order of version and moment are fastest; any order is right.

    ``erased`` are the pseudonyms that the log says were erased. INVARIANT (P6): about them the answer is that, and no guess.
    """
    found = Replayed()
    for entry in entries:
        found.calls += 1
        if entry.reasons and entry.reasons[0] in WORKER:
            found.worker += 1
        elif entry.caller in erased:
            found.erased += 1
        else:
            differences = list(again(entry, view_at, keys_of))
            found.same += not differences
            if len(found.differences) < MAX_DIFFERENCES:
                found.differences += differences
        tell(found.calls)
    return found


def again(entry: CallDecided, view_at: ViewAt, keys_of: KeysOf) -> Iterator[Difference]:
    """How the decision of one entry differs from the one derived again; nothing where they agree."""
    view = view_at(entry.registry_version, entry.at)
    session = _session(entry, view, keys_of(entry.caller))
    if session is None:
        yield Difference(entry.call, entry.at, "caller", entry.caller, "no credential of that caller had such a standing")
        return
    logged = _logged(entry)
    without = _uninspected(logged)
    derived: dict[str, object] = {}
    for resolved in _outcomes(entry, view, session):
        derived = _derived(resolved)
        if derived in (logged, without):
            return
    for field in FIELDS:
        if derived.get(field) != logged[field]:
            yield Difference(entry.call, entry.at, field, str(logged[field]), str(derived.get(field)))


def _session(entry: CallDecided, view: View, digests: Sequence[bytes]) -> Session | None:
    for digest in digests:
        session = view.session(digest, entry.at)
        if session is not None and session.standing.hash == entry.standing_hash:
            return session
    return None


def _outcomes(entry: CallDecided, view: View, session: Session) -> Iterator[Resolved]:
    """Every way the machine could have judged what the view decides: for each limit, and with the model offered instead."""
    decided = view.decide(session, _call(entry), entry.at)
    if entry.fallback_from:
        decided = view.instead(session, decided, entry.at)
    for limit in LIMITS:
        yield judged(decided, limit)


def _call(entry: CallDecided) -> CallView:
    """The question of an entry, as the view is asked it. What it may not name in the log is a name that means nothing."""
    special: dict[str, list[str]] = {"host": [], "foreign": [], "fallback": []}
    for text in entry.context:
        name, _, value = text.partition("=")
        special.setdefault(name, []).append(value)
    picked = Selections(
        fallbacks=tuple(special["fallback"]), hosts=frozenset(special["host"]), resources=frozenset(special["foreign"])
    )
    dialect, operation = Dialect(entry.dialect), Operation(entry.operation)
    return CallView(dialect, operation, b"", {}, entry.requested, entry.stream, picked, 0)


def _logged(entry: CallDecided) -> dict[str, object]:
    """What was decided. A call that could not be kept, or came too soon, is logged as a no; decided it was as a permit."""
    logged = {field: getattr(entry, field) for field in FIELDS}
    if entry.reasons[:1] in ((no.NOT_KEPT,), (THROTTLED,)):
        logged |= {"effect": Effect.PERMIT.value, "reasons": entry.reasons[1:]}
    return logged


def _uninspected(logged: dict[str, object]) -> dict[str, object]:
    """What was decided before detectors looked at the content, which no replay can see: what they refused was a permit."""
    told = tuple(str(code) for code in logged["reasons"]) if isinstance(logged["reasons"], tuple) else ()
    reasons = record.inspected(told)
    if logged["effect"] == Effect.HOLD.value and reasons[:1] == (no.HELD,):
        reasons = reasons[1:]
    elif reasons[:1] == told[:1]:  # what spoke first is none of theirs
        return {**logged, "reasons": reasons}
    return {**logged, "effect": Effect.PERMIT.value, "reasons": reasons}


def _derived(resolved: Resolved) -> dict[str, object]:
    made = resolved.decision
    return {
        "effect": resolved.effect,
        "reasons": resolved.reason_codes,
        "rules": made.rules,
        "duties": resolved.duty_texts,
        "resolved": "" if resolved.model is None else resolved.model.id,
        "policy_hash": made.policy_hash,
        "standing_hash": made.standing_hash,
        "measures": made.measures,
        "rehearsed": made.rehearsed,
    }


class Views:
    """Views by version, each fed with moments that do not run backwards; ``make`` makes a fresh one."""

    def __init__(self, make: ViewAt) -> None:
        self._make = make
        self._views: dict[int, tuple[Moment, View]] = {}

    def __call__(self, version: int, at: Moment) -> View:
        known = self._views.pop(version, None)
        view = known[1] if known is not None and known[0] <= at else self._make(version, at)
        self._views[version] = (at, view)
        if len(self._views) > MAX_VIEWS:
            del self._views[next(iter(self._views))]
        return view


def keys_by_pseudonym(
    registry: Registry, wanted: frozenset[str], now: Moment, tell: Callable[[int], None]
) -> dict[str, list[bytes]]:
    """The digests of the credentials behind each of these leaf pseudonyms: one pass over all keys."""
    found: dict[str, list[bytes]] = {}
    for done, key in enumerate(registry.every_key(), 1):
        if key.holder_kind == "person":
            pseudonym = registry.leaf_pseudonym(key.organization, key.holder)
        else:
            standing = registry.standing(key.digest, now, ())
            pseudonym = "" if standing is None else standing.leaf_pseudonym
        if pseudonym in wanted:
            found.setdefault(pseudonym, []).append(key.digest)
        tell(done)
    return found
