"""Measures on calls: every step on every kind of target, at every state of a live call; undone, the decision is what it was."""

from __future__ import annotations

from dataclasses import replace

import pytest

from safeconduct.audit.entries import CallDecided
from safeconduct.exchange.commands import CancelUpstream, Forward, RecordDecision, SendEnd
from safeconduct.exchange.events import BodyArrived, Recorded, UpstreamChunk, UpstreamHead, ViewChanged
from safeconduct.exchange.machine import Exchange
from safeconduct.exchange.measures import Throttles
from safeconduct.office import acts
from safeconduct.policy.measures import CODES
from safeconduct.terms.call import Operation
from safeconduct.terms.measures import STEPS, Step
from safeconduct.terms.moments import SECOND
from support.exchange_play import (
    EVENTS,
    LAST_WORDS,
    MESSAGES,
    PATHS,
    STREAMS,
    Later,
    Officer,
    decided,
    ended,
    head,
    play,
    refused,
    streaming,
    terminal,
)
from support.exchange_world import FABLE, MYTHOS, Scene, forbid, instrument, permit, read, request, scene
from support.registry_world import issue

HOUR = 3_600 * SECOND
NAME = "M-000000000001"
LIGHT = replace(FABLE, id="claude-light-1", served_as="claude-light-1", family="light", tier="standard", aliases=())
RISKY = '["high", "severe"].contains(principal.risk)'


def take(at: Scene, who: str, step: Step, *, number: int = 1, rehearsal: bool = False, **more: object) -> acts.TakeMeasure:
    rate = 60 if step is Step.THROTTLE else 0
    name = f"M-{number:012x}"
    return acts.TakeMeasure(name, who, step.value, at.now + HOUR, rehearsal=rehearsal, **{"rate": rate, **more})  # type: ignore[arg-type]


def targets(at: Scene) -> dict[str, tuple[str, bytes]]:
    """Each kind of target, and a credential under it."""
    agent, bound = issue(at.world, "agent", "bot"), issue(at.world, "person", "ann", "acme", "red")
    at.view.apply(at.world.changes, at.now)
    key = next(each.id for each in at.world.registry.every_key() if each.digest == at.ann)
    return {
        "person": ("person/ann", at.ann),
        "agent": ("agent/bot", agent),
        "key": (f"key/{key}", at.ann),
        "project": ("project/red", bound),
        "organization": ("organization/acme", at.ann),
        "model": (f"model/{FABLE.id}", at.ann),
    }


def _started(at: Scene, digest: bytes, until: int) -> Exchange:
    """A streamed call, so many events on."""
    stream = STREAMS[MESSAGES]
    events = [
        head(digest),
        BodyArrived(request(MESSAGES, stream=True)),
        Recorded(),
        UpstreamHead(200, EVENTS, True),
        UpstreamChunk(stream[: stream.index(b"\n\n") + 2]),
    ]
    machine = Exchange(at.view, MESSAGES, Operation.GENERATE, PATHS[MESSAGES], "call_1", at.now)
    for event in events[:until]:
        machine.step(event, at.now)
    return machine


@pytest.mark.parametrize("kind", ["person", "agent", "key", "project", "organization", "model"])
@pytest.mark.parametrize("step", STEPS)
def test_p5_every_step_at_every_state_of_a_live_call(step: Step, kind: str) -> None:
    for until in range(6):
        for rehearsal in (False, True) if step is not Step.REVOKE else (False,):
            at = scene()
            who, digest = targets(at)[kind]
            machine = _started(at, digest, until)
            at.act(take(at, who, step, rehearsal=rehearsal))
            told = machine.step(ViewChanged(), at.now)
            rest = [head(digest), BodyArrived(request(MESSAGES, stream=True)), Recorded()][until:]
            for event in rest:
                told += machine.step(event, at.now)
            stops = not rehearsal and step in CODES
            assert any(isinstance(each, Forward) for each in told) is (until < 3 and not stops), (until, rehearsal)
            assert any(isinstance(each, CancelUpstream) for each in told) is (until >= 3 and stops), (until, rehearsal)


@pytest.mark.parametrize("step", STEPS)
def test_p5_an_undone_measure_leaves_the_very_decision_of_before(step: Step) -> None:
    at = scene()
    asked = read(MESSAGES)
    before = at.view.decide(at.session(), asked, at.now).decision
    at.act(take(at, "person/ann", step))
    under = at.view.decide(at.session(), asked, at.now).decision
    assert (under.permits, under == before) == (step not in CODES, False)
    at.act(acts.UndoMeasure(NAME, "false alarm"))
    assert at.view.decide(at.session(), asked, at.now).decision == before


def test_p5_a_measure_cuts_its_target_s_stream_and_no_other() -> None:
    at = scene()
    conversation = streaming(at) >> UpstreamChunk(STREAMS[MESSAGES][:-30])
    conversation.waiting.clear()
    other = _started(at, at.ben, 5)
    session = at.session(at.ben)
    conversation >> Officer(take(at, "person/ann", Step.SUSPEND, message="Many strange calls")) >> ViewChanged()
    conversation << CancelUpstream() << terminal(*LAST_WORDS[MESSAGES], b"Many strange calls") << SendEnd(close=True)
    assert (conversation << ended("cut", "measure_suspend")).done
    assert other.step(ViewChanged(), at.now) == []
    assert at.session(at.ben) is session


def test_a_measure_on_an_organization_touches_whoever_hangs_on_it() -> None:
    at = scene()
    ann, ben = at.session(), at.session(at.ben)
    at.act(take(at, "organization/sub", Step.WATCH))
    assert at.session() is ann
    assert at.session(at.ben) is not ben


def test_p5_a_measure_ends_by_the_clock_with_nobody_acting() -> None:
    at = scene()
    at.act(take(at, "person/ann", Step.SUSPEND))
    assert not at.view.decide(at.session(), read(MESSAGES, model=FABLE.id), at.now).decision.permits
    at.at(at.now + HOUR)
    assert at.view.decide(at.session(), read(MESSAGES, model=FABLE.id), at.now).decision.permits


def test_a_throttled_caller_is_told_to_come_again_shortly_and_then_may() -> None:
    at = scene()
    at.act(take(at, "person/ann", Step.THROTTLE, rate=1))
    first = play(at) >> head(at.ann) >> BodyArrived(request(MESSAGES)) << decided("permit")
    first.waiting.clear()
    again = play(at) >> head(at.ann) >> BodyArrived(request(MESSAGES)) << decided("deny", "measure_throttle")
    assert (again >> Recorded() << refused(429, "measure_throttle") << ended("refused", "measure_throttle", forwarded=False)).done
    later = play(at) >> Later(60) >> head(at.ann) >> BodyArrived(request(MESSAGES))
    assert isinstance((later << RecordDecision).waiting, list)
    counting = play(at, operation=Operation.COUNT_TOKENS) >> head(at.ann) >> BodyArrived(request(MESSAGES)) << decided("permit")
    counting.waiting.clear()


def test_the_share_of_a_worker_is_its_part_of_the_rate() -> None:
    alone, one_of_four = Throttles(), Throttles(4)

    def through(throttles: Throttles) -> int:
        return sum(throttles.take("m", 60, second * SECOND) == 0 for second in range(600))

    assert 590 <= through(alone) <= 620
    assert 145 <= through(one_of_four) <= 155
    assert {Throttles(64).take("m", 1, 0)} == {0}


@pytest.mark.parametrize(("rate", "workers", "wait"), [(60, 1, 1), (2, 1, 30), (1, 1, 60), (2, 3, 90)])
def test_p12_whoever_comes_when_told_to_is_let_through_and_nobody_sooner(rate: int, workers: int, wait: int) -> None:
    throttles, told = Throttles(workers), 0
    while not told:
        told = throttles.take("m", rate, 0)
    assert told == wait
    assert throttles.take("m", rate, (wait - 1) * SECOND) > 0
    assert throttles.take("m", rate, wait * SECOND) == 0


def test_a_clock_that_was_set_back_stops_nobody_for_longer_than_the_rate_does() -> None:
    throttles, hour = Throttles(), 3_600 * SECOND
    assert throttles.take("m", 1, hour) == 0
    assert throttles.take("m", 1, 0) == 60
    assert throttles.take("m", 1, 60 * SECOND) == 0


class Taken:
    """Shared buckets that somebody else is always at."""

    def change(self, measure: str, turn: object, /) -> bool:
        return False


def test_a_worker_that_cannot_have_the_shared_bucket_goes_by_its_own_share() -> None:
    throttles = Throttles(3, Taken())
    assert 18 <= sum(throttles.take("m", 60, second * SECOND) == 0 for second in range(60)) <= 24


def test_buckets_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("safeconduct.exchange.measures.MAX_BUCKETS", 3)
    throttles = Throttles()
    for number in range(50):
        throttles.take(f"m{number}", 60, 0)
    assert len(throttles._buckets) <= 3


def test_a_lowered_model_is_offered_and_decided_like_any_other() -> None:
    at = scene(unrestricted=("standard",))
    light = acts.CatalogModel(LIGHT)
    at.act(light)
    at.enter("light", instrument("light", permit("light", LIGHT)))
    at.act(take(at, "person/ann", Step.LOWER_MODEL, fallback="claude-light-1"))
    entry = _entry(at, FABLE.id)
    assert (entry.effect, entry.resolved, entry.fallback_from) == ("permit", "claude-light-1", FABLE.id)
    at.act(acts.WithdrawModel("claude-light-1"), "officer-b")
    assert _entry(at, FABLE.id).reasons[0] == "measure_lower_model"


def test_the_entry_names_the_measure_that_stopped_and_the_one_that_would_have() -> None:
    at = scene()
    at.act(take(at, "person/ann", Step.HOLD, rehearsal=True))
    rehearsed = _entry(at, FABLE.id)
    assert (rehearsed.effect, rehearsed.rehearsed, rehearsed.measures) == ("permit", (NAME,), ())
    at.act(take(at, "person/ann", Step.HOLD, number=2))
    held = _entry(at, FABLE.id)
    assert (held.effect, held.reasons[0], held.measures) == ("hold", "held", ("M-000000000002",))


def test_a_rule_may_ask_about_the_risk() -> None:
    at = scene()
    at.enter("risky", instrument("risky", forbid("high", FABLE, cohort=RISKY), kind="requirement"))
    assert at.view.decide(at.session(), read(MESSAGES, model=FABLE.id), at.now).decision.permits
    at.act(acts.MoveRisk("person/ann", "high", at.now + HOUR, ("Much.",)), "watch")
    held = at.view.decide(at.session(), read(MESSAGES, model=FABLE.id), at.now).decision
    assert held.rules == ("risky/high",)
    assert at.view.decide(at.session(at.ben), read(MESSAGES, model=FABLE.id), at.now).decision.permits
    at.at(at.now + HOUR)
    assert at.view.decide(at.session(), read(MESSAGES, model=FABLE.id), at.now).decision.permits


def test_p12_a_severe_risk_hides_no_model_that_a_permit_asks_about_it_for() -> None:
    at = scene()
    at.enter("careful", instrument("careful", permit("calm", MYTHOS, cohort='principal.risk != "severe"')))
    assert at.view.decide(at.session(), read(MESSAGES, model=MYTHOS.id), at.now).decision.permits
    at.act(acts.MoveRisk("person/ann", "severe", at.now + HOUR), "watch")
    assert at.view.decide(at.session(), read(MESSAGES, model=MYTHOS.id), at.now).decision.reasons[0].code == "not_covered"


def _entry(at: Scene, model: str) -> CallDecided:
    machine = Exchange(at.view, MESSAGES, Operation.GENERATE, PATHS[MESSAGES], "call_1", at.now)
    machine.step(head(at.ann), at.now)
    told = machine.step(BodyArrived(request(MESSAGES, model=model)), at.now)
    return next(each.entry for each in told if isinstance(each, RecordDecision))
