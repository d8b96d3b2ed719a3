"""How far each writer is: counted while entries pass, and read back from the log itself with the same result."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from safeconduct.audit.entries import Outcome
from safeconduct.storage.files.logstore import LogStore
from safeconduct.workers.places import State, loaded, rebuilt
from support.audit_home import LogHome, call, crash


def test_a_state_that_is_none_is_none() -> None:
    state = State(size=3, anchored=True)
    state.place("w").open.add(2)
    assert loaded(msgspec.json.encode(state)) == state
    assert loaded(None) is loaded(b'{"size":') is loaded(b"\xff") is None


@pytest.mark.parametrize("minimum", [0, 256])
def test_p2_the_log_itself_tells_how_far_each_writer_is(tmp_path: Path, minimum: int) -> None:
    home = LogHome(tmp_path)
    writer, dead = home.writer("w"), home.writer("dead")
    call(dead, "open", None)
    for number in range(200):
        call(writer, f"c{number}", None if number in (3, 150, 190) else Outcome.SERVED)
    keeper = home.keeper()
    keeper.step(home.clock.now)
    crash(dead)
    kept = keeper._state

    class Pruned(LogStore):
        def minimum(self) -> int:
            return minimum

        def bundle(self, index: int, width: int = 256) -> bytes:
            assert index >= minimum // 256
            return super().bundle(index, width)

    found = rebuilt(Pruned(home.log), keeper.signed_size)
    assert found.size == kept.size
    assert found.writers["w"].seq == kept.writers["w"].seq
    if not minimum:
        assert found.writers == kept.writers
    assert found.writers["w"].open <= kept.writers["w"].open
