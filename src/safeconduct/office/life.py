"""Which step may follow which in the life of an instrument, and who may take it?

1. Enter: any text that reads and stands up against the registry (``letters``), with the authority's signature if it signs.
2. Transcribe: where the authority does not sign, a second person writes the document off the original, unless it is the
   operator's own paper (``organization_policy``, ``program_terms``): there the approval stands for it.
3. Check, then preview, recorded both. A preview counts until something else that can be in force changes.
4. Approve: by a person who neither entered nor previewed it, naming the text and the preview he saw. Where guarded callers
   would be cut, an officer of each guarding authority as well.
5. Activate: what was approved and is still sound, while the preview it was approved on still counts. It takes effect at its
   effective time, without another command. Letters that are activated in one act do not make each other's previews stale.
6. Withdraw: at any time; where that would lower a safeguard, a second officer has to agree first (P9).

A step out of turn is refused with the command to run next. INVARIANT (P9): nothing takes effect on one person's word.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from typing import Final

from safeconduct.instruments.document import Instrument, Kind, RuleEffect
from safeconduct.instruments.matching import unmatched
from safeconduct.office import letters, persons
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    ApproveInstrument,
    CheckInstrument,
    EnterInstrument,
    MatchAnnex,
    RecordPreview,
    TranscribeInstrument,
    WithdrawInstrument,
)
from safeconduct.office.asking import Asking
from safeconduct.office.holders import Held
from safeconduct.registry.bodies import letters as c
from safeconduct.registry.papers import InstrumentRecord
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Refused

MAX_INSTRUMENT: Final = 8 * 1024 * 1024  # text and annexes together; the annex of June 2026 would need some 10 KB
OPEN: Final = ("draft", "checked", "previewed")  # what may still be worked on
WITHDRAWABLE: Final = ("active", "approved", "previewed", "checked", "draft")  # which version is meant where none is named
OWN_PAPER: Final = (Kind.ORGANIZATION_POLICY, Kind.PROGRAM_TERMS)
MAX_FIGURES: Final = 64
_BINDING: Final = (RuleEffect.FORBID, RuleEffect.OBLIGE)

_NEXT: Final = {
    "draft": "run: safeconduct instrument check {id}",
    "checked": "run: safeconduct instrument preview {id}",
    "previewed": "a second officer runs: safeconduct instrument approve {id}",
    "approved": "run: safeconduct instrument activate {id}",
    "active": "nothing needs to be done; to end it: safeconduct instrument withdraw {id}",
    "superseded": "enter the document again to get a new version",
    "withdrawn": "enter the document again to get a new version",
}


def next_step(record: InstrumentRecord) -> str:
    """What an officer does next with this version, as a command."""
    return _NEXT[record.status].format(id=record.id)


def enter(act: EnterInstrument, ask: Asking) -> None:
    ask.wants_id("instrument", act.id)
    size = len(act.text.encode()) + sum(len(text.encode()) for text in act.annexes.values())
    if not act.text.strip():
        ask.refuse("empty_instrument", "the document is empty", "enter the file as received")
    if size > MAX_INSTRUMENT:
        ask.refuse("big_instrument", f"the document has {size} bytes", f"stay below {MAX_INSTRUMENT} bytes with annexes")
    versions = ask.registry.instrument_versions(act.id)
    for known in versions:
        if known.text == act.text and known.annexes == act.annexes and known.status not in ("withdrawn", "superseded"):
            what = f"the same document is version {known.version} of {act.id}, {known.status}"
            ask.refuse("same_instrument", what, next_step(known))
    instrument = _sound(act.id, act.text, act.annexes, ask)
    if instrument is not None:
        letters.wants_signature(instrument, act.text, act.signature, ask)
    digest = sha256(act.text.encode()).hexdigest()
    body = c.InstrumentEntered(len(versions) + 1, act.text, digest, dict(act.annexes), act.signature)
    ask.change("instrument.entered", act.id, body)


def transcribe(act: TranscribeInstrument, ask: Asking) -> None:
    found = _in_turn(_version(act.id, act.version, OPEN, ask), OPEN, ask)
    if found is None:
        return
    if ask.actor in found.transcribed_by:
        ask.refuse("transcribed", f"you have transcribed version {found.version} already", next_step(found))
    if persons.same_person(ask.registry, ask.actor, found.entered_by):
        what = f"version {found.version} was entered by {found.entered_by}: a second person has to transcribe it"
        ask.refuse("own_work", what, "ask another officer to write it off the original")
    elif (wrong := persons.may_not_agree(ask.registry, ask.actor, found.entered_by, ask.where)) is not None:
        ask.faults.append(wrong)  # an account is no second reader
    for fault in letters.differences(found, act.text, act.annexes):
        ask.faults.append(fault)
    ask.change("instrument.transcribed", act.id, c.InstrumentTranscribed(found.version, act.text))


def match_annex(act: MatchAnnex, ask: Asking) -> None:
    found = _in_turn(_version(act.id, act.version, OPEN, ask), OPEN, ask)
    if found is None:
        return
    ask.wants_organization(act.organization)
    if (act.annex, act.name) not in letters.names_in(found):
        what = f"the annex {act.annex} of {act.id} has no line with the name {act.name!r}"
        ask.refuse("unknown_name", what, f"see: safeconduct instrument match {act.id}")
    for each in found.matches:
        same = (each.annex, each.name, each.organization) == (act.annex, act.name, act.organization)
        if not same:
            continue
        if any(persons.same_person(ask.registry, ask.actor, one) for one in each.actors):
            ask.refuse("own_work", f"you said so already of {act.name!r}", "another officer has to say the same")
        elif (wrong := persons.may_not_agree(ask.registry, ask.actor, each.actors[0], ask.where)) is not None:
            ask.faults.append(wrong)  # an account may propose, never agree
    ask.change("annex.matched", act.id, c.AnnexMatched(found.version, act.annex, act.name, act.organization))


def check(act: CheckInstrument, ask: Asking) -> None:
    found = _in_turn(_version(act.id, act.version, OPEN, ask), OPEN, ask)
    if found is None:
        return
    instrument = _sound(found.id, found.text, found.annexes, ask)
    told: tuple[str, ...] = ()
    if instrument is not None:
        held = Held(frozenset(act.held), act.people) if act.people is not None else None
        told = letters.warnings(letters.of_record(found), ask.registry, ask.now, held)
    ask.change("instrument.checked", act.id, c.InstrumentChecked(found.version, told))


def preview(act: RecordPreview, ask: Asking) -> None:
    found = _in_turn(
        _version(act.id, act.version, ("checked", "previewed", "approved"), ask), ("checked", "previewed", "approved"), ask
    )
    if found is None:
        return
    basis = ask.registry.version if act.basis is None else act.basis
    if not 0 <= basis <= ask.registry.version:
        ask.refuse("bad_basis", f"the registry has no version {basis}", "preview it again")
    elif ask.registry.force_changed > basis:
        what = "other letters, packs or models changed while the preview was computed"
        ask.refuse("stale_preview", what, "preview it again")
    if len(act.digest) != 64 or not frozenset("0123456789abcdef").issuperset(act.digest):
        ask.refuse("bad_digest", "the digest of the preview is not 64 hex digits", "preview it again")
    if len(act.figures) > MAX_FIGURES:
        ask.refuse("bad_figures", f"a preview has at most {MAX_FIGURES} figures", "leave the details out")
    for authority in act.guarded:
        if authority not in ask.registry.authorities:
            ask.refuse("unknown_authority", f"no authority {authority!r} is registered", "preview it again")
    body = c.InstrumentPreviewed(found.version, act.digest, basis, dict(act.figures), act.guarded)
    ask.change("instrument.previewed", act.id, body)


def approve(act: ApproveInstrument, ask: Asking) -> None:
    found = _in_turn(_version(act.id, act.version, ("previewed", "approved"), ask), ("previewed", "approved"), ask)
    if found is None:
        return
    if act.sha256 != found.sha256:
        what = f"the text you read is not that of version {found.version} of {found.id}"
        ask.refuse("changed_text", what, f"read it again: safeconduct instrument show {found.id} --version {found.version}")
    if found.preview is not None:
        if act.preview and act.preview != found.preview.digest:
            mend = f"read the last one: safeconduct instrument status {found.id}"
            ask.refuse("changed_preview", "the preview you read is not the last one", mend)
        if ask.registry.force_changed > found.preview.basis:
            what = "the preview is stale: other letters, packs or models changed since it was made"
            ask.refuse("stale_preview", what, f"run: safeconduct instrument preview {found.id}")
    for worker, what in _work(found):
        wrong = persons.may_not_agree(ask.registry, ask.actor, worker, ask.where, what)
        if wrong is not None and wrong not in ask.faults:
            ask.faults.append(wrong)
    if any(persons.same_person(ask.registry, ask.actor, each.actor) for each in found.approvals):
        ask.refuse("approved_already", f"you approved version {found.version} of {found.id} already", next_step(found))
    _wants_reading(found, ask)
    preview_ = found.preview.digest if found.preview is not None else ""
    ask.change("instrument.approved", act.id, c.InstrumentApproved(found.version, act.sha256, preview_))


def activate(act: ActivateInstrument, ask: Asking) -> None:
    found = _in_turn(_version(act.id, act.version, ("approved",), ask), ("approved",), ask)
    if found is None:
        return
    _sound(found.id, found.text, found.annexes, ask)  # what it was checked against may have changed since
    if found.preview is not None and ask.force_changed > found.preview.basis:
        what = "other letters, packs or models changed since the preview that was approved"
        ask.refuse("stale_preview", what, f"preview and approve it again; run: safeconduct instrument preview {found.id}")
    for authority in found.preview.guarded if found.preview is not None else ():
        if not any(persons.is_of(ask.registry, each.actor, authority) for each in found.approvals):
            what = f"callers whom {authority} protects would be cut, and no officer of {authority} approved that"
            ask.refuse("guarded", what, f"an officer of {authority} runs: safeconduct instrument approve {found.id}")
    ask.change("instrument.activated", act.id, c.InstrumentActivated(found.version))


def withdraw(act: WithdrawInstrument, ask: Asking) -> None:
    ask.wants_text("reason", act.why)
    found = _version(act.id, act.version, WITHDRAWABLE, ask)
    if found is None:
        return
    if found.status == "withdrawn":
        ask.refuse("already_withdrawn", f"version {found.version} of {act.id} is withdrawn", "nothing needs to be done")
    elif found.status in ("active", "superseded") and _protects(found):
        ask.wants_second(f"withdrawing {found.id} version {found.version} would lower a safeguard: it forbids, obliges or guards")
    ask.change("instrument.withdrawn", act.id, c.InstrumentWithdrawn(found.version, act.why))


def pinned(act: Act, registry: Registry) -> Act:
    """The act with the version it is about now: what somebody is asked to agree to must not turn into another version."""
    match act:
        case WithdrawInstrument(version=None):
            prefer: tuple[str, ...] = WITHDRAWABLE
        case ActivateInstrument(version=None):
            prefer = ("approved",)
        case _:
            return act
    found = _version(act.id, None, prefer, Asking(registry, "", 0, act.act))
    return act if found is None else replace(act, version=found.version)


def withdrawn_version(act: WithdrawInstrument, registry: Registry) -> InstrumentRecord | None:
    """The version that an act of withdrawal is about; None when there is no such version."""
    return _version(act.id, act.version, WITHDRAWABLE, Asking(registry, "", 0, act.id))


def _work(record: InstrumentRecord) -> list[tuple[str, str]]:
    """Who worked on a version, and at what; none of them may approve it."""
    work = [(record.entered_by, f"version {record.version} of {record.id}")]
    if record.preview is not None:
        work.append((record.preview.by, f"the preview of {record.id}"))
    return work


def _protects(record: InstrumentRecord) -> bool:
    """Whether the document holds any prohibition, obligation, guard or ladder. What cannot be read counts as one that does."""
    try:
        instrument = letters.stored(record.text, record.annexes, f"{record.id}.toml")
    except Refused:
        return True
    return bool(instrument.guards or instrument.ladder) or any(rule.effect in _BINDING for rule in instrument.rules)


def _wants_reading(record: InstrumentRecord, ask: Asking) -> None:
    """Two independent readings of the original: a signature, a transcription, or approval of the operator's own paper."""
    try:
        instrument = letters.of_record(record)
    except Refused as refused:
        ask.faults.extend(refused.faults)
        return
    for annex, line in unmatched(instrument):
        what = f"the annex {annex.id} names {line.name!r} (line {line.line}), and no two officers said which organization that is"
        ask.refuse("unmatched_name", what, f"see: safeconduct instrument match {record.id}")
    authority = ask.registry.authorities.get(instrument.authority)
    if authority is not None and authority.key:
        letters.wants_signature(instrument, record.text, record.signature, ask)
    elif wants_transcription(instrument) and not record.transcribed_by:
        what = f"{instrument.authority} does not sign its letters, and only {record.entered_by} has read the original"
        mend = "a second officer writes it off the original and runs: safeconduct instrument transcribe FILE"
        ask.refuse("not_transcribed", what, mend)


def wants_transcription(instrument: Instrument) -> bool:
    """Whether a text that nobody signed has to be written off the original by a second person."""
    return instrument.kind not in OWN_PAPER


def _sound(name: str, text: str, annexes: Mapping[str, str], ask: Asking) -> Instrument | None:
    """No face may enter or activate what every worker would then fail to read: all faults are found here."""
    try:
        instrument = letters.sound(text, annexes, f"{name}.toml", ask.registry)
    except Refused as refused:
        ask.faults.extend(refused.faults)
        return None
    if instrument.id != name:
        ask.refuse("other_instrument", f"the document calls itself {instrument.id}", "enter it under the id it bears")
    return instrument


def _in_turn(found: InstrumentRecord | None, wanted: tuple[str, ...], ask: Asking) -> InstrumentRecord | None:
    """The version, if this step is its turn; else None, with the step that is."""
    if found is None or found.status in wanted:
        return found
    what = f"version {found.version} of {found.id} is {'a draft' if found.status == 'draft' else found.status}"
    ask.refuse("out_of_turn", what, next_step(found))
    return None


def _version(instrument: str, version: int | None, prefer: tuple[str, ...], ask: Asking) -> InstrumentRecord | None:
    """The version that is meant: the one named, else the last with the first status of ``prefer`` that any has, else the last."""
    versions = ask.registry.instrument_versions(instrument)
    if not versions:
        ask.refuse("unknown_instrument", f"there is no instrument {instrument!r}", "enter it first, or see the list")
        return None
    if version is not None:
        found = next((each for each in versions if each.version == version), None)
        if found is None:
            what = f"instrument {instrument} has no version {version}"
            ask.refuse("unknown_version", what, f"it has versions 1 to {versions[-1].version}")
        return found
    having = [each for each in versions if each.status in prefer]
    if prefer == OPEN or not having:
        return having[-1] if having else versions[-1]
    best = min(prefer.index(each.status) for each in having)
    return [each for each in having if prefer.index(each.status) == best][-1]
