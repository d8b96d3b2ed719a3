"""The feeder as a process: a real log, a real witness, and the file beside the log."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree as copy

import pytest

from safeconduct.assembly.feeder_process import STATUS_FILE, WITNESSED, Beside, Feeding
from safeconduct.assembly.home import Home, create
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import places_of
from safeconduct.assembly.process import clock
from safeconduct.assembly.witness_folder import WitnessFolder
from safeconduct.audit.trust import Trust, compose
from safeconduct.storage.files.disk import Disk
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.audit_home import SIGNER, LogHome, call
from support.witnesses import served, witness_folder

ENVIRON = {name: value for name, value in os.environ.items() if not name.startswith("SAFECONDUCT_")}


def home_with(path: Path, url: str, vkey: str) -> LogHome:
    log = LogHome(path)
    path.mkdir(exist_ok=True)
    (path / "run").mkdir(exist_ok=True)
    settings = f'[log]\norigin = "{SIGNER.verifier.name}"\n[log.witness.one]\nurl = "{url}"\nvkey = "{vkey}"\n'
    (path / "safeconduct.toml").write_text(settings)
    return log


def grow(log: LogHome) -> int:
    writer = log.writer()
    call(writer, "c")
    writer.close()
    return log.keep()


def test_the_witnessed_checkpoint_lies_beside_the_log(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w", "witness.example/w1", str(SIGNER.verifier))
    key = folder.signers()[1].verifier
    trust = Trust.parse(compose([SIGNER.verifier], [("one", key)], 1))
    with served(folder) as (url, _):
        log = home_with(tmp_path / "home", url, str(key))
        size = grow(log)
        command = [sys.executable, "-m", "safeconduct.assembly.feeder_process", str(log.path)]
        with subprocess.Popen(command, env=ENVIRON, stderr=subprocess.PIPE) as process:
            end = time.monotonic() + 30
            while not (log.log / WITNESSED).exists() and process.poll() is None and time.monotonic() < end:
                os.sched_yield()
            grown = grow(log)
            process.send_signal(signal.SIGTERM)
            assert process.wait(30) == 0
            assert process.stderr is not None
            assert process.stderr.read() == b""
    assert size < grown
    assert trust.check((log.log / WITNESSED).read_bytes()).size == grown  # what was signed last is shown before it ends
    status = json.loads((log.run / STATUS_FILE).read_bytes())
    assert [(each["size"], each["witnessed_size"]) for each in status["logs"]] == [(grown, grown)]


def test_p7_a_log_put_back_from_a_copy_is_told_by_its_witness(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w", "witness.example/w1", str(SIGNER.verifier))
    with served(folder) as (url, _):
        log = home_with(tmp_path / "home", url, str(folder.signers()[0].verifier))
        grow(log)
        old = (log.log / "checkpoint").read_bytes()
        grow(log)
        feeding = Feeding(Home(log.path), Home(log.path).settings({}), ENVIRON)
        feeding.round(SECOND)
        (log.log / "checkpoint").write_bytes(old)
        feeding.round(2 * SECOND)
    witness = json.loads((log.run / STATUS_FILE).read_bytes())["logs"][0]["witnesses"][0]
    assert "rolled back" in witness["halted"]


def test_settings_that_make_no_sense_end_it_for_good(tmp_path: Path) -> None:
    (tmp_path / "safeconduct.toml").write_text("[log]\nwitness_quorum = 3\n")
    command = [sys.executable, "-m", "safeconduct.assembly.feeder_process", str(tmp_path)]
    ended = subprocess.run(command, env=ENVIRON, capture_output=True, timeout=60, check=False)
    assert ended.returncode == 2
    assert b"quorum" in ended.stderr


def test_a_file_that_is_not_there_is_none(tmp_path: Path) -> None:
    beside = Beside(tmp_path, Disk())
    assert beside.load() is None
    beside.save(b"note\n")
    assert beside.load() == b"note\n"


def test_p7_a_keeper_does_not_sign_where_a_witness_has_seen_more(tmp_path: Path) -> None:
    """Log and head are both put back from a copy; only the witness remembers."""
    home = Home(tmp_path / "home")
    folder = WitnessFolder(tmp_path / "w")
    folder.create("witness.example/w1")
    with served(folder) as (url, _):
        create(home)
        settings = f'[log.witness.one]\nurl = "{url}"\nvkey = "{folder.signers()[0].verifier}"\n'
        (home.path / "safeconduct.toml").write_text(settings)
        keep(home)
        folder.trust((home.log / "log.vkey").read_text())
        copy(home.path, tmp_path / "copy")
        copy(home.apart(ENVIRON), tmp_path / "copy.apart")
        keep(home)
        Feeding(home, home.settings({}), ENVIRON).round(SECOND)
        keep(home)
        with pytest.raises(Refused) as refused:
            keep(Home(tmp_path / "copy"))
    assert [fault.code for fault in refused.value.faults] == ["log_rolled_back"]
    assert "one" in refused.value.faults[0].what


def keep(home: Home) -> None:
    """A keeper's whole life: it starts, signs that it did, and stops."""
    start = Start("node-1", secrets.token_hex(6), clock)
    places = places_of(home, home.settings({}).log, ENVIRON)
    with open_log(home, start, places, secrets.token_bytes, print) as log:
        log.finish(clock())
