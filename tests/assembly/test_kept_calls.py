"""A call is found in the log by the moments of what was kept of it, also among many others and where a clock was set back."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly import kept_calls
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.kept_calls import find_call
from safeconduct.audit.entries import CallDecided, WriterStarted
from safeconduct.audit.tiles import pack_bundle, split_bundle
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND, parse
from support.vault_home import RESTRICTED, STANDARD, VaultHome

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


@pytest.mark.parametrize("field", ["model", "organization", "caller"])
def test_p9_an_entry_that_was_edited_is_not_believed(tmp_path: Path, field: str) -> None:
    """Whoever can write the log's files says that the call was for another model, or of another organization."""
    home = VaultHome(tmp_path)
    call = home.call(model=RESTRICTED)
    said, instead = {
        "model": (RESTRICTED, STANDARD),
        "organization": ('"acme"', '"emca"'),
        "caller": ('"sc_ann"', '"sc_ben"'),
    }[field]
    for path in (home.paths.log / "tile" / "entries").rglob("*"):
        if path.is_file():
            path.write_bytes(_with(path.read_bytes(), call, said.encode(), instead.encode()))
    with pytest.raises(Refused, match="not the one that was signed"):
        find_call(home.vault, call)


def _with(bundle: bytes, call: str, said: bytes, instead: bytes) -> bytes:
    entries = [
        data.replace(said, instead) if call.encode() in data and b'"call.decided"' in data else data
        for data in split_bundle(bundle, count(bundle))
    ]
    assert pack_bundle(entries) != bundle
    return pack_bundle(entries)


def count(bundle: bytes) -> int:
    """How many entries, each behind its length (u16), there are."""
    found = at = 0
    while at < len(bundle):
        at += 2 + int.from_bytes(bundle[at : at + 2], "big")
        found += 1
    return found


def test_p9_a_checkpoint_that_nobody_signed_is_not_believed(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    call = home.call(model=STANDARD)
    path = home.paths.log / "checkpoint"
    size = path.read_bytes().split(b"\n")[1]
    path.write_bytes(path.read_bytes().replace(b"\n" + size + b"\n", b"\n" + b"%d" % (int(size) - 1) + b"\n", 1))
    with pytest.raises(Refused, match="does not hold"):
        find_call(home.vault, call)


def test_a_call_of_which_nothing_is_kept_is_not_looked_for(tmp_path: Path) -> None:
    home = VaultHome(tmp_path)
    for call in ("call_a_1", "nonsense", "../../x", ""):
        with pytest.raises(Refused, match="nothing is kept"):
            find_call(home.vault, call)
