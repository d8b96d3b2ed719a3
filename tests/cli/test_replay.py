"""``audit replay`` as a command, over a log that a small gateway's view made."""

from __future__ import annotations

from pathlib import Path

import msgspec

from safeconduct.assembly.home import find
from safeconduct.audit.checkpoint import Checkpoint, sign_checkpoint
from safeconduct.audit.entries import CallDecided, encode
from safeconduct.audit.note import Signer
from safeconduct.cli.main import app
from safeconduct.exchange import record
from safeconduct.exchange.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.office import acts
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.sqlite.changes import ChangeStore
from safeconduct.terms.call import Dialect
from support.exchange_world import read
from support.inquiry_home import FABLE, cobalt, keep
from support.inquiry_worlds import NOON
from support.registry_cli import Home
from support.registry_world import digest_number


def _decided(home: Home) -> CallDecided:
    here = find(home.environ)
    with ChangeStore.open(here.registry, read_only=True) as store:
        registry = store.registry(here.secret("pseudonym.key"))
        view = View(registry, Rules(), here.secret("commitment.key"), lambda _: None, NOON)
        session = view.session(digest_number(77), NOON)
        assert session is not None
        call = read(Dialect.MESSAGES, model=FABLE)
        return record.decision("call-1", call, session, view.decide(session, call, NOON), "", view.version, NOON)


def _log(home: Home, *entries: CallDecided, year: str = "") -> None:
    log = LogStore(find(home.environ).log / year)
    log.directory.mkdir(exist_ok=True, parents=True)
    data = [encode(entry) for entry in entries]
    log.write_bundle(0, b"".join(len(each).to_bytes(2) + each for each in data), len(data))
    signer = Signer("safeconduct.local/log" + (f"/{year}" if year else ""), b"s" * 32)
    log.write_vkey(str(signer.verifier))
    log.write_checkpoint(sign_checkpoint(Checkpoint(signer.verifier.name, len(data), b"r" * 32), signer))


def test_p6_the_log_is_replayed_and_a_forged_decision_is_told(tmp_path: Path) -> None:
    home, town = Home(tmp_path), cobalt()
    town.world.act(acts.IssueKey("key-1", digest_number(77), "person", "ann", "cobalt"))
    keep(home, town.world.changes)
    entry = _decided(home)
    _log(home, entry)
    assert home.read(app, "audit", "replay")["same"] == 1
    _log(home, msgspec.structs.replace(entry, effect="deny"))
    told = home.run(app, "audit", "replay", "--sample", "1", code=5)
    assert "effect is logged as 'deny'" in told.stdout


def test_p6_calls_of_a_later_year_are_replayed_too(tmp_path: Path) -> None:
    home, town = Home(tmp_path), cobalt()
    town.world.act(acts.IssueKey("key-1", digest_number(77), "person", "ann", "cobalt"))
    keep(home, town.world.changes)
    entry = _decided(home)
    _log(home, entry)
    _log(home, msgspec.structs.replace(entry, effect="deny"), year="2027")
    told = home.run(app, "audit", "replay", code=5)
    assert "effect is logged as 'deny'" in told.stdout


def test_without_a_log_there_is_nothing_to_replay(tmp_path: Path) -> None:
    home = Home(tmp_path)
    home.run(app, "audit", "replay", code=1)
