"""The first entry of every writer names the versions of everything that decides, reads and records."""

from __future__ import annotations

from importlib import metadata

import pytest

from safeconduct.assembly.versions import plugins, versions


def test_what_decides_is_named_with_its_version() -> None:
    named = dict(text.split("=", 1) for text in versions())
    assert {"safeconduct", "cedarpy", "cryptography"} <= set(named)
    assert all(metadata.version(name) == version for name, version in named.items())


def test_what_is_installed_is_not_enabled(monkeypatch: pytest.MonkeyPatch) -> None:
    assert plugins() == ()
    monkeypatch.setattr("safeconduct.assembly.versions.ENABLED", ("msgspec", "httptools"))
    assert plugins() == tuple(f"{name}=={metadata.version(name)}" for name in ("httptools", "msgspec"))
