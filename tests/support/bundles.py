"""A home with a registry, calls of several organizations and a signed log, for tests that take bundles out of it."""

from __future__ import annotations

import os
import secrets
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path

from safeconduct.assembly.home import Home as Paths
from safeconduct.assembly.home import find
from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.log import Start, open_log
from safeconduct.assembly.places import FilePlaces
from safeconduct.assembly.process import clock
from safeconduct.audit import commitment
from safeconduct.audit.entries import CallDecided, CallEnded, Outcome, WriterStarted
from safeconduct.storage.files.journal import Journal
from support.registry_cli import Home

BODY = b'{"model":"claude-fable-5","messages":[]}'
UNKNOWN = "a-model-nobody-knows"


class BundleHome(Home):
    """A home whose log can be written and signed in a test."""

    @property
    def paths(self) -> Paths:
        return find(self.environ)

    def calls(
        self,
        count: int,
        organization: str = "acme",
        prefix: str = "call",
        *,
        caller: str = "",
        stay_open: int = 0,
        at: int = 0,
        end: bool = True,
    ) -> Journal:
        """One writer's life: ``count`` calls, the last ``stay_open`` of them without an outcome. ``at`` is when (now)."""
        at = at or clock()
        home, boot = self.paths, secrets.token_hex(6)
        started = WriterStarted(at=at, role="gateway", workers=1)
        journal = open_journal(home, "node-1", boot, start_entry=started)
        key = home.secret("commitment.key")
        entries = []
        for number in range(count):
            who = caller or f"scl_{organization}{number % 12:02}"
            name = f"{prefix}-{number}"
            entries.append(_decided(key, name, who, organization, at))
            if number < count - stay_open:
                seq = 2 + len(entries) - 1
                entries.append(_ended(name, boot, seq, at))
        journal.append_sync(*entries)
        if end:
            journal.close()
        return journal

    def keep(self) -> None:
        """Let the keeper take and sign everything."""
        start = Start("node-1", secrets.token_hex(6), clock)
        home = self.paths
        with open_log(home, start, FilePlaces(home.apart(self.environ)), secrets.token_bytes, lambda line: None) as log:
            log.finish(clock())


def _decided(key: bytes, name: str, caller: str, organization: str, at: int) -> CallDecided:
    subject = commitment.subject_key(key, caller)

    def committed(field: str, value: str) -> str:
        return commitment.commit(commitment.salt(subject, name, field), field, value)

    return CallDecided(
        at=at,
        call=name,
        caller=caller,
        dialect="messages",
        effect="permit",
        operation="generate",
        organization=organization,
        request_commitment=committed("request_sha256", sha256(BODY).hexdigest()),
        requested_commitment=committed("requested", UNKNOWN),
        resolved="claude-fable-5",
        rules=(f"letter-{organization}/main", "program/base"),
    )


def _ended(name: str, boot: str, seq: int, at: int) -> CallEnded:
    return CallEnded(
        at=at,
        call=name,
        closes_boot=boot,
        closes_seq=seq,
        forwarded=True,
        outcome=Outcome.SERVED,
        status=200,
        tokens_in=10,
        tokens_out=20,
    )


@contextmanager
def silent(word: str = ""):
    """A bar for nobody."""
    yield lambda done, total: None


def files(folder: Path) -> dict[str, bytes]:
    """Every file below a folder by its relative name."""
    return {os.path.relpath(path, folder): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
