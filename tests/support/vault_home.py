"""A home whose workers keep content: sealed in its vault, named by its log, read by its officers."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path

from safeconduct.assembly.journals import open_journal
from safeconduct.assembly.process import clock
from safeconduct.assembly.vault import HomeVault
from safeconduct.audit.entries import CallDecided, CallEnded, Entry, Outcome, WriterStarted, decode
from safeconduct.cli import main
from safeconduct.storage.files.logstore import LogStore
from safeconduct.storage.vault.writer import VaultWriter
from safeconduct.terms.content import Kept
from safeconduct.terms.moments import Moment
from support.bundles import BundleHome
from support.officers import two

STANDARD, RESTRICTED = "haiku-1", "fable-5"


class VaultHome(BundleHome):
    """A home with organization ``acme`` and person ``ann``, one model of each kind, and officers ``mira`` and ``noor``."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.run(main.app, "org", "add", "acme", "--name", "Acme")
        self.run(main.app, "person", "add", "ann", "--org", "acme")
        for model, tier in ((STANDARD, "standard"), (RESTRICTED, "frontier")):
            words = ("--id", model, "--upstream", "anthropic", "--tier", tier, "--dialect", "messages", "--family", "f")
            self.run(main.app, "model", "add", *words)
        self.mira, self.noor = two(self)
        self.vault.prepare()

    @property
    def vault(self) -> HomeVault:
        return HomeVault.of(self.paths, self.environ)

    def call(
        self,
        request: bytes = b"what ann asked",
        answer: bytes = b"what she was told",
        *,
        model: str = RESTRICTED,
        kept_class: str = "standard",
        subject: str = "sc_ann",
        organization: str = "acme",
        at: Moment = 0,
        signed: bool = True,
        context: tuple[str, ...] = (),
    ) -> str:
        """One call whose parts are kept and named in the log; returns its id."""
        at = at or clock()
        boot = secrets.token_hex(6)
        call = f"call_{boot}_1"
        kept = asyncio.run(self._keep(boot, call, (request, answer), subject, organization, kept_class, at))
        journal = open_journal(self.paths, "node-1", boot, start_entry=WriterStarted(at=at, role="gateway", workers=1))
        decided = CallDecided(
            at=at,
            call=call,
            caller=subject,
            context=context,
            effect="permit",
            kept_class=kept_class,
            kept_place=kept[0].place,
            kept_sha256=kept[0].sha256,
            organization=organization,
            resolved=model,
        )
        ended = CallEnded(
            at=at,
            call=call,
            closes_boot=boot,
            closes_seq=2,
            forwarded=True,
            kept_class=kept_class,
            kept_place=kept[1].place,
            kept_sha256=kept[1].sha256,
            outcome=Outcome.SERVED,
            status=200,
        )
        journal.append_sync(decided, ended)
        journal.close()
        if signed:
            self.keep()
        return call

    async def _keep(
        self, boot: str, call: str, parts: tuple[bytes, bytes], subject: str, organization: str, kept_class: str, at: Moment
    ) -> list[Kept]:
        loop = asyncio.get_running_loop()
        writer: VaultWriter = self.vault.writer(boot, loop)
        told: list[bool] = []
        done = asyncio.Event()
        kept = []

        def heard(durable: bool) -> None:
            told.append(durable)
            done.set()

        for part, data in zip(("request", "answer"), parts, strict=True):
            found = writer.keep(
                call=call,
                part=part,
                subject=subject,
                organization=organization,
                kept_class=kept_class,
                at=at,
                data=data,
                then=heard,
            )
            assert found is not None, writer.failure
            kept.append(found)
        async with asyncio.timeout(30):
            while len(told) < len(parts):
                done.clear()
                await done.wait()
        writer.close()
        assert told == [True] * len(parts)
        return kept

    def entries(self) -> list[Entry]:
        """Everything the log has, signed first."""
        self.keep()
        store = LogStore(self.paths.log)
        size = int(store.checkpoint().split(b"\n", 2)[1])
        return [decode(data) for _, data in store.entries(0, size, size)]
