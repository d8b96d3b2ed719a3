"""Where the settings say that trees and heads lie."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from safeconduct.assembly.home import Home
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import FilePlaces, places_of
from safeconduct.audit.note import Verifier
from safeconduct.audit.verify import verify_log
from safeconduct.settings.load import LogSettings
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.objects.logstore import ObjectLogStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import parse
from support.audit_samples import Clock
from support.s3 import KEY_ID, SECRET, Storage, storage

NOW = parse("2026-06-12T17:21:00Z")


@pytest.fixture(scope="module")
def server() -> Iterator[Storage]:
    with storage() as running:
        yield running


def kept(home: Home, settings: LogSettings, environ: dict[str, str]) -> None:
    """One life of the keepers of a home."""
    places = places_of(home, settings, environ)
    with open_log(home, Start("node-1", "first", Clock(NOW)), places, bytes, lambda _: None) as log:
        log.finish(NOW)


def test_p7_heads_lie_apart_from_the_home_and_for_nobody_else(tmp_path: Path) -> None:
    home = Home(tmp_path / "home")
    kept(home, LogSettings(), {})
    apart = home.apart({})
    assert len([path for path in (apart / "heads").iterdir() if len(path.name) == 32]) == 2  # the log and its root
    assert {stat.S_IMODE(path.stat().st_mode) for path in (apart, apart / "heads")} == {0o700}
    assert isinstance(FilePlaces(apart).log(home.shard(NOW)), LogStore)
    assert (home.log / "log.cosign.vkey").exists()
    chosen = tmp_path / "other disk"
    kept(Home(tmp_path / "second"), LogSettings(), {"SAFECONDUCT_APART": str(chosen)})
    assert (chosen / "heads").is_dir()


def test_p7_trees_and_heads_lie_in_the_buckets_that_the_settings_name(server: Storage, tmp_path: Path) -> None:
    settings = LogSettings(
        store=f"s3://{server.make('the-log')}/prod",
        heads=f"s3://{server.make('the-heads')}",
        s3_endpoint=server.endpoint,
        s3_key_id="env:ID",
        s3_secret="env:SECRET",
    )
    environ = {"ID": KEY_ID, "SECRET": SECRET}
    home = Home(tmp_path / "home")
    kept(home, settings, environ)
    for shard in (home.shard(NOW), home.root_shard()):
        store = places_of(home, settings, environ).log(shard)
        assert isinstance(store, ObjectLogStore)
        report = verify_log(store, Verifier.parse(store.vkey()))
        assert report.holds
        assert report.size > 0
        assert not (shard.log / "checkpoint").exists()
    assert not home.apart({}).exists()
    only_heads = msgspec.structs.replace(settings, store="")
    assert isinstance(places_of(home, only_heads, environ).log(home.shard(NOW)), LogStore)


def test_a_credential_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    settings = LogSettings(store="s3://the-log", s3_key_id="file:/none/there", s3_secret="env:S")
    with pytest.raises(Refused, match="cannot be read"):
        places_of(Home(tmp_path), settings, {})
