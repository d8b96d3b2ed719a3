"""How is an officer's act performed, so that the log and the registry never tell two stories?

One act at a time, across processes, in this order:

1. An act that a crash cut off earlier is closed first: the log gets ``act.failed``.
2. The act is judged against the registry as it is now (``office``). A no ends here; nothing was written.
3. The intent is noted in the registry's file, durably.
4. The entry goes to the log, durably. If the log cannot be written, the answer is no.
5. The changes are committed together with the end of the intent. If that fails, the log gets ``act.failed``.

INVARIANT (P6): no change without its entry before it (4 before 5), and no entry that claims changes which are not there
without an ``act.failed`` after it (3 and 1, whatever dies in between).
"""

from __future__ import annotations

import contextlib
import hmac
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Final

from safeconduct.audit.commitment import commit
from safeconduct.desk.ports import ActJournal, Drafts, Store
from safeconduct.desk.rosters import Imported, Stack
from safeconduct.office.act import Plan, plan
from safeconduct.office.acts import Act, IssueKey
from safeconduct.office.rosters import ACT as IMPORT
from safeconduct.office.rosters import Judging
from safeconduct.registry import keys
from safeconduct.registry.changes import MOST_NAMED, SALT_BYTES, Change, Intent, digest_of, seal
from safeconduct.registry.roster import RosterReading, RosterRow
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment

ACT_SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Done:
    """What an act changed. ``changes`` is empty when everything was so already: then nothing was recorded either."""

    plan: Plan
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A fresh key. ``text`` exists nowhere else: show it once and forget it."""

    id: str
    text: str = field(repr=False)


class Desk:
    """The door for officers: command line, pages and API are faces over it. ``actor`` is who sits at it."""

    def __init__(
        self,
        store: Store,
        journal: ActJournal,
        *,
        pepper: bytes,
        pseudonym_key: bytes,
        random: Callable[[int], bytes],
        clock: Callable[[], Moment],
        actor: str = "operator",
        complete: Callable[[Desk], None] | None = None,
    ) -> None:
        self._store = store
        self._journal = journal
        self._pepper = pepper
        self._pseudonym_key = pseudonym_key
        self._random = random
        self._clock = clock
        self._actor = actor
        self._complete = complete  # goes on with erasures that are under way; called by the one writer
        self._registry: Registry | None = None

    def now(self) -> Moment:
        """The moment by the desk's clock."""
        return self._clock()

    @property
    def registry(self) -> Registry:
        """The registry as it is now. Read it; only acts change it. People and keys are read from the history when asked for.

        Raises OSError or Refused when the history cannot be read.
        """
        if self._registry is None:
            self._registry = self._store.registry(self._pseudonym_key)
        elif (news := self._store.news(self._registry.version)) is not None:
            self._registry.hear(news)
        return self._registry

    def as_of(self, moment: Moment) -> Registry:
        """The registry as it was known at ``moment`` (P6)."""
        return self._store.registry(self._pseudonym_key, until=moment)

    def about(self, person: str) -> Iterator[Change]:
        """The part of the history that is about one person, in order."""
        return self._store.about(person)

    def preview(self, act: Act, *, actor: str = "") -> Plan:
        """What the act would change if it were performed now; nothing is written. Raises Refused as ``perform`` does."""
        registry = self.registry
        return plan(act, registry, actor or self._actor, max(self._clock(), registry.changed_at))

    def perform(self, act: Act, *, actor: str = "") -> Done:
        """Do it, all of it or nothing. Raises Refused with every fault, or when log or registry cannot be written."""
        with self._store.exclusive():
            self._close_cut_act()
            with contextlib.suppress(Refused):  # what cannot be completed now must not stand in the way of a stop (P5)
                self._go_on()
            done = self.perform_within(act, actor=actor)
            if any(each.kind == "erasure.opened" for each in done.changes):
                self._go_on()
            return done

    def perform_within(self, act: Act, *, actor: str = "") -> Done:
        """As ``perform``, for whoever completes an act and is the one writer already."""
        plan_ = self.preview(act, actor=actor)
        if not plan_.changes:
            return Done(plan_, ())
        salt = self._random(ACT_SALT_BYTES)
        drafts = tuple(seal(plan_.changes, self._random(SALT_BYTES * len(plan_.changes))))
        intent = self._intent(plan_.act, plan_.actor, plan_.subject, salt, digest_of(drafts, salt))
        first = self._record(intent, plan_.at, drafts, salt, plan_)
        changes = [
            Change(seq, each.at, each.actor, each.kind, each.subject, each.body, each.salt)
            for seq, each in enumerate(drafts, first)
        ]
        return Done(plan_, tuple(changes))

    def complete(self) -> None:
        """Go on with what earlier acts began and a crash or a fault cut off. Raises Refused when it cannot be completed."""
        with self._store.exclusive():
            self._close_cut_act()
            self._go_on()

    def _go_on(self) -> None:
        if self._complete is not None:
            self._complete(self)

    def import_roster(
        self, reading: RosterReading, *, file: str, replace: bool = False, actor: str = "", only_look: bool = False
    ) -> Imported:
        """Read a roster to its end, judge every row, then perform all of it as one act, or with ``only_look`` nothing.

        Memory stays flat. Raises Refused with the faults of the file and those against the registry, together.
        """
        with contextlib.nullcontext() if only_look else self._store.exclusive():
            if not only_look:
                self._close_cut_act()
            registry, salt, name = self.registry, self._random(ACT_SALT_BYTES), actor or self._actor
            now = max(self._clock(), registry.changed_at)
            judging = Judging(file, replace, registry, name, now)
            rows = 0

            def counted() -> Iterator[RosterRow]:
                nonlocal rows
                for rows, row in enumerate(reading.rows(), 1):  # noqa: B007 - the count is the point
                    yield row

            with Stack(self._store.scratch(), self._random, name, now) as stack:
                for each in judging.drafts(counted()):
                    stack.put(each)
                if reading.faults or judging.faults:
                    raise Refused(*reading.faults, *judging.faults)
                if len(stack) and not only_look:
                    intent = self._intent(IMPORT, name, file, salt, stack.digest(salt))
                    self._record(intent, now, stack, salt)
                return Imported(file, rows, now, stack.counts)

    def issue_key(
        self,
        *,
        holder_kind: str,
        holder: str,
        organization: str,
        project: str = "",
        label: str = "",
        starts: Moment | None = None,
        ends: Moment = FOREVER,
        actor: str = "",
    ) -> IssuedKey:
        """Make a key and record its digest. The text is in the answer and nowhere else. Raises Refused."""
        text = keys.mint(self._random(keys.RANDOM_BYTES))
        name = f"key-{self._random(8).hex()}"
        act = IssueKey(
            id=name,
            digest=keys.digest(self._pepper, text),
            holder_kind=holder_kind,
            holder=holder,
            organization=organization,
            project=project,
            label=label,
            starts=starts,
            ends=ends,
        )
        self.perform(act, actor=actor)
        return IssuedKey(name, text)

    @property
    def actor(self) -> str:
        """Who sits at the desk."""
        return self._actor

    def sit(self, officer_key: str) -> str:
        """Let the holder of this officer key act at the desk from now on; returns the actor. Raises Refused."""
        digest = keys.digest(self._pepper, officer_key)
        found = self.registry.officer_of(digest) if keys.looks_like_officer_key(officer_key) else None
        if found is None or found.ended_at is not None or not hmac.compare_digest(found.digest, digest):
            mend = "check SAFECONDUCT_OFFICER_KEY_FILE, or ask another officer for a new key"
            raise Refused(Fault("no_officer", "this is the key of no officer", "officer key", mend))
        self._actor = f"officer:{found.id}"
        return self._actor

    def fresh_officer_key(self) -> tuple[str, bytes]:
        """A new officer key and what is kept of it. Nobody has it yet; the text exists nowhere else."""
        text = keys.mint(self._random(keys.RANDOM_BYTES), keys.OFFICER_PREFIX)
        return text, keys.digest(self._pepper, text)

    def actor_pseudonym(self, actor: str) -> str:
        """What the log calls an officer (P8)."""
        return "sc_" + hmac.digest(self._pseudonym_key, f"actor:{actor}".encode(), "sha256")[:20].hex()

    def _intent(self, act: str, actor: str, subject: str, salt: bytes, digest: str) -> Intent:
        about = commit(salt, "subject", subject)  # opened to a stranger like any other field: audit export --disclose
        return Intent(name=act, actor=self.actor_pseudonym(actor), subject=about, digest=digest)

    def _record(self, intent: Intent, at: Moment, drafts: Drafts, salt: bytes, planned: Plan | None = None) -> int:
        """Steps 3 to 5. Returns the ``seq`` of the first change."""
        registry = self.registry
        second = self.actor_pseudonym(planned.second) if planned is not None and planned.second else ""
        try:
            self._store.intend(intent)
        except OSError as wrong:
            raise _not_done("the registry cannot be written", wrong) from wrong
        try:
            entry = self._journal.performed(
                at=max(at, self._clock()),  # a long roster was read in the meantime; an entry of before would come late
                act=intent.name,
                actor=intent.actor,
                subject_commitment=intent.subject,
                changes_digest=intent.digest,
                changes_hashes=tuple(each.hash for each in drafts) if len(drafts) <= MOST_NAMED else (),
                first_change=registry.version + 1,
                changes=len(drafts),
                about=planned.about if planned is not None else "",
                organization=planned.organization if planned is not None else "",
                second=second,
            )
        except OSError as wrong:
            # The entry may still have reached the disk; the intent stays, and the next act closes it as cut off.
            raise _not_done("the log cannot be written", wrong) from wrong
        try:
            return self._store.append(drafts, intent.name, salt, intent.digest)
        except OSError as wrong:
            self._record_failure(intent, "registry_unwritable", entry)
            raise _not_done("the registry cannot be written", wrong) from wrong

    def _close_cut_act(self) -> None:
        intent = self._store.intent()
        if intent is None:
            return
        try:
            self._fail(intent, "cut_off", 0)
        except OSError as wrong:
            raise _not_done("an act that was cut off earlier cannot be closed in the log", wrong) from wrong

    def _record_failure(self, intent: Intent, code: str, entry: int) -> None:
        with contextlib.suppress(OSError):  # the intent stays then, and the next act closes it
            self._fail(intent, code, entry)

    def _fail(self, intent: Intent, code: str, entry: int) -> None:
        self._journal.failed(
            at=self._clock(),
            act=intent.name,
            actor=intent.actor,
            changes_digest=intent.digest,
            code=code,
            failed_seq=entry,
        )
        self._store.give_up()


def _not_done(what: str, wrong: OSError) -> Refused:
    mend = "nothing was changed; free the disk or mend its permissions, then do it again"
    return Refused(Fault("not_recorded", f"{what}: {wrong.strerror or type(wrong).__name__}", "desk", mend))
