"""Which standings are remembered, and whose are they? The table of sessions, found by credential, by person and by key.

What a standing and a decision are is for the rooms that make them; when they are asked for again is for the view. A session
is current while it stands in the table, and only then: whoever holds one that does not stands on yesterday's ground.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from safeconduct.audit.entries import CallDecided
from safeconduct.exchange.carrying import Clean
from safeconduct.safeguards.plan import Plan
from safeconduct.terms.decision import Decision
from safeconduct.terms.standing import Model, Standing

MAX_SESSIONS = 20_000  # remembered standings; forgotten ones are worked out again

# (model as asked, dialect, operation, stream, hosts, foreign resources, fallbacks)
Class = tuple[str, str, str, bool, frozenset[str], frozenset[str], tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Resolved:
    """A decision together with what it was about. ``model`` is None for a name that means nothing here.

    ``epoch`` names the rules it was taken by. ``restricted``: a permit that a view which is no longer fresh may not give.
    ``instead_of`` is the model that was asked for and refused, where a rule offers this one instead; ``requested`` the name.
    ``keeps`` is the retention class that a permitted call has to be kept in; empty where nothing is kept. ``plan`` says which
    safeguards a permitted call is under.
    """

    decision: Decision
    model: Model | None
    question: Class
    epoch: int
    effect: str
    reason_codes: tuple[str, ...]
    duty_texts: tuple[str, ...]
    context_texts: tuple[str, ...]
    restricted: bool = False
    instead_of: str = ""
    requested: str = ""
    keeps: str = ""
    plan: Plan = Plan.EMPTY

    @property
    def operation(self) -> str:
        """What the call does with the model."""
        return self.question[2]


@dataclass(slots=True)
class Session:
    """One credential's standing while it holds, with the decisions already taken for it."""

    digest: bytes
    standing: Standing
    subject_key: bytes
    owner: str
    decisions: dict[Class, Resolved] = field(default_factory=dict)
    offered: dict[Class, Resolved] = field(default_factory=dict)  # what is served instead, by the question that was refused
    templates: dict[int, tuple[Resolved, CallDecided]] = field(default_factory=dict)  # entries to copy; see record
    carried: Clean = field(default_factory=Clean)  # headers of its calls


class Sessions:
    """Remembered sessions, at most ``MAX_SESSIONS``; beyond that all of them are forgotten and worked out again."""

    def __init__(self) -> None:
        self._table: dict[bytes, Session] = {}
        self._people: dict[str, tuple[bytes, ...]] = {}
        self._keys: dict[str, bytes] = {}

    def __len__(self) -> int:
        return len(self._table)

    def get(self, digest: bytes) -> Session | None:
        return self._table.get(digest)

    def current(self, session: Session) -> bool:
        """Whether nothing was heard that takes this session's standing away."""
        return self._table.get(session.digest) is session

    def put(self, session: Session) -> None:
        """Remember a session, in place of the one for the same credential if there is one."""
        digest, standing = session.digest, session.standing
        if digest not in self._table and len(self._table) >= MAX_SESSIONS:
            self.clear()
        self._table[digest] = session
        self._keys[standing.credential] = digest
        if standing.person:
            others = self._people.get(standing.person, ())
            if digest not in others:
                self._people[standing.person] = (*others, digest)

    def forget(self, touched: Iterable[str]) -> None:
        """Forget whoever is touched: ``person/ID`` with every credential that leads to the person, or ``key/ID``; of ``agent``,
        ``project`` and ``organization`` everybody whose chain has it.
        """
        for name in touched:
            kind, _, subject = name.partition("/")
            if kind == "person":
                for digest in self._people.pop(subject, ()):
                    self._table.pop(digest, None)
            elif kind == "key":
                found = self._keys.pop(subject, None)
                if found is not None:
                    self._table.pop(found, None)
            else:
                for digest in [each.digest for each in self._table.values() if _hangs_on(each.standing, kind, subject)]:
                    del self._table[digest]

    def clear(self) -> None:
        """Forget everyone."""
        self._table = {}
        self._people = {}
        self._keys = {}


def _hangs_on(standing: Standing, kind: str, name: str) -> bool:
    """Whether the chain of a standing has this link. Structure is looked for by walking: such news are few."""
    match kind:
        case "agent":
            return name in standing.agents
        case "project":
            return name == standing.project
        case "organization":
            return name == standing.organization or name in standing.organizations_above
        case _:
            return False
