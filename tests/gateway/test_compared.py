"""What the last comparison found shows in readiness, and makes nobody unready."""

from __future__ import annotations

import json
import os
from pathlib import Path

from safeconduct.gateway.compared import RESULT_FILE, Compared
from safeconduct.terms.moments import SECOND
from support.raw_client import request
from support.raw_gateway import gate, now_moment, run

NOW = 1_700_000_000 * SECOND


def _say(folder: Path, done_at: int, codes: dict[str, int], stamp: int) -> None:
    path = folder / RESULT_FILE
    path.write_text(json.dumps({"at": 1, "done_at": done_at, "codes": codes, "differences": [{"code": "x"}], "size": 3}))
    os.utime(path, ns=(stamp, stamp))


def test_the_last_comparison_is_told_and_read_again_when_it_changed(tmp_path: Path) -> None:
    compared = Compared(tmp_path)
    assert compared.look(NOW) == {}
    _say(tmp_path, NOW - 60 * SECOND, {"row_edited": 2, "row_missing": 1}, 1)
    assert compared.look(NOW) == {"reconciled_age_seconds": 60, "reconciled_differences": 3}
    _say(tmp_path, NOW, {}, 2)
    assert compared.look(NOW) == {"reconciled_age_seconds": 0, "reconciled_differences": 0}
    (tmp_path / RESULT_FILE).write_text("{")
    assert compared.look(NOW) == {}


def test_readiness_shows_it_and_does_not_fail_of_it(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path) as at:
            client = await at.client()
            before = json.loads((await client.exchange(request("/readyz", method="GET"))).body)
            _say(tmp_path / "run", now_moment(), {"row_edited": 2}, 1)
            after = json.loads((await client.exchange(request("/readyz", method="GET"))).body)
            assert "reconciled_differences" not in before
            assert after["reconciled_differences"] == 2
            assert after["faults"] == before["faults"]
            metrics = (await client.exchange(request("/metrics", method="GET"))).body
            assert b"safeconduct_reconciled_differences 2" in metrics

    run(scene())
