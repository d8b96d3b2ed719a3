"""A call is found in the log by the moments of what was kept of it, also among many others and where a clock was set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import kept_calls
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.kept_calls import find_call
from safeconduct.audit.entries import CallDecided, WriterStarted
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, parse
from support.vault_home import STANDARD, VaultHome

LATER = parse("2026-12-30T12:00:00Z")


def others(home: VaultHome, boot: str, first: int, step: int) -> None:
    """A writer with 600 calls of which nothing was kept."""
    journal = open_journal(home.paths, "node-1", boot, start_entry=WriterStarted(at=first, role="gateway", workers=1))
    journal.append_sync(*(CallDecided(at=first + n * step, call=f"call_{boot}_{n}", effect="deny") for n in range(600)))
    journal.close()
    home.keep()


def test_a_call_among_many_is_found_with_whose_it_is_and_where_it_lies(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = VaultHome(tmp_path)
    others(home, "before", LATER, SECOND)
    call = home.call(model=STANDARD, at=LATER + 700 * SECOND)
    others(home, "after", LATER + 800 * SECOND, SECOND)
    walked = []
    walk = kept_calls._walked
    monkeypatch.setattr(kept_calls, "_walked", lambda *words: (walked.append(words[2]), walk(*words))[1])
    found = find_call(home.vault, call)
    assert (found.caller, found.organization, found.model) == ("sc_ann", "acme", STANDARD)
    assert set(found.parts) == {"request", "answer"}
    assert home.vault.store().sha256_at(found.parts["answer"].place) == found.parts["answer"].sha256
    assert len(walked) == 1
    assert walked[0] > 500


def test_a_call_whose_clock_was_set_back_is_found_all_the_same(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    others(home, "before", LATER, SECOND)
    call = home.call(model=STANDARD, at=parse("2026-06-12T12:00:00Z"))
    others(home, "after", LATER + 800 * SECOND, SECOND)
    assert find_call(home.vault, call).call == call


def test_a_call_of_which_nothing_is_kept_is_not_looked_for(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    for call in ("call_a_1", "nonsense", "../../x", ""):
        with pytest.raises(Refused, match="nothing is kept"):
            find_call(home.vault, call)
