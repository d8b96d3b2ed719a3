"""Calls of the last days are counted from the log once, and again only for what came since."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.assembly.home import Home, create
from safeconduct.assembly.use import DAY, ROLLUP, live_sessions, recent_use
from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.entries import CallDecided, encode
from safeconduct.audit.note import Signer
from safeconduct.audit.tiles import WIDTH, pack_bundle
from safeconduct.gateway.live import LiveFile
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.files.pruning import prune
from safeconduct.terms.moments import SECOND

NOW = 100 * DAY


def _entry(caller: str, model: str, at: int, effect: str = "permit") -> bytes:
    return encode(CallDecided(at=at, call=f"c-{at}", caller=caller, resolved=model, effect=effect))


def _log(home: Home, entries: list[bytes], year: str = "") -> None:
    signer = Signer("safeconduct.local/log" + (f"/{year}" if year else ""), b"s" * 32)
    store = LogStore(home.log / year)
    store.directory.mkdir(exist_ok=True)
    store.write_bundle(0, pack_bundle(entries), len(entries))
    store.write_vkey(str(signer.verifier))
    store.write_checkpoint(sign_checkpoint(Checkpoint(signer.verifier.name, len(entries), b"r" * 32), signer))


def test_calls_are_counted_by_caller_and_model_and_only_what_is_new_is_read(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    assert recent_use(home, NOW) == {}
    entries = [
        _entry("sc_1", "m", NOW - DAY),
        _entry("sc_1", "m", NOW),
        _entry("sc_2", "m", NOW, "deny"),
        _entry("sc_2", "n", NOW),
    ]
    _log(home, entries)
    assert recent_use(home, NOW) == {"sc_1": {"m": 2}, "sc_2": {"n": 1}}
    entries.append(_entry("sc_2", "n", NOW))
    _log(home, entries)
    assert recent_use(home, NOW) == {"sc_1": {"m": 2}, "sc_2": {"n": 2}}
    assert recent_use(home, NOW + 60 * DAY) == {}
    assert (home.run / ROLLUP).stat().st_mode & 0o777 == 0o600


def test_a_rollup_of_another_log_is_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    _log(home, [_entry("sc_1", "m", NOW), _entry("sc_1", "m", NOW)])
    recent_use(home, NOW)
    _log(home, [_entry("sc_9", "m", NOW)])
    assert recent_use(home, NOW) == {"sc_9": {"m": 1}}
    (home.run / ROLLUP).write_bytes(b"nonsense")
    assert recent_use(home, NOW) == {"sc_9": {"m": 1}}


def test_calls_of_a_new_year_are_counted_with_those_of_the_old_one(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    _log(home, [_entry("sc_1", "m", NOW - DAY)])
    assert recent_use(home, NOW) == {"sc_1": {"m": 1}}
    _log(home, [_entry("sc_1", "m", NOW)], "1970")
    assert recent_use(home, NOW) == {"sc_1": {"m": 2}}
    assert recent_use(home, NOW) == {"sc_1": {"m": 2}}


def test_a_rollup_of_before_there_were_shards_is_made_anew(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    _log(home, [_entry("sc_1", "m", NOW)])
    old = {"size": 9, "root": b"", "rows": 1, "cut": False, "days": {NOW // DAY: {"sc_1": {"m": 9}}}}
    (home.run / ROLLUP).write_bytes(msgspec.msgpack.encode(old))
    assert recent_use(home, NOW) == {"sc_1": {"m": 1}}


def test_a_front_that_was_pruned_keeps_no_count_from_being_made(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    _log(home, [_entry("sc_1", "m", NOW)] * WIDTH)
    store = LogStore(home.log)
    store.write_bundle(1, pack_bundle([_entry("sc_2", "m", NOW)]), 1)
    signer = Signer("safeconduct.local/log", b"s" * 32)
    store.write_checkpoint(sign_checkpoint(Checkpoint(signer.verifier.name, WIDTH + 1, b"r" * 32), signer))
    prune(home.log, WIDTH)
    assert recent_use(home, NOW) == {"sc_2": {"m": 1}}


def test_live_sessions_are_those_that_were_said_lately(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    create(home)
    assert list(live_sessions(home, NOW)) == []
    LiveFile(home.run / "live-0.msgpack").write([("person/ann", "acme", "m")] * 2, NOW)
    LiveFile(home.run / "live-1.msgpack").write([("agent/bot", "acme", "m")], NOW - 60 * SECOND)
    (home.run / "live-2.msgpack").write_bytes(msgspec.msgpack.encode("nonsense"))
    assert list(live_sessions(home, NOW)) == [("person", "ann", "acme", "m", 2)]
