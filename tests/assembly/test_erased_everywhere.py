"""Nothing made up: a real gateway serves a person, keeps what was said, is backed up and exported; then the person is erased.

After that every file is searched byte by byte, in every form in which a text could stand there, and all proofs still hold.
"""

from __future__ import annotations

import asyncio
import base64
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from safeconduct.assembly import backup, keys_backup, restoring
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.vault import HomeVault
from safeconduct.audit.checkpoint import open_checkpoint
from safeconduct.audit.entries import CallDecided, decode
from safeconduct.audit.note import Verifier
from safeconduct.office.acts import ErasePerson, RecordFact, RegisterAgent
from safeconduct.registry.keys import digest
from safeconduct.storage.files.logstore import LogStore
from safeconduct.terms.faults import Refused
from safeconduct.terms.moments import FOREVER
from support.keeping_home import oblige
from support.letters import agreed
from support.raw_client import RawClient, messages, request
from support.stand import Stand, start_stand

ID, NAME, EMAIL = "telltale.person", "Telltale Personname", "telltale@person.example"
PROMPT, SOURCE, LABEL = "Telltale prompt about a secret garden", "telltale-passport-4711", "telltale laptop"
ORG = "acme-research"
NAME_OF_ERASURE = "erased-" + "5e" * 16


def forms(text: str) -> Iterator[bytes]:
    """Every form in which a text could stand in a file: plain, wide, as hexadecimal digits, and in base64 at any offset."""
    for plain in {text, text.lower(), text.upper()}:
        for raw in (plain.encode(), plain.encode("utf-16-le"), plain.encode("utf-16-be")):
            yield raw
            yield raw.hex().encode()
            yield raw.hex().upper().encode()
            for shift in range(3):
                yield base64.b64encode(bytes(shift) + raw)[4 if shift else 0 : -4]
                yield base64.urlsafe_b64encode(bytes(shift) + raw)[4 if shift else 0 : -4]


def found_in(roots: list[Path], telltales: list[str]) -> list[tuple[Path, str]]:
    """Files in which a telltale stands, names of files included."""
    hits = []
    wanted = {text: set(forms(text)) for text in telltales}
    for root in roots:
        for path in [root, *root.rglob("*")]:
            data = path.name.encode() + (path.read_bytes() if path.is_file() else b"")
            hits += [(path, text) for text, words in wanted.items() if any(word in data for word in words)]
    return hits


async def say(port: int, key: str) -> tuple[int, bytes]:
    """One call with a telltale prompt; its status and the body that was sent."""
    client = await RawClient.connect(port)
    call = request("/v1/messages", messages(PROMPT), key=key)
    got = await client.exchange(call)
    client.reset()
    return got.status, call.partition(b"\r\n\r\n")[2]


def verified(bundle: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """What the bundle's own verifier says about it, run apart from everything of ours."""
    argv = [sys.executable, "-I", str(bundle / "verify.py"), str(bundle), *words]
    return subprocess.run(argv, capture_output=True, text=True, timeout=120, check=False, cwd=bundle.parent)


class Life:
    """A person's life in one home, up to and including the end of it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.home = Home(folder / "home")
        self.environ = {"SAFECONDUCT_HOME": str(self.home.path)}
        self.body = folder / "body.json"
        self.bundle, self.away = folder / "bundle", folder / "away"
        self.keys, self.sealing = folder / "keys.sealed", folder / "sealing.key"
        self.call = ""

    def lived(self, stand: Stand) -> str:
        """Everything that leaves traces. Returns the person's key."""
        stand.cli("person", "add", ID, "--org", ORG, "--name", NAME, "--email", EMAIL)
        with open_desk(self.environ) as desk:
            now = desk.now()
            desk.perform(RecordFact(ID, "nationality", ("FR",), SOURCE, "hr", "document", now, FOREVER))
            desk.perform(RecordFact(ID, "employed_there", True, SOURCE, "hr", "contract", now, FOREVER, ORG))
            desk.perform(RegisterAgent("telltale-bot", ORG, "person", ID, "Bot of Telltale"))
        key = stand.issue("--person", ID, "--label", LABEL)
        heard = oblige(self.home)
        while stand.metrics()["safeconduct_registry_version"] < heard:
            time.sleep(0.05)
        status, body = asyncio.run(say(stand.port, key))
        assert status == 200
        self.body.write_bytes(body)
        stand.cli("ask", "who", "--model", "claude-haiku-4-5")
        stand.cli("person", "suspend", "ada", "--why", f"mistaken for {NAME}", "--yes")
        return key

    def signed(self) -> None:
        """Wait until the call is under a checkpoint."""
        log = LogStore(self.home.log)
        for _ in range(100):
            size = open_checkpoint(log.checkpoint(), Verifier.parse(log.vkey())).size
            entries = [decode(data) for _, data in log.entries(0, size, size)]
            for each in entries:
                if isinstance(each, CallDecided) and each.kept_place:
                    self.call = each.call
                    return
            time.sleep(0.1)
        raise AssertionError("the call was not signed, or not kept")

    def erase(self) -> None:
        with open_desk(self.environ) as desk:
            agreed(desk, ErasePerson(ID, NAME_OF_ERASURE, "gdpr-17", f"{NAME} asked"))


@pytest.mark.slow
def test_p8_an_erased_person_is_in_no_file_and_every_proof_holds(tmp_path: Path) -> None:
    life = Life(tmp_path)
    apart = life.home.apart({})
    with start_stand(life.home.path) as stand:
        key = life.lived(stand)
        life.signed()
        request_sha = sha256(life.body.read_bytes()).hexdigest()
        stand.cli("audit", "export", str(life.bundle), "--disclose", f"{life.call}:request={request_sha}")
        assert verified(life.bundle).returncode == 0, verified(life.bundle).stdout
        backup.make(life.home, life.away, {})
        keys_backup.make(life.home, life.keys, life.sealing, environ={})
        old = tmp_path / "old"
        shutil.copytree(life.home.path, old / "home", ignore=shutil.ignore_patterns("*.lock", "*.sock"))
        with open_desk(life.environ) as desk:
            key_id = next(each.id for each in desk.registry.keys.values() if each.holder == ID)
        telltales = [ID, NAME, EMAIL, PROMPT, SOURCE, LABEL, "telltale", key, key_id]
        telltales.append(digest(life.home.secret("pepper"), key).hex())
        held = found_in([life.home.path, apart], telltales)
        assert {text for _, text in held} >= {ID, NAME, EMAIL, SOURCE, LABEL, key_id}, "the search has something to find"

        life.erase()

        status, _ = asyncio.run(say(stand.port, key))
        assert status == 401
        time.sleep(1.5)  # workers say once a second who is served
        assert stand.stop() == 0
    life.body.unlink()
    everywhere = [life.home.path, apart, life.away, life.keys, life.bundle, tmp_path / "home.stderr"]
    assert found_in(everywhere, telltales) == []

    # Proofs made before, and the log as it is now, hold.
    assert stand.cli("audit", "verify").returncode == 0
    assert verified(life.bundle).returncode == 0
    after, asked = tmp_path / "after", tmp_path / "asked"
    stand.cli("audit", "export", str(after))
    assert verified(after).returncode == 0, verified(after).stdout
    stand.cli("audit", "export", str(asked), "--disclose", f"{life.call}:request={request_sha}")
    told = verified(asked)
    assert told.returncode == 15, told.stdout
    assert "erased" in told.stdout

    # Whoever asks whether every call was decided as history says is told what is not known any more.
    assert "1 were calls of people who were lawfully erased since" in stand.cli("audit", "replay").stderr
    stand.cli("reconcile", "run")

    # A copy of the old home, with the keys as they are now, opens nothing; nor does any backup.
    vault = HomeVault.of(Home(old / "home"), {"SAFECONDUCT_APART": str(apart)})
    with vault.open_keys() as keys:
        assert [record for _, record in vault.store().records() if keys.dek(record.key) is not None] == []
    brought = keys_backup.bring_back(life.home, life.keys, life.sealing, {})
    assert brought.refused >= 3
    life.home.path.rename(tmp_path / "lost")
    restored = restoring.restore(life.home, life.away, {})
    assert restored.erased > 5
    assert restored.worded == 1
    assert restored.head > 0, "the head apart knows that this log is an older one"
    assert found_in([life.home.path, apart], telltales) == []
    with open_desk(life.environ) as desk:
        assert ID not in desk.registry.people
        assert desk.registry.people["ada"].suspended


def test_the_search_finds_every_form(tmp_path: Path) -> None:
    made: list[Any] = [
        b"xx" + base64.b64encode(b"a" + NAME.encode() + b"b"),
        NAME.encode("utf-16-le"),
        NAME.encode().hex().encode(),
        NAME.upper().encode(),
    ]
    for number, data in enumerate(made):
        (tmp_path / str(number)).write_bytes(data)
        assert found_in([tmp_path / str(number)], [NAME])
    (tmp_path / "other").write_bytes(b"Personname of somebody")
    assert found_in([tmp_path / "other"], [NAME]) == []
    with pytest.raises(Refused):
        restoring.restore(Home(tmp_path), tmp_path, {})
