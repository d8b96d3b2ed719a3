"""The first entry of every writer names the versions of everything that decides, reads and records."""

from __future__ import annotations

from importlib import metadata

from safeconduct.assembly.versions import plugins, versions


def test_what_decides_is_named_with_its_version() -> None:
    named = dict(text.split("=", 1) for text in versions())
    assert {"safeconduct", "cedarpy", "cryptography"} <= set(named)
    assert all(metadata.version(name) == version for name, version in named.items())


def test_what_is_installed_is_not_enabled() -> None:
    found = {"acme-words": "2", "secrets": "1"}
    assert plugins((), found) == ()
    assert plugins(("acme-words",), found) == ("acme-words==2",)
