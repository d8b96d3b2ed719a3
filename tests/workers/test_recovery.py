"""From where a keeper goes on: after every crash of ours, and after no restore of somebody else's."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from safeconduct.audit.checkpoint import Checkpoint, open_checkpoint, sign_checkpoint
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import SECOND
from support.audit_home import SIGNER, LogHome, call

STATE = ".keeper.json"


@pytest.fixture
def home(tmp_path: Path) -> LogHome:
    """A log that was kept once, and has five calls in it."""
    home = LogHome(tmp_path / "host")
    home.heads = tmp_path / "apart" / "head"
    grow(home, "w")
    return home


def grow(home: LogHome, boot: str, calls: int = 5) -> None:
    writer = home.writer(boot)
    for number in range(calls):
        call(writer, f"{boot}/{number}")
    writer.close()
    home.keep()


def size(home: LogHome) -> int:
    return open_checkpoint((home.log / "checkpoint").read_bytes(), SIGNER.verifier).size


def refusal(home: LogHome) -> str:
    with pytest.raises(Refused) as refused:
        home.keeper()
    home.crash_keepers()
    (fault,) = refused.value.faults
    assert fault.mend
    return fault.code


def test_p7_a_log_restored_from_before_is_not_signed(home: LogHome, tmp_path: Path) -> None:
    shutil.copytree(home.path, tmp_path / "backup")
    before = size(home)
    grow(home, "later")
    shutil.rmtree(home.path)
    shutil.copytree(tmp_path / "backup", home.path)
    with pytest.raises(Refused, match=f"entries were signed, and the log here ends at {before}") as refused:
        home.keeper()
    assert refused.value.faults[0].code == "log_rolled_back"
    assert "accept-head" in refused.value.faults[0].mend
    assert size(home) == before, "nothing was signed"


def test_p7_a_restored_log_that_somebody_let_grow_again_is_not_signed(home: LogHome, tmp_path: Path) -> None:
    """The head was hidden while another history was signed over the restored disk."""
    shutil.copytree(home.path, tmp_path / "backup")
    grow(home, "later", 3)
    shutil.rmtree(home.path)
    shutil.copytree(tmp_path / "backup", home.path)
    kept, home.heads = home.heads, tmp_path / "elsewhere" / "head"
    state = json.loads((home.journal / STATE).read_bytes())
    (home.journal / STATE).write_text(json.dumps(state | {"anchored": False}))
    grow(home, "other", 40)
    home.heads = kept
    assert refusal(home) == "log_forked"


def test_p7_a_log_whose_head_is_gone_is_not_signed(home: LogHome) -> None:
    home.heads.unlink()
    assert refusal(home) == "log_head_missing"
    (home.journal / STATE).unlink()
    assert refusal(home) == "log_head_missing", "a state that was taken away too changes nothing"


def test_a_log_of_an_older_version_gets_its_head_once(home: LogHome) -> None:
    home.heads.unlink()
    state = json.loads((home.journal / STATE).read_bytes())
    del state["anchored"]
    (home.journal / STATE).write_text(json.dumps(state))
    grow(home, "newer")
    assert home.heads.read_bytes() == (home.log / "checkpoint").read_bytes()
    assert home.verify().holds
    home.heads.unlink()
    assert refusal(home) == "log_head_missing"


@pytest.mark.parametrize("state", ["kept", "lost"])
def test_p7_a_crash_between_head_and_checkpoint_goes_on_by_itself(home: LogHome, state: str) -> None:
    behind = (home.log / "checkpoint").read_bytes()
    grow(home, "later")
    ahead = size(home)
    (home.log / "checkpoint").write_bytes(behind)
    if state == "lost":
        (home.journal / STATE).unlink()
    keeper = home.keeper()
    assert size(home) == ahead, "the head is published"
    keeper.finish(home.clock.now)
    assert home.verify().holds


def test_a_head_that_is_older_than_the_log_is_brought_up(home: LogHome) -> None:
    old = home.heads.read_bytes()
    grow(home, "later")
    home.heads.write_bytes(old)
    keeper = home.keeper()
    assert home.heads.read_bytes() == (home.log / "checkpoint").read_bytes()
    keeper.finish(home.clock.now)


def test_p7_a_head_with_another_root_is_a_fork(home: LogHome) -> None:
    forged = Checkpoint(SIGNER.verifier.name, size(home), bytes(32))
    home.heads.write_bytes(sign_checkpoint(forged, SIGNER))
    assert refusal(home) == "log_forked"


def test_p7_a_tile_that_changes_under_a_running_keeper_stops_the_signing(home: LogHome) -> None:
    keeper, writer = home.keeper(), home.writer("live")
    keeper.step(home.clock.now)
    before = (home.log / "checkpoint").read_bytes()
    keeper._edge.root_at = lambda size, now: bytes(32)  # type: ignore[method-assign] - what a damaged tile leads to
    call(writer, "c")
    home.clock.now += SECOND
    with pytest.raises(Refused, match="are not those that were signed"):
        keeper.step(home.clock.now)
    assert (home.log / "checkpoint").read_bytes() == before == home.heads.read_bytes()


def test_p7_two_keepers_that_know_nothing_of_each_other_never_sign_two_logs(home: LogHome, tmp_path: Path) -> None:
    """Two hosts with copies of one disk and one store of heads: the second to sign ends."""
    shutil.copytree(home.path, tmp_path / "copy")
    other = LogHome(tmp_path / "copy", "other")
    other.heads = home.heads
    first, second = home.keeper(), other.keeper()
    first.step(home.clock.now)
    with pytest.raises(Refused, match="another keeper signed this log meanwhile"):
        second.step(other.clock.now)
    assert (home.log / "checkpoint").read_bytes() == home.heads.read_bytes()
    assert size(other) < size(home)
