"""The watch's wishes as acts: risk in the registry, the measure that a ladder calls for, cases, and entries about silence."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.desk import DeskJournal
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.process import clock
from safeconduct.assembly.watching import Acting, batches
from safeconduct.desk.desk import Desk
from safeconduct.office import acts
from safeconduct.office.case_acts import JudgeCase
from safeconduct.office.measure_acts import TakeMeasure
from safeconduct.storage.sqlite.erasing import ErasingStore
from safeconduct.storage.watch.state import WatchStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import SECOND
from safeconduct.watch.commands import Alert, MoveRisk, Silent
from support.letters import put_in_force
from support.registry_world import FABLE

HOUR = 3_600 * SECOND


class Place:
    def __init__(self, home: Home) -> None:
        self.home = home
        self.state = WatchStore(home.watch / "state.db")
        self.store = ErasingStore.open(home.registry)
        self.journal = DeskJournal(home, "watcher")
        self.number = 0
        self.desk = Desk(
            self.store,
            self.journal,
            pepper=home.secret("pepper"),
            pseudonym_key=home.secret("pseudonym.key"),
            random=self._random,
            clock=clock,
            actor="watch",
        )
        self.acting = Acting(self.desk, self.store, self.journal, self.state)

    def _random(self, count: int) -> bytes:
        self.number += 1
        return self.number.to_bytes(8).rjust(count, b"\1")[:count]

    def act(self, act: acts.Act) -> None:
        self.desk.perform(act, actor="os:root")


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    home = Home(tmp_path / "home")
    create(home)
    ErasingStore.open(home.registry).close()
    found = Place(home)
    found.act(acts.RegisterOrganization("acme", "Acme"))
    found.act(acts.RegisterPerson("ann", "acme"))
    found.acting.news()
    yield found
    found.journal.close()
    found.store.close()
    found.state.close()


def moved(band: str = "elevated", who: str = "person/ann") -> MoveRisk:
    return MoveRisk(who, band, ("Something was seen.\n(+2.0)",), clock() + HOUR)


def test_a_band_that_moved_stands_in_the_registry_by_the_watch(place: Place) -> None:
    assert place.acting.perform(moved(), clock())
    marks = place.desk.registry.marks("person/ann")
    assert marks.band(clock()) == "elevated"
    assert marks.risk is not None
    assert marks.risk.parts == ("Something was seen. (+2.0)",), "one printable line"
    assert [each.actor for each in place.store.about("ann")][-1] == "watch"


def test_who_is_at_risk_is_known_also_to_a_watch_that_lost_its_memory(place: Place) -> None:
    place.acting.perform(moved("high"), clock())
    place.acting.perform(moved("low", "organization/acme"), clock())
    assert {(who, band) for who, band, _ in place.acting.at_risk(clock())} == {
        ("person/ann", "high"),
        ("organization/acme", "low"),
    }
    assert list(place.acting.at_risk(clock() + 2 * HOUR)) == [], "what has ended stands no more"


LADDER = """[instrument]
id = "ladder"
authority = "provider"
kind = "program_terms"
effective = 2026-01-01T00:00:00Z

[[ladder]]
id = "models"
band = "low"
step = "throttle"
minutes = 60
rate = 600
automatic = true
targets = ["model"]
"""


def test_a_model_at_risk_is_noted_and_a_ladder_may_make_it_a_measure(place: Place) -> None:
    place.act(acts.RegisterAuthority("provider", "Provider"))
    place.act(acts.CatalogModel(FABLE))
    who = f"model/{FABLE.id}"
    assert place.acting.perform(moved("low", who), clock())
    marks = place.desk.registry.marks(who)
    assert (marks.band(clock()), marks.measures) == ("low", ())
    put_in_force(place.desk, LADDER)
    assert place.acting.perform(moved("elevated", who), clock())
    (measure,) = place.desk.registry.marks(who).measures
    assert (measure.step, measure.automatic) == ("throttle", True)


def test_a_measure_that_cannot_be_taken_now_is_not_let_go(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    place.act(acts.RegisterAuthority("provider", "Provider"))
    put_in_force(place.desk, LADDER.replace('["model"]', '["person"]'))
    perform = place.desk.perform

    def taken(act: acts.Act) -> object:
        if isinstance(act, TakeMeasure):
            raise Refused(Fault("registry_busy", "somebody else acts", "the registry", "wait"))
        return perform(act)

    with monkeypatch.context() as busy:
        busy.setattr(place.desk, "perform", taken)
        with pytest.raises(OSError, match="somebody else"):
            place.acting.perform(moved(), clock())
    assert place.acting.perform(moved(), clock())
    (measure,) = place.desk.registry.marks("person/ann").measures
    assert (measure.step, measure.by) == ("throttle", "watch")


def test_p5_however_much_there_is_to_say_the_measure_is_taken_and_the_case_opened(place: Place) -> None:
    place.act(acts.RegisterAuthority("provider", "Provider"))
    put_in_force(place.desk, LADDER.replace('["model"]', '["person"]'))
    said = "Refused again and again. " * 40
    assert place.acting.perform(msgspec.structs.replace(moved(), parts=(said, said)), clock())
    (measure,) = place.desk.registry.marks("person/ann").measures
    assert (measure.step, measure.why[-1:]) == ("throttle", "…")
    alert = Alert("refusals", "person/ann", said, ("call_1",), clock(), 3.0, organization="acme")
    assert place.acting.perform(alert, clock())
    assert place.acting.perform(alert, clock())
    (case,) = place.desk.registry.cases.values()
    assert len(case.signals) == 1


def test_without_a_ladder_no_measure_is_taken(place: Place) -> None:
    place.acting.perform(moved("severe"), clock())
    assert place.desk.registry.marks("person/ann").measures == ()


def test_somebody_who_is_not_known_is_refused_for_good(place: Place) -> None:
    assert not place.acting.perform(moved(who="person/nobody"), clock())


def test_a_registry_that_is_taken_is_asked_again(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    other = ErasingStore.open(place.home.registry)
    own = place.store.exclusive
    monkeypatch.setattr(place.store, "exclusive", lambda: own(0.01))
    with other.exclusive(), pytest.raises(OSError, match="another administrative act"):
        place.acting.perform(moved(), clock())
    other.close()
    assert place.acting.perform(moved(), clock())


def test_an_alert_opens_a_case_and_the_next_one_joins_it(place: Place) -> None:
    for number in range(2):
        assert place.acting.perform(Alert("misuse", "person/ann", f"Seen {number}.", ("call_1",), clock(), 2.0), clock())
    (case,) = place.desk.registry.cases.values()
    assert case.about == ("person/ann",)
    assert case.signaled == 2
    assert [each.case for each in place.state.alerts()] == [case.id, case.id]


def test_alerts_of_one_campaign_are_one_case(place: Place) -> None:
    place.act(acts.RegisterPerson("ben", "acme"))
    for who in ("person/ann", "person/ben"):
        place.acting.perform(Alert("templates", who, "Seen.", (), clock(), 4.0, "T-1234"), clock())
    (case,) = place.desk.registry.cases.values()
    assert set(case.about) == {"person/ann", "person/ben"}


def test_p9_one_officer_s_wrong_takes_no_evidence_away_and_two_do(place: Place) -> None:
    place.acting.perform(Alert("misuse", "person/ann", "Seen.", ("call_1",), clock(), 2.0), clock())
    (case,) = place.desk.registry.cases
    place.acting.news()
    for number, name in enumerate(("olga", "noor")):
        place.act(acts.AddOfficer(name, bytes([10 + number]) * 32))
        place.desk.perform(acts.KeyOfficer(name, bytes([20 + number]) * 32), actor=f"officer:{name}")
    for _ in range(2):
        place.desk.perform(JudgeCase(case, "wrong", "misuse", why="a drill"), actor="officer:olga")
        assert place.acting.news().verdicts == ()
    place.desk.perform(JudgeCase(case, "wrong", "misuse", why="a drill"), actor="officer:noor")
    assert place.acting.news().verdicts == (("person/ann", "misuse", False),)
    assert place.acting.news().verdicts == ()
    place.desk.perform(JudgeCase(case, "right", "misuse"), actor="officer:olga")
    assert place.acting.news().verdicts == (("person/ann", "misuse", True),), "whoever says right lowers nothing"


def test_p9_two_officers_of_whom_one_issued_the_other_s_key_are_one_who_says_wrong(place: Place) -> None:
    place.acting.perform(Alert("misuse", "person/ann", "Seen.", ("call_1",), clock(), 2.0), clock())
    (case,) = place.desk.registry.cases
    place.act(acts.AddOfficer("olga", b"\x0a" * 32))
    place.desk.perform(acts.KeyOfficer("olga", b"\x14" * 32), actor="officer:olga")
    place.desk.perform(acts.AddOfficer("noor", b"\x0b" * 32), actor="officer:olga")
    place.desk.perform(acts.KeyOfficer("noor", b"\x15" * 32), actor="officer:noor")
    place.acting.news()
    for name in ("olga", "noor"):
        place.desk.perform(JudgeCase(case, "wrong", "misuse", why="a drill"), actor=f"officer:{name}")
    assert place.acting.news().verdicts == ()


def test_projects_that_declare_a_batch_are_heard(place: Place) -> None:
    place.act(acts.RegisterProject("reports", "acme", "Reports", "testing", "high-risk-dual-use", (), assets=("batch:weekly",)))
    assert place.acting.news().batch == frozenset({"project/reports"})
    assert batches(place.desk.registry) == frozenset({"project/reports"})
    assert place.acting.news().batch is None


def test_whom_the_registry_knows_is_known(place: Place) -> None:
    assert place.acting.known("person/ann")
    assert not place.acting.known("person/nobody")
    assert not place.acting.known("agent/ann")


def test_a_monitor_that_fell_silent_gets_an_entry(place: Place) -> None:
    recorded = []
    place.journal.record = recorded.append  # type: ignore[method-assign]
    assert place.acting.perform(Silent("signals of boot", "silent", 5), 9)
    assert (recorded[0].monitor, recorded[0].since, recorded[0].at) == ("signals of boot", 5, 9)
