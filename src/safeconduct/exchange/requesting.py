"""What becomes of a request that is permitted? Inspected, kept where a rule asks it, recorded; and only then it may leave.

1. The inline detectors look at every text of it. One that fails refuses the call (``safeguard_unavailable``).
2. Texts that detectors in other processes have to see first, and have not seen before, are sent there, and the call waits. It
   is then read and decided again from its bytes: what has moved meanwhile counts, and no decoded request waits in memory.
3. The verdict: it goes on, or on with texts taken out, or it is a no that is recorded like any other.

The order of a whole call is the machine's question; what findings come to is the panel's.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

import msgspec

from safeconduct.audit.entries import CallDecided
from safeconduct.exchange import carrying, collecting, holding, inspecting, no, outgoing, record
from safeconduct.exchange.collecting import Collected
from safeconduct.exchange.commands import Blind, Command, Keep, RecordDecision, Scan, TellHeld
from safeconduct.exchange.ending import Ending, State
from safeconduct.exchange.inspecting import CONTEXTUAL, Inspection
from safeconduct.exchange.passage import upstream_lines
from safeconduct.exchange.sessions import Resolved, Session
from safeconduct.safeguards import panel, redaction
from safeconduct.safeguards.panel import Verdict
from safeconduct.safeguards.ports import About, DetectorFailed, Wanted
from safeconduct.safeguards.redaction import Placeholders
from safeconduct.safeguards.seen import CLEAN, Heard
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import Direction
from safeconduct.terms.call import CallView, Refusal
from safeconduct.terms.decision import Reason
from safeconduct.terms.findings import Action
from safeconduct.terms.safeguards import REUSE
from safeconduct.terms.scans import Place
from safeconduct.wire.edits import NoSuchText

JUSTIFICATION: Final = panel.JUSTIFICATION_HEADER.encode()


class Requesting(Ending):
    """The part of a call between its decision and its record."""

    _raw = b""  # the request, while it waits to be scanned
    _asked: tuple[Wanted, ...] = ()
    _heard: Mapping[bytes, Heard] = MappingProxyType({})  # what was heard for this call
    _told: tuple[Wanted, ...] = ()  # what the answer may repeat, where it will be remembered
    _later: tuple[Wanted, ...] = ()  # what is scored once the call is on its way
    _failed: tuple[str, str] = ("", "")  # the process that failed this call, and why

    def _inspect(self, entry: CallDecided, call: CallView, session: Session, resolved: Resolved) -> list[Command]:
        """Look at a permitted call. It goes on from here to the vault or the log, waits for detectors, or is refused."""
        plan, enabled = resolved.plan, self._view.safeguards
        if not plan.orders and not enabled.processes:
            return self._permitted(entry, call, session, resolved)
        if absent := enabled.absent(plan):
            mend = enabled.missing.get(absent, "The operator has to enable it in the settings, or the rule has to be mended.")
            return self._refused(entry, no.unavailable(absent, self.id, mend))
        place = self._place(session, resolved) if REUSE in plan.everyone else None
        try:
            looked = inspecting.inspect(
                self._wire.blocks(call.tree),
                plan,
                enabled,
                self._view.seen,
                self._heard,
                session.subject_key,
                About(self.id, session.standing.purpose, place),
            )
            self._lines = upstream_lines(self._headers)
            wanted = plan.detectors(Direction.REQUEST) - enabled.remote - CONTEXTUAL
            headers, found = carrying.look(session.carried, self._headers, self._lines, enabled, wanted)
        except DetectorFailed as failed:
            return [Blind(failed.detector, "error"), *self._refused(entry, no.unavailable(failed.detector, self.id))]
        if looked.waits and not self._failed[0]:
            self.state = State.SCANNING
            self._raw, self._asked = call.body, looked.waits
            return [Scan(looked.waits)]
        if looked.waits:
            return self._refused(entry, no.unavailable(self._failed[0], self.id))
        entry.detectors, entry.scanned_blocks, entry.scanned_bytes = looked.detectors, len(looked.blocks), looked.size
        self._later = looked.later
        if place is not None and REUSE in plan.detectors(Direction.ANSWER):
            self._collected, self._told = Collected(place), collecting.asked(place, looked.blocks)
        if found:
            looked.blocks, looked.findings = [*looked.blocks, *headers], [*looked.findings, *found]
        return self._judged(entry, call, session, resolved, looked)

    def _judged(
        self, entry: CallDecided, call: CallView, session: Session, resolved: Resolved, looked: Inspection
    ) -> list[Command]:
        """What the findings come to."""
        placeholders = Placeholders(looked.blocks) if looked.findings else None
        verdict = panel.CLEAN if placeholders is None else self._verdict(entry, session, resolved, looked, placeholders)
        if looked.heard or verdict.findings:
            action = verdict.action.name.lower() if verdict.codes else ""
            scored = inspecting.scored(looked.heard, verdict.findings)
            self._trace = msgspec.structs.replace(self._trace, scored=scored, action=action)
        entry.reasons += verdict.codes
        self._warning = panel.warning(verdict) if verdict.warned else ""
        if verdict.action is Action.HOLD and verdict.reason is not None:
            where = holding.where_of(session.standing, resolved.model)
            name = holding.of_request(session.subject_key, where, looked.blocks, verdict.findings, resolved.plan)
            model = "" if resolved.model is None else resolved.model.id
            told = holding.note(name, self.id, session.standing, model, Direction.REQUEST, verdict, entry.at)
            refusal = no.safeguard(holding.said(verdict.reason, name), self.id)
            return [TellHeld(told), *self._refused(entry, refusal, verdict)]
        if verdict.reason is not None:
            return self._refused(entry, no.safeguard(verdict.reason, self.id), verdict)
        if "tools" in resolved.plan.detectors(Direction.ANSWER):
            self._taint = Taint.of(looked.blocks, self._view.extracts, session.subject_key)
        if not verdict.edits:
            return self._permitted(entry, call, session, resolved)
        counts: dict[str, int] = {}
        redaction.count(verdict.edits, counts)
        entry.redacted = self._redacted = redaction.told(counts)
        edits, names = carrying.parted(verdict.edits)
        if names:
            self._lines = upstream_lines(carrying.without(self._headers, names))
        if not edits:
            return self._permitted(entry, call, session, resolved)
        # INVARIANT: P3 - what leaves is what was inspected, but for the edits listed in the verdict.
        try:
            edited = self._wire.read(self._wire.replaced(call, edits), self._operation)
        except NoSuchText:
            detector = verdict.findings[0].detector
            say = "The request holds something that has to be taken out, in a place where nothing can be taken out."
            reason = Reason(f"safeguard_{detector}", say, "Take it out and send the request again.")
            return self._refused(entry, no.safeguard(reason, self.id), verdict)
        self._placeholders, self._unseen = placeholders, call.selections.unseen
        self._taint = Taint.of(looked.blocks, self._view.extracts, session.subject_key)  # it tells where they may be put back
        return self._permitted(entry, edited, session, resolved, call.body)

    def _verdict(
        self, entry: CallDecided, session: Session, resolved: Resolved, looked: Inspection, placeholders: Placeholders
    ) -> Verdict:
        """What the panel says, once a release and a justification, each asked for only where it matters, have spoken."""
        justified = released = False
        while True:
            verdict = panel.judge(
                looked.findings,
                resolved.plan,
                Direction.REQUEST,
                looked.blocks,
                placeholders,
                justified=justified,
                released=released,
            )
            if verdict.action is Action.HOLD and not released:
                where = holding.where_of(session.standing, resolved.model)
                name = holding.of_request(session.subject_key, where, looked.blocks, verdict.findings, resolved.plan)
                released = self._view.released(name, entry.at)
                if released:
                    continue
            if verdict.action is Action.JUSTIFY and not justified and (words := self._justification()):
                justified = True
                entry.justification_commitment = record.justification(session, self.id, words)
                self._trace = msgspec.structs.replace(self._trace, justified=True)
                continue
            return verdict

    def _permitted(
        self, entry: CallDecided, call: CallView, session: Session, resolved: Resolved, body: bytes = b""
    ) -> list[Command]:
        """On to the vault, or to the log. ``body`` is what the caller sent, where that is not what leaves."""
        assert resolved.model is not None
        self._raw, self._plan = b"", resolved.plan
        self._outgoing = outgoing.write(self._wire, call, session.standing, resolved.model)
        self._opened = True
        if resolved.keeps:
            return self._keep(entry, resolved.keeps, body or call.body)
        self.state = State.RECORDING
        return [RecordDecision(entry)]

    def _refused(self, entry: CallDecided, refusal: Refusal, verdict: Verdict | None = None) -> list[Command]:
        """A no of the safeguards, recorded as such. What a rule asks to be kept of permitted calls is not kept of it."""
        effect = "hold" if verdict is not None and verdict.action is Action.HOLD else "deny"
        self._raw = b""
        self._refusal = refusal
        self.state = State.REFUSING
        self._opened = True
        return [RecordDecision(record.stopped(entry, refusal.code, effect))]

    def _keep(self, entry: CallDecided, kept_class: str, body: bytes) -> list[Command]:
        """INVARIANT: P1 - content that has to be kept is kept before anything leaves. The caller's own bytes, as committed to."""
        self.state = State.KEEPING
        self._keeping = entry
        self._kept_class = entry.kept_class = kept_class
        return [Keep(entry, body)]

    def _place(self, session: Session, resolved: Resolved) -> Place:
        standing, model = session.standing, resolved.model
        name = "" if model is None else model.id
        return Place(self.id, standing.organization, standing.project, name, standing.leaf_pseudonym)

    def _take(self, heard: tuple[Heard, ...]) -> bool:
        """Remember what was heard of the texts that were asked about; false when it is not about all of them."""
        asked, self._asked = self._asked, ()
        if len(heard) != len(asked):
            return False
        seen, mine = self._view.seen, dict(self._heard)
        for wanted, each in zip(asked, heard, strict=True):
            seen.put(wanted.key, each)
            mine[wanted.key] = each
        self._heard = mine
        return True

    def _let_pass(self, process: str) -> bool:
        """Whether all that was asked of a process may pass unseen, as its detectors say themselves. Then it counts as clean."""
        lenient = {each.name: all(one.on_failure == "pass" for one in each.detectors) for each in self._view.safeguards.processes}
        if not lenient.get(process):
            return False
        asked, self._asked = self._asked, ()
        self._heard = {**self._heard, **{each.key: CLEAN for each in asked if each.process == process}}
        return True

    def _justification(self) -> str:
        """What the caller says for itself; empty when nothing, or more than anybody would read."""
        for name, value in self._headers:
            if name == JUSTIFICATION:
                words = value.decode("utf-8", "replace").strip()
                return words if len(words) <= panel.MAX_JUSTIFICATION else ""
        return ""
