"""Where does a witness live, and how is it served? Its own folder, apart from any home: an overseer runs it elsewhere.

``ed25519.key`` and ``mldsa44.key`` (0600) with ``.vkey`` beside each, and ``witness.db``. The folder is the witness: a copy of
it that is put back later would sign what it has forgotten, so it belongs into no backup. A lost one begins anew with new keys.
"""

from __future__ import annotations

import secrets
import socket
import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from safeconduct.audit.cosignature import COSIGNATURE_ED25519, COSIGNATURE_MLDSA44
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import Signer, Verifier
from safeconduct.audit.trust import LOG_KEYS
from safeconduct.audit.witnessing import Answer, Submission, cosigned, judge, no, opened
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.keystore import read_signer, signing_key
from safeconduct.storage.sqlite.witness import WitnessStore
from safeconduct.terms.faults import Fault, Refused
from safeconduct.witness.door import Door
from safeconduct.witness.prompt import PromptProtocol

KEY_FILES = (("ed25519", COSIGNATURE_ED25519), ("mldsa44", COSIGNATURE_MLDSA44))
DATABASE = "witness.db"
MAX_CONNECTIONS = 256
KEEPALIVE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class WitnessFolder:
    """The folder of one witness."""

    path: Path

    def create(self, name: str) -> None:
        """Make folder, keys and file; what is there stays. Raises Refused when it is a witness of another name."""
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        disk = Disk()
        for stem, algorithm in KEY_FILES:
            try:
                signer = signing_key(self.path / f"{stem}.key", name, secrets.token_bytes, algorithm)
            except NoteInvalid as wrong:
                raise Refused(Fault("name_invalid", str(wrong), "--name", "write it like witness.example/w1")) from wrong
            if signer.verifier.name != name:
                what = f"this is the witness {signer.verifier.name} already"
                raise Refused(Fault("witness_exists", what, str(self.path), "choose another --dir"))
            disk.write_file(self.path / f"{stem}.vkey", f"{signer.verifier}\n".encode())
        self.store().close()
        disk.sync_directory(self.path)

    def signers(self) -> list[Signer]:
        """Both cosigners. Raises Refused when this is no witness's folder."""
        if not (self.path / DATABASE).exists():
            mend = "run: safeconduct witness init --dir ... --name ..."
            raise Refused(Fault("no_witness", "there is no witness here", str(self.path), mend))
        return [read_signer(self.path / f"{stem}.key", algorithm) for stem, algorithm in KEY_FILES]

    def store(self) -> WitnessStore:
        return WitnessStore(self.path / DATABASE)

    def trust(self, vkey: str) -> bool:
        """Know a log by this key from here on. False when it was known. Raises NoteInvalid when no log signs with such a key."""
        verifier = Verifier.parse(vkey)
        if verifier.algorithm not in LOG_KEYS:
            raise NoteInvalid("a log signs with an Ed25519 or an ML-DSA-44 key, this is neither")
        store = self.store()
        try:
            return store.trust(verifier)
        finally:
            store.close()


class Desk:
    """What is answered to one request: judged and kept as one step, signed after."""

    def __init__(self, store: WitnessStore, signers: list[Signer], clock: Callable[[], int]) -> None:
        """``clock`` gives POSIX seconds."""
        self._store = store
        self._signers = signers
        self._clock = clock

    def __call__(self, body: bytes) -> Answer:
        try:
            submission = Submission.parse(body)
        except NoteInvalid as wrong:
            return no(400, str(wrong))
        try:
            return self._answered(submission)
        except sqlite3.Error:
            return no(503, "this witness cannot keep what it would sign; ask again later")

    def _answered(self, submission: Submission) -> Answer:
        checkpoint = opened(submission, self._store.keys(submission.origin))
        if isinstance(checkpoint, Answer):
            return checkpoint
        known, at = self._store.advance(checkpoint, self._clock, lambda before: judge(submission, checkpoint, before) is None)
        if at is None:
            return judge(submission, checkpoint, known) or no(503, "ask again later")
        return cosigned(submission.note, self._signers, at)


def serve(folder: WitnessFolder, host: str, port: int, tell: Callable[[str], None]) -> None:
    """Answer until SIGTERM or SIGINT. ``tell`` hears the URL. Raises Refused, also when the address is taken; OSError."""
    signers = folder.signers()
    store = folder.store()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as wrong:
            what = f"cannot listen there: {wrong.strerror}"
            raise Refused(Fault("port_taken", what, f"{host}:{port}", "give another --listen HOST:PORT")) from wrong
        shown = f"[{host}]" if ":" in host else host
        config = uvicorn.Config(
            Door(Desk(store, signers, lambda: int(time.time()))),
            http=PromptProtocol,
            loop="uvloop",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEPALIVE_SECONDS,
            timeout_graceful_shutdown=5,
        )
        listener.listen(MAX_CONNECTIONS)
        tell(f"http://{shown}:{listener.getsockname()[1]}")
        try:
            uvicorn.Server(config).run(sockets=[listener])
        finally:
            store.close()
