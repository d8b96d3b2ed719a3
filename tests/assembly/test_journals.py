"""A writer begins in the shard of its moment, and never in one that is closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import journals
from safeconduct.assembly.home import Home
from safeconduct.storage.files.shards import Gate
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, parse
from support.audit_samples import started
from support.tree import ROOT

EVE = parse("2026-12-31T23:59:59+00:00")


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.shard(EVE)
    return home


def opened(home: Home, monkeypatch: pytest.MonkeyPatch, now: int, boot: str) -> Path:
    monkeypatch.setattr(journals, "clock", lambda: now)
    journal = journals.open_journal(home, "node-1", boot, start_entry=started())
    journal.close()
    return journal.directory.parent


def test_p2_a_writer_begins_in_the_shard_of_its_moment(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert opened(home, monkeypatch, EVE, "a") == home.journal
    assert opened(home, monkeypatch, EVE + 2 * SECOND, "b") == home.path / "journal-2027"
    assert [shard.name for shard in home.shards()] == ["", "2027"]


def test_p2_a_clock_set_back_reopens_no_closed_shard(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    assert Gate(home.journal).close(lambda: True)
    assert opened(home, monkeypatch, EVE - 3600 * SECOND, "late") == home.path / "journal-2027"


def test_p2_a_writer_that_meets_the_keeper_closing_goes_on_to_the_next_year(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def vacant() -> bool:
        seen.append(opened(home, monkeypatch, EVE, "racing"))
        return True

    assert Gate(home.journal).close(vacant)
    assert seen == [home.path / "journal-2027"]


def test_a_folder_that_cannot_be_written_is_refused_in_words(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    (home.path / "journal-2027").write_text("in the way")
    with pytest.raises(Refused, match="the journal cannot be written"):
        opened(home, monkeypatch, EVE + 2 * SECOND, "c")


def test_p2_every_writer_but_the_keeper_itself_begins_here() -> None:
    """A journal opened in another way could begin in a shard that the keeper is closing."""
    source = ROOT / "src" / "safeconduct"
    opening = {path.relative_to(source).as_posix() for path in source.rglob("*.py") if "Journal.open(" in path.read_text()}
    assert opening == {"assembly/journals.py", "assembly/log.py"}
