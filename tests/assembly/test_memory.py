"""What the last question left behind is used when it is sound, and is as if it were not there otherwise."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from random import Random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from safeconduct.assembly import survey as assembled
from safeconduct.assembly.home import find
from safeconduct.assembly.inquiries import Inquiries, open_inquiries
from safeconduct.assembly.memory import MAX_FILES, recall, remember
from safeconduct.inquiry.seats import Side, survey
from safeconduct.inquiry.shapes import gather
from safeconduct.inquiry.shaping import Window
from safeconduct.registry.changes import Draft
from safeconduct.registry.facts import evidence_of
from safeconduct.registry.state import Registry
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.moments import Moment
from support.inquiry_home import keep
from support.inquiry_worlds import NOON, Town
from support.registry_cli import Home
from support.registry_histories import history
from support.registry_world import DAY, T0

WANTED = frozenset({"us_person.ear", "vetting", "nationality"})
FACTS = evidence_of(WANTED)


@pytest.fixture(autouse=True)
def no_population_is_too_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(assembled, "ALONE_BELOW", 0)
    monkeypatch.setattr(assembled, "gather_all", lambda _home, *what: gather(*what[:3]))


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    keep(home, Town(7).world.changes)
    return home


def ask(home: Home, now: Moment = NOON, ahead: Moment = 0, wanted: frozenset[str] = WANTED) -> None:
    """Ask about everybody, and hold the answer against that of a walk."""
    with open_inquiries(home.environ, now=now) as asked:
        sides = [Side(asked.today, each, wanted) for each in (now, now + ahead)]
        census = surveyor(asked).census(sides, keep=-1)
        fresh = survey([Side(asked.version(asked.today.version), each.now, wanted) for each in sides], keep=-1)
    told = [{pair: (tally.count, tally.first, tally.ids) for pair, tally in each.pairs()} for each in (census, fresh)]
    assert told[0] == told[1]


def surveyor(asked: Inquiries) -> assembled.Surveyor:
    return assembled.Surveyor(asked.home, asked.store, asked.now, asked.home.secret("pseudonym.key"))


def files(home: Home) -> list[Path]:
    return sorted(find(home.environ).run.glob("survey-*"))


def walks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Versions that everybody was walked through at, from now on."""
    told: list[int] = []

    def gathered(_home: object, registry: Registry, facts: frozenset[str], window: Window, _tell: object) -> object:
        told.append(registry.version)
        return gather(registry, facts, window)

    monkeypatch.setattr(assembled, "gather_all", gathered)
    return told


def append(home: Home, drafts: list[Draft]) -> None:
    with ChangeStore.open(find(home.environ).registry) as store:
        for each in drafts:
            store.append([each])


def test_the_second_question_walks_through_nobody(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = walks(monkeypatch)
    ask(home)
    ask(home, NOON + DAY)
    ask(home, NOON, 30 * DAY)
    assert len(walked) == 1
    (file,) = files(home)
    assert file.stat().st_mode & 0o777 == 0o600


def test_moments_outside_the_window_are_walked_for(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    walked = walks(monkeypatch)
    ask(home)
    ask(home, NOON + 50 * DAY)
    ask(home, NOON + 50 * DAY, 100 * DAY)
    assert len(walked) == 3
    ask(home, NOON + 50 * DAY, 100 * DAY)
    assert len(walked) == 3


def test_whoever_changed_is_looked_up(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(7)
    ask(home)
    walked = walks(monkeypatch)
    town.suspend_some()
    town.world.fact("p02", "vetting", "level-9", T0)
    keep(home, town.world.changes)
    ask(home)
    ask(home)
    assert not walked
    monkeypatch.setattr("safeconduct.storage.sqlite.changes.MOST_TOUCHED", 0)
    town.world.fact("p03", "vetting", "level-9", T0)
    keep(home, town.world.changes)
    ask(home)
    assert len(walked) == 1


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 2**32), length=st.integers(10, 60), looks=st.integers(2, 5))
def test_any_history_asked_at_any_moments(tmp_path_factory: pytest.TempPathFactory, seed: int, length: int, looks: int) -> None:
    home = Home(tmp_path_factory.mktemp("home"))
    chance = Random(seed)
    every = history(seed, length)
    first = {each.subject: place for place, each in reversed(list(enumerate(every))) if each.kind == "key.issued"}
    drafts = [each for place, each in enumerate(every) if each.kind != "key.issued" or first[each.subject] == place]
    cuts = sorted(chance.randrange(len(drafts)) for _ in range(looks))
    for start, end in zip([0, *cuts], [*cuts, len(drafts)], strict=True):
        append(home, drafts[start:end])
        ask(home, T0 + chance.randrange(70 * DAY), chance.choice((0, 1, 30)) * DAY)


@pytest.mark.parametrize("part", ["head", "seal", "body", "cut", "empty", "more"])
def test_a_damaged_file_is_as_if_it_were_not_there(home: Home, monkeypatch: pytest.MonkeyPatch, part: str) -> None:
    ask(home)
    (file,) = files(home)
    data = bytearray(file.read_bytes())
    place = {"head": 3, "seal": 30, "body": len(data) // 2}.get(part)
    if place is not None:
        data[place] ^= 1
    file.write_bytes({"cut": data[: len(data) // 2], "empty": b"", "more": data + b"\0"}.get(part, data))
    walked = walks(monkeypatch)
    ask(home)
    assert len(walked) == 1
    ask(home)
    assert len(walked) == 1


def test_the_file_of_another_home_is_none(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "other").mkdir()
    other = Home(tmp_path / "other")
    keep(other, Town(8).world.changes)
    ask(other)
    ask(home)
    files(home)[0].write_bytes(files(other)[0].read_bytes())
    walked = walks(monkeypatch)
    ask(home)
    assert len(walked) == 1


def test_p6_a_history_that_went_another_way_is_found_out(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(home)
    registry = find(home.environ).registry
    for each in registry.parent.glob("registry.db*"):
        each.unlink()
    ChangeStore.open(registry).close()
    keep(home, Town(8).world.changes)
    keep(home, [*Town(8).world.changes, *Town(7).world.changes])  # longer than the first, so that its version is there, too
    walked = walks(monkeypatch)
    ask(home)
    assert len(walked) == 1


def test_an_older_version_neither_uses_nor_replaces_what_a_newer_left(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ask(home)
    before = files(home)[0].read_bytes()
    walked = walks(monkeypatch)
    with open_inquiries(home.environ, now=NOON) as asked:
        side = Side(asked.version(asked.today.version - 1), NOON, WANTED)
        surveyor(asked).census([side])
    assert walked == [side.registry.version]
    assert files(home)[0].read_bytes() == before


def test_p10_each_set_of_facts_has_its_file_and_few_are_kept(home: Home) -> None:
    for number, wanted in enumerate(({"vetting"}, {"nationality"}, {"training"}, {"location"}, {"residence"}, {"assurance"})):
        ask(home, wanted=frozenset(wanted))
        assert len(files(home)) == min(number + 1, MAX_FILES)
    key = find(home.environ).secret("pseudonym.key")
    kept = recall(find(home.environ).run, key, {"assurance"})
    assert kept is not None
    assert kept[1].facts == ("assurance",)
    assert recall(find(home.environ).run, key, {"vetting"}) is None


def test_a_folder_that_takes_nothing_is_no_fault(home: Home, tmp_path: Path) -> None:
    found = find(home.environ)
    with open_inquiries(home.environ, now=NOON) as asked:
        shapes = gather(asked.today, FACTS, Window(NOON, NOON + DAY))
    remember(tmp_path / "nowhere", found.secret("pseudonym.key"), "x", shapes)
    assert recall(tmp_path / "nowhere", found.secret("pseudonym.key"), FACTS) is None
    link = files(home)
    assert not link
    ask(home)
    (file,) = files(home)
    aside = tmp_path / "aside"
    file.rename(aside)
    file.symlink_to(aside)
    assert recall(found.run, found.secret("pseudonym.key"), FACTS) is None  # a link is not followed
    ask(home)
    assert not file.is_symlink()


def test_what_a_killed_command_left_is_swept_up(home: Home) -> None:
    left = find(home.environ).run / ".survey-left"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    ask(home)
    assert not left.exists()


def test_two_commands_at_once_answer_alike(home: Home) -> None:
    program = (
        "import sys\n"
        "from safeconduct.assembly import survey\n"
        "survey.ALONE_BELOW = 0\n"
        "from safeconduct.assembly.inquiries import open_inquiries\n"
        "from safeconduct.inquiry.seats import Side\n"
        "with open_inquiries(now=int(sys.argv[1])) as asked:\n"
        "    asker = survey.Surveyor(asked.home, asked.store, asked.now, asked.home.secret('pseudonym.key'))\n"
        "    census = asker.census([Side(asked.today, asked.now, frozenset(['vetting']))])\n"
        "    print(sorted(each.count for _, each in census.pairs()))\n"
    )
    environ = {**os.environ, **home.environ}
    command = [sys.executable, "-c", program, str(NOON)]
    running = [subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    told = {each.communicate(timeout=60)[0] for each in running}
    assert len(told) == 1
    assert told != {""}
    ask(home, wanted=frozenset({"vetting"}))
