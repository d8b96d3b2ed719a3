"""From signals to what is asked for: bands that move, alerts within their budget, and nothing left of whom is forgotten."""

from __future__ import annotations

import pytest

from safeconduct.risk.score import ENTER
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import SECOND
from safeconduct.terms.signals import Beat, IdentitySignal
from safeconduct.watch import machine
from safeconduct.watch.commands import Silent
from safeconduct.watch.machine import Watch
from support.behavior import Crowd
from support.watching import DAY, HOUR, MONDAY, alerts, call, moves, told, watch


def probes(*names: str, at: int = MONDAY, **fields: str) -> list[object]:
    said = {"code": "model_not_found", "outcome": "refused", **fields}
    return [call(at + number, requested=f"?{name}", **said) for number, name in enumerate(names)]


def test_an_ordinary_call_leads_to_nothing() -> None:
    assert told(watch(), [call(MONDAY + number * SECOND) for number in range(50)]) == []


def test_probing_moves_the_risk_with_a_sentence_and_its_calls() -> None:
    (move,) = moves(told(watch(), probes("a", "b", "c", "d")))
    assert (move.who, move.band) == ("person/ann", "low")
    assert "4 names of models" in move.parts[0]
    assert f"call_{MONDAY + 3}" in move.parts[0]
    assert move.until > MONDAY + HOUR


def test_an_agents_calls_are_the_agents() -> None:
    (move,) = moves(told(watch(), probes("a", "b", "c", "d", agent="bot")))
    assert move.who == "agent/bot"


def test_nobody_is_watched_for_a_call_of_a_project_alone() -> None:
    assert told(watch(), probes("a", "b", "c", "d", "e", person="")) == []


def test_one_kind_of_evidence_alone_stays_below_high_and_two_go_beyond() -> None:
    over = watch()
    alone = moves(told(over, probes(*"abcdefghijkl")))
    assert max(BANDS.index(move.band) for move in alone) == BANDS.index("elevated")
    asked = told(over, [IdentitySignal(MONDAY + HOUR, "ann", "credential_leaked")])
    both = [move for move in moves(asked) if move.who == "person/ann"]
    assert both[-1].band == "high"
    assert len(both[-1].parts) == 2


def test_risk_fades_and_is_told_to_last_no_longer_than_it_does() -> None:
    over = watch()
    move = moves(told(over, probes(*"abcdef")))[-1]
    assert over.risk("person/ann", move.until).score <= ENTER[BANDS.index(move.band)]
    assert over.risk("person/ann", MONDAY + 60 * DAY).band == "none"


def test_risk_flows_to_the_organization_with_a_cap() -> None:
    over = watch()
    asked = [move for number in range(60) for move in moves(told(over, probes(*"abcdefgh", person=f"p{number}")))]
    bands = {move.band for move in asked if move.who == "organization/acme"}
    assert bands
    assert bands <= {"low", "elevated"}


def test_somebody_whose_team_does_the_same_is_less_at_risk() -> None:
    over = watch()
    for day in range(30):
        for person in range(60):
            at = MONDAY + day * DAY + person * SECOND
            told(over, [call(at, person=f"p{person}", purpose="security")])
            if person % 4 == 0:
                told(over, probes(*"abc", at=at, person=f"p{person}", purpose="security"))
    theirs = moves(told(over, probes(*"abcd", at=MONDAY + 30 * DAY, person="new", purpose="security")))
    others = moves(told(over, probes(*"abcd", at=MONDAY + 30 * DAY, person="other", purpose="office")))
    assert not theirs
    assert others[-1].band == "low"


def test_no_more_alerts_than_there_is_time_for() -> None:
    over = watch(alerts_per_thousand=5.0)
    asked = []
    for day in range(10):
        for person in range(400):
            asked += told(over, [call(MONDAY + day * DAY + person * SECOND, person=f"p{person}")])
        for person in range(100):
            asked += told(over, probes(*"abcde", at=MONDAY + day * DAY + HOUR, person=f"p{day}-{person}"))
        asked += over.tick(MONDAY + day * DAY + 2 * HOUR)
    assert 0 < len(alerts(asked)) <= 10 * 0.005 * 1_400 + 3


def test_whoever_was_shown_is_not_shown_again_for_the_same() -> None:
    over = watch()
    leaked = [IdentitySignal(MONDAY + number * HOUR, "ann", "credential_leaked") for number in range(6)]
    (alert,) = alerts(told(over, leaked))
    assert (alert.who, alert.kind) == ("person/ann", "leaked")
    assert "leaked" in alert.sentence


def test_a_wrong_alarm_counts_less_the_next_time() -> None:
    over = watch()
    told(over, probes(*"abcd"))
    over.judged("person/ann", "probing", right=False)
    assert over.risk("person/ann", MONDAY + HOUR).score == 0.0
    again = moves(told(over, probes(*"abcd", at=MONDAY + 2 * DAY)))
    assert [move for move in again if move.band != "none"] == []
    over.judged("person/ann", "probing", right=True)


def test_p8_nothing_is_left_of_whom_is_forgotten() -> None:
    over = watch()
    told(over, probes(*"abcdefgh"))
    over.forget("person/ann")
    over.forget("person/nobody")
    assert over.memory.peek("person/ann") is None
    assert over.risk("person/ann", MONDAY + SECOND).score == 0.0
    assert alerts(over.tick(MONDAY + 10 * DAY)) == []


def test_a_worker_that_falls_silent_is_said_by_the_clock_alone() -> None:
    over = watch()
    over.step(Beat(MONDAY, "boot"), MONDAY)
    assert over.tick(MONDAY + 5 * SECOND) == []
    (silent,) = over.tick(MONDAY + 11 * SECOND)
    assert isinstance(silent, Silent)
    assert (silent.why, silent.back) == ("silent", False)


def test_signals_out_of_order_and_twice_are_taken_as_they_come() -> None:
    over = watch()
    signals = [call(MONDAY + (number * 7_919) % 1_000 * SECOND, misuse=0.5, sketch=b"\1" * 64) for number in range(300)]
    told(over, [*signals, *signals])
    assert over.memory.of("person/ann", MONDAY).calls == 600


@pytest.mark.parametrize("seed", [1, 2])
def test_the_watch_finds_misusers_among_people_and_spares_defenders(seed: int) -> None:
    crowd = Crowd(seed=seed).add(150, "ordinary").add(25, "security", "security").add(8, "misuse", misuse=0.08)
    shown = _shown(crowd, watch(alerts_per_thousand=5.0))
    assert shown.get("misuse", 0) >= 5
    assert shown.get("security", 0) <= 2
    assert shown.get("ordinary", 0) <= 150 * 0.05


def test_every_account_of_a_template_campaign_is_found_and_nobody_else() -> None:
    crowd = Crowd(seed=3, days=3, texts=True).add(60, "ordinary").add(20, "team-template", "support", template=1)
    crowd.add(40, "hydra", hydra=1 / 6, template=2)
    for number, actor in enumerate(crowd.actors):
        if actor.label == "hydra":
            actor.organization = f"org-{number % 4}"
    shown = _shown(crowd, watch(), "templates")
    assert shown == {"hydra": 40}


def _shown(crowd: Crowd, over: Watch, kind: str = "") -> dict[str, int]:
    """How many of each label were shown."""
    labels = {f"person/{actor.name}": actor.label for actor in crowd.actors}
    whom = {each.who for each in alerts(told(over, crowd.signals())) if not kind or each.kind == kind}
    found: dict[str, int] = {}
    for who in whom:
        found[labels[who]] = found.get(labels[who], 0) + 1
    return found


def test_cohorts_make_room_for_new_ones_without_those_that_alerts_are_earned_by(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MOST_COHORTS", 4)
    over = watch()
    for number, name in enumerate(["acme", "lab", "mill", "acme", "port", "inn"]):
        told(over, [call(MONDAY + number * SECOND, person=f"p{number}", organization=name)])
    assert sorted(over.cohorts) == ["\ncode", "acme\ncode", "inn\ncode", "port\ncode"], "whoever was longest not heard of goes"
    assert over.cohorts["\ncode"].people == 6


def test_purposes_beyond_all_bounds_make_room_for_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "MOST_COHORTS", 4)
    over = watch()
    for number in range(20):
        told(over, [call(MONDAY + number * SECOND, person=f"p{number}", purpose=f"work-{number}")])
    assert len(over.cohorts) == 4


def test_a_signal_from_the_future_does_not_stop_the_watch() -> None:
    seeing = watch()
    seeing.step(call(MONDAY + 3650 * DAY), MONDAY)
    assert seeing.now == MONDAY
    seeing.tick(MONDAY + HOUR)
    assert seeing.reviewed == MONDAY + HOUR


def test_a_clock_that_was_ahead_and_is_set_back_does_not_stop_the_watch() -> None:
    seeing = watch()
    seeing.tick(MONDAY + 30 * DAY)
    seeing.tick(MONDAY)
    seeing.tick(MONDAY + HOUR)
    assert seeing.reviewed == MONDAY + HOUR
