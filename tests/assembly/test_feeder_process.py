"""The feeder as a process: a real log, a real witness, and the file beside the log."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from safeconduct.assembly.feeder_process import STATUS_FILE, WITNESSED, Beside, Feeding
from safeconduct.assembly.home import Home
from safeconduct.audit.trust import Trust, compose
from safeconduct.storage.files.disk import Disk
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
        feeding = Feeding(Home(log.path), Home(log.path).settings({}))
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
