"""What is read of the watch from outside, and events of identities that are all right or all refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.home import Home
from safeconduct.assembly.process import clock
from safeconduct.assembly.watch_reading import alerts, explained, read_identity_events, status
from safeconduct.risk.score import Evidence
from safeconduct.storage.watch.state import AlertRow, WatchStore
from safeconduct.terms.faults import Refused
from safeconduct.watch.shape import packed
from safeconduct.watch.subject import fresh, pack
from safeconduct.workers.watcher import Status
from support.faults_home import make_home
from support.watching import DAY, MONDAY


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    path = tmp_path_factory.mktemp("reading") / "home"
    make_home(path)
    return Home(path)


def test_before_it_ran_there_is_nothing_to_tell(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="has not run"):
        status(Home(tmp_path))
    assert alerts(Home(tmp_path), "", 5) == []
    assert explained(Home(tmp_path), "person/ada", MONDAY).parts == ()


def test_its_word_tells_whether_it_still_runs(tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    for at, running in ((clock(), True), (clock() - DAY, False)):
        said = Status(at, at, 5, 0, 0, 0, 0, 0, 0, 1, 0)
        (tmp_path / "run" / "watch.json").write_bytes(msgspec.json.encode(said))
        assert status(Home(tmp_path)) == (said, running)


def test_a_subject_is_explained_by_parts_that_have_faded(home: Home) -> None:
    store = WatchStore(home.watch / "state.db")
    subject = fresh("person/ada", MONDAY)
    subject.organization, subject.purpose, subject.calls = "acme-research", "testing", 7
    subject.evidence["probing"] = Evidence("probing", 2.0, MONDAY, DAY, "Names were tried.", ("call_1",))
    store.put("person/ada", pack(subject))
    with pytest.raises(Refused, match="kept by another version"):
        explained(home, "person/ada", MONDAY + DAY)
    store.save((), {"shape": packed()})
    store.raised(AlertRow(1, "person/ada", "probing", "Names were tried.", ()))
    store.close()
    found = explained(home, "person/ada", MONDAY + DAY)
    assert (found.score, found.calls, found.cohort) == (1.0, 7, "acme-research for testing")
    assert [(part.signal, part.weight, part.calls) for part in found.parts] == [("probing", 1.0, ("call_1",))]
    assert explained(home, "person/bo", MONDAY).calls == 0
    assert [each.who for each in alerts(home, "person/ada", 5)] == ["person/ada"]


def test_events_are_read_from_lines(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    file.write_text(
        '{"at": "2026-06-12T17:21:00Z", "person": "ada", "kind": "login", "device": "d", "latitude": 1.5, "longitude": 2}\n\n'
        '{"at": 5, "person": "ada", "kind": "credential_leaked"}\n'
    )
    first, second = read_identity_events(home, file)
    assert (first.person, first.kind, first.latitude, first.longitude) == ("ada", "login", 1.5, 2.0)
    assert (second.at, second.kind) == (5, "credential_leaked")


def test_every_fault_of_a_file_is_told_and_nothing_is_read(home: Home, tmp_path: Path) -> None:
    file = tmp_path / "events.jsonl"
    lines = ['{"at": 5, "person": "nobody", "kind": "login"}', "no json", '{"at": "noon", "person": "ada", "kind": "login"}']
    file.write_text(
        "\n".join([*lines, '{"at": 5, "person": "ada", "kind": "dance"}', '{"at": 5, "person": "ada", "kind": "login"}'])
    )
    with pytest.raises(Refused) as refused:
        read_identity_events(home, file)
    assert [fault.code for fault in refused.value.faults] == ["no_person", "bad_event", "bad_event", "bad_event"]
    assert refused.value.faults[1].where.endswith(":2")
    with pytest.raises(Refused, match="cannot be read"):
        read_identity_events(home, tmp_path / "missing.jsonl")
