"""The audit commands where the log does not lie in the home: the same words, read from object storage."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import places_of
from safeconduct.assembly.process import clock
from safeconduct.cli import main
from support.bundles import BundleHome
from support.s3 import KEY_ID, SECRET, Storage, storage


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with storage() as running:
        yield running


def test_p7_a_log_on_object_storage_is_verified_shown_and_proven_from_there(
    server: Storage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = BundleHome(tmp_path)
    home.environ |= {"ID": KEY_ID, "SECRET": SECRET}
    for name in ("ID", "SECRET"):
        monkeypatch.setenv(name, home.environ[name])
    bucket = server.make()
    home.paths.settings_file.write_text(
        f'[log]\nstore = "s3://{bucket}/prod"\ns3_endpoint = "{server.endpoint}"\n'
        's3_key_id = "env:ID"\ns3_secret = "env:SECRET"\n'
    )
    home.calls(200)
    places = places_of(home.paths, home.paths.settings(home.environ).log, home.environ)
    with open_log(home.paths, Start("node-1", "first", clock), places, os.urandom, lambda _: None) as log:
        log.finish(clock())
    assert not (home.paths.log / "checkpoint").exists()

    told = home.read(main.app, "audit", "verify")
    assert (told["holds"], told["decided"], sorted(told["trees"])) == (True, 200, [".", "root"])
    assert home.read(main.app, "audit", "show", "7")["type"] in ("call.decided", "call.ended")
    home.run(main.app, "audit", "prove", "300", "--out", str(tmp_path / "proof"))
    vkey = home.read(main.app, "audit", "checkpoint")["vkey"]
    assert home.read(main.app, "audit", "check-proof", str(tmp_path / "proof"), "--vkey", vkey)["index"] == 300
    assert home.read(main.app, "audit", "checkpoint", "--shard", "root")["origin"].endswith("/root")

    files = server.bucket(bucket, "prod")
    data, version = files.get("tile/entries/000", 1 << 24)
    files.replace("tile/entries/000", data.replace(b'"call-70"', b'"call-7!"'), version)
    broken = home.read(main.app, "audit", "verify", code=4)
    assert {finding["kind"] for finding in broken["findings"]} == {"altered"}
