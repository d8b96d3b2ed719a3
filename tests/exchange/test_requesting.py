"""A permitted request between its decision and its record, told as conversations."""

from __future__ import annotations

import pytest

from safeconduct.exchange import events
from safeconduct.exchange.commands import Blind, Command, Forward, Keep, RecordDecision, Scan, Score, SendAnswer
from safeconduct.exchange.machine import Exchange, State
from safeconduct.safeguards.ports import Enabled, Nothing, Process, Remote
from safeconduct.safeguards.seen import CLEAN, Heard
from safeconduct.terms.blocks import Origin
from safeconduct.terms.call import Dialect, Operation
from safeconduct.terms.findings import Finding
from support.exchange_world import FAR, NAMED, SCANNED_IN, Scene, duty, instrument, request, scene
from support.guards import KEY_TEXT, SORTER, inline

every_dialect = pytest.mark.parametrize("dialect", list(Dialect))
BAD = Heard((Finding("misuse", "encoder", "", chance=0.0),))


def begun(at: Scene, dialect: Dialect, body: bytes) -> tuple[Exchange, list[Command]]:
    call = Exchange(at.view, dialect, Operation.GENERATE, b"/", "call_1", at.now)
    call.step(events.HeadArrived(at.ann, len(body), ()), at.now)
    return call, call.step(events.BodyArrived(body), at.now)


def guarded(at: Scene, dialect: Dialect, *values: str) -> None:
    duties = ", ".join(f'{{ name = "safeguard", value = "{value}" }}' for value in values)
    rule = (
        f'id = "g"\neffect = "oblige"\nmodels = ["{NAMED[dialect]}"]\ncohort = \'true\'\nsay = "Guarded."\nduties = [{duties}]\n'
    )
    at.enter("guards", instrument("guards", rule))


@every_dialect
def test_what_was_scanned_is_decided_again_and_leaves(dialect: Dialect) -> None:
    at = scene(safeguards=FAR)
    call, (scan,) = begun(at, dialect, request(dialect, model=SCANNED_IN[dialect]))
    assert isinstance(scan, Scan)
    assert call.state is State.SCANNING
    (recorded,) = call.step(events.Scanned((CLEAN,)), at.now)
    assert isinstance(recorded, RecordDecision)
    assert recorded.entry.detectors == ("misuse==1",)
    assert isinstance(call.step(events.Recorded(), at.now)[0], Forward)
    _, (again,) = begun(at, dialect, request(dialect, model=SCANNED_IN[dialect]))
    assert isinstance(again, RecordDecision), "what was heard once is not asked again"


@every_dialect
def test_p5_a_right_that_ends_while_detectors_look_is_over(dialect: Dialect) -> None:
    at = scene(safeguards=FAR)
    call, _ = begun(at, dialect, request(dialect, model=SCANNED_IN[dialect]))
    forbids = f'id = "all"\neffect = "forbid"\nmodels = ["{SCANNED_IN[dialect]}"]\ncohort = \'true\'\nsay = "Over."\n'
    at.enter("stop", instrument("stop", forbids, kind="requirement"))
    (recorded,) = call.step(events.Scanned((CLEAN,)), at.now)
    assert isinstance(recorded, RecordDecision)
    assert recorded.entry.effect == "deny"
    assert call.state is State.REFUSING


@every_dialect
def test_p12_what_a_detector_objects_to_and_one_that_fails_are_told_apart(dialect: Dialect) -> None:
    at = scene(safeguards=FAR)
    call, _ = begun(at, dialect, request(dialect, model=SCANNED_IN[dialect]))
    call.step(events.Scanned((BAD,)), at.now)
    (sent, *_) = call.step(events.Recorded(), at.now)
    assert isinstance(sent, SendAnswer)
    assert (b"x-safeconduct-reason", b"safeguard_misuse") in sent.answer.headers
    at = scene(safeguards=FAR)
    call, _ = begun(at, dialect, request(dialect, model=SCANNED_IN[dialect]))
    told, recorded = call.step(events.ScanFailed("sorter", "late"), at.now)
    assert told == Blind("sorter", "late")
    assert isinstance(recorded, RecordDecision)
    assert recorded.entry.reasons[0] == "safeguard_unavailable"


def test_p1_a_lenient_process_that_fails_lets_nothing_pass_that_another_has_to_see() -> None:
    lenient = Process("acme", (Remote("acme-words", "1", frozenset({Origin.USER}), "pass"),))
    at = scene(safeguards=Enabled(Nothing(), {}, processes=(lenient, SORTER)))
    guarded(at, Dialect.MESSAGES, "acme-words request block", "misuse request block")
    call, (scan,) = begun(at, Dialect.MESSAGES, request(Dialect.MESSAGES))
    assert isinstance(scan, Scan)
    assert {each.process for each in scan.texts} == {"acme", "sorter"}
    told, again = call.step(events.ScanFailed("acme", "gone"), at.now)
    assert told == Blind("acme", "gone")
    assert isinstance(again, Scan), "the other has not spoken yet"
    assert {each.process for each in again.texts} == {"sorter"}
    (recorded,) = call.step(events.Scanned((BAD,)), at.now)
    assert isinstance(recorded, RecordDecision)
    assert recorded.entry.reasons[0] == "safeguard_misuse"


@every_dialect
def test_where_nobody_waits_the_text_is_scored_behind_the_call(dialect: Dialect) -> None:
    at = scene(safeguards=FAR)
    call, (recorded,) = begun(at, dialect, request(dialect))
    assert isinstance(recorded, RecordDecision)
    forward, score = call.step(events.Recorded(), at.now)
    assert isinstance(forward, Forward)
    assert isinstance(score, Score)
    assert [each.text for each in score.texts] == ["Grüße"]


@every_dialect
def test_p3_what_is_taken_out_is_all_that_changes(dialect: Dialect) -> None:
    def asking(text: str) -> bytes:
        field = "input" if dialect is Dialect.RESPONSES else "messages"
        return request(dialect, **{field: [{"role": "user", "content": text}], "x_unknown": {"a": [1, 2.50, None]}})

    def sent(at: Scene, body: bytes) -> bytes:
        call, _ = begun(at, dialect, body)
        (forward, *_) = call.step(events.Recorded(), at.now)
        assert isinstance(forward, Forward)
        return forward.body

    at = scene(safeguards=inline())
    guarded(at, dialect, "secrets request redact")
    text = f"key {KEY_TEXT} end"
    assert sent(at, asking(text)) == sent(at, asking("key [redacted:secrets:1] end"))
    assert KEY_TEXT.encode() in sent(scene(safeguards=inline()), asking(text)), "where no rule asks, nothing is taken out"


@every_dialect
def test_p1_rules_that_change_while_the_record_is_written_stop_what_they_did_not_see(dialect: Dialect) -> None:
    at = scene(safeguards=inline())
    call, _ = begun(at, dialect, request(dialect))
    guarded(at, dialect, "secrets request block")
    (sent, *_) = call.step(events.Recorded(), at.now)
    assert isinstance(sent, SendAnswer)
    assert (b"x-safeconduct-reason", b"safeguards_changed") in sent.answer.headers


def test_p1_what_nobody_enabled_is_refused_by_name() -> None:
    at = scene(safeguards=Enabled.NONE)
    guarded(at, Dialect.MESSAGES, "secrets request log")
    _, (recorded,) = begun(at, Dialect.MESSAGES, request(Dialect.MESSAGES))
    assert isinstance(recorded, RecordDecision)
    assert (recorded.entry.effect, recorded.entry.reasons[0]) == ("deny", "safeguard_unavailable")


def test_what_is_kept_is_what_the_caller_sent() -> None:
    at = scene(safeguards=inline())
    at.enter(
        "guards",
        instrument(
            "guards",
            'id = "k"\neffect = "oblige"\nmodels = ["'
            + NAMED[Dialect.MESSAGES]
            + '"]\ncohort = \'true\'\nsay = "Kept."\n'
            + duty("retain", "standard").replace("]", ', { name = "safeguard", value = "secrets request redact" }]'),
        ),
    )
    body = request(Dialect.MESSAGES, system=f"key {KEY_TEXT} end")
    _, (keep,) = begun(at, Dialect.MESSAGES, body)
    assert isinstance(keep, Keep)
    assert keep.data == body
