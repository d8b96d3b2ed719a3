"""Authorities at the command line: registered, with a key or none, and a key that proves nothing is refused."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from safeconduct.cli.authority import app
from support.registry_cli import Home


def test_an_authority_is_registered_and_gets_a_key_later(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "bis.pub"
    home.run(app, "add", "us-bis", "--name", "BIS")
    assert home.read(app, "list") == [{"id": "us-bis", "name": "BIS", "signs": False, "key id": ""}]
    file.write_text(base64.b64encode(Ed25519PrivateKey.generate().public_key().public_bytes_raw()).decode())
    home.run(app, "rotate", "us-bis", "--key", str(file), "--yes")
    [row] = home.read(app, "list")
    assert row["signs"]
    assert len(row["key id"]) == 16
    assert "key of us-bis already" in home.run(app, "rotate", "us-bis", "--key", str(file), "--yes", code=1).stderr
    home.run(app, "rotate", "us-bis", "--none", "--yes")
    assert not home.read(app, "list")[0]["signs"]


def test_what_is_no_key_is_refused(tmp_path: Path) -> None:
    home, file = Home(tmp_path), tmp_path / "odd.pub"
    for data in (b"no key", b"\xff\xff", base64.b64encode(bytes(32)), b"x" * 10_000):
        file.write_bytes(data)
        assert "odd.pub" in home.run(app, "add", "us-bis", "--key", str(file), code=1).stderr
    assert "already names one" in _twice(home)
    home.run(app, "rotate", "us-bis", code=2)


def _twice(home: Home) -> str:
    home.run(app, "add", "us-bis", "--name", "BIS")
    return str(home.run(app, "add", "us-bis", "--name", "BIS", code=1).stderr)
