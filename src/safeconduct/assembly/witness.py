"""How does a log ask the witnesses that its settings name? One request to one of them, bounded, and what they know of us.

A witness's answer counts by its signatures alone. What comes back with 409 carries none: it may stop us from signing, and
never makes us sign. Redirects are not followed, proxies are not used, certificates are checked.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from safeconduct.audit.checkpoint import sign_checkpoint
from safeconduct.audit.head import Checkpoint, NoteInvalid, decimal
from safeconduct.audit.note import Signer, Verifier
from safeconduct.audit.tree import EMPTY_ROOT
from safeconduct.audit.trust import NONE, compose
from safeconduct.audit.witnessing import SIZE_TYPE, Submission
from safeconduct.settings.load import LogSettings, WitnessSettings
from safeconduct.workers.feeder import Reply

ASK_SECONDS = 5.0
MAX_ANSWER_BYTES = 131_072  # some forty signatures
ADD_CHECKPOINT = "/add-checkpoint"


class Witness:
    """One witness of the settings, to be asked. See workers.feeder for the port."""

    def __init__(self, name: str, settings: WitnessSettings, seconds: float = ASK_SECONDS) -> None:
        self.name = name
        self.verifier = Verifier.parse(settings.vkey)
        self._url = settings.url.rstrip("/") + ADD_CHECKPOINT
        self._seconds = seconds

    def ask(self, submission: Submission) -> Reply:
        """Send one request. Raises OSError when there is no whole answer in time."""
        try:
            status, kind, body = post(self._url, submission.body(), self._seconds, MAX_ANSWER_BYTES)
        except http.client.HTTPException as broken:
            raise ConnectionError(f"the witness does not speak HTTP ({type(broken).__name__})") from broken
        size = -1
        if status == 409 and kind == SIZE_TYPE and body.endswith(b"\n"):
            try:
                size = decimal(body[:-1].decode("ascii", "replace"))
            except NoteInvalid:
                size = -1
        return Reply(status, body, size)


def post(url: str, body: bytes, seconds: float, limit: int) -> tuple[int, str, bytes]:
    """Status, content type and body of one POST. Raises OSError, HTTPException; also past ``limit`` bytes or ``seconds``."""
    parts = urlsplit(url)
    connection = _connection(parts.scheme, parts.hostname or "", parts.port, seconds)
    try:
        connection.connect()
        end = threading.Timer(seconds, hang_up, [connection.sock])  # the timeout of a socket is for each of its bytes
        end.daemon = True
        end.start()
        try:
            connection.request("POST", parts.path, body, {"content-type": "text/plain; charset=utf-8", "connection": "close"})
            answer = connection.getresponse()
            found = answer.read(limit + 1)
        finally:
            end.cancel()
        if len(found) > limit or answer.length:
            raise ConnectionError("the answer is too long, or not whole")
        return answer.status, (answer.getheader("content-type") or "").strip().lower(), found
    finally:
        connection.close()


def hang_up(line: socket.socket) -> None:
    """Whoever waits at the other end of this connection waits no more."""
    with suppress(OSError):
        socket.socket.shutdown(line, socket.SHUT_RDWR)  # not TLS's own: another thread reads there


def larger_tree_known(
    witnesses: Mapping[str, WitnessSettings], signer: Signer, size: int, seconds: float = ASK_SECONDS
) -> tuple[str, int] | None:
    """A witness that knows this log larger than ``size`` entries, and the size it knows; None when none that answers does.

    Each is shown the empty tree, which every log extends and which a witness that knows more turns down with what it knows.
    INVARIANT: P7 - a log restored from a copy is not signed again where somebody outside has seen more of it.
    """
    origin = signer.verifier.name
    probe = Submission(0, (), sign_checkpoint(Checkpoint(origin, 0, EMPTY_ROOT), signer))
    largest: tuple[str, int] | None = None
    for name, settings in witnesses.items():
        try:
            known = Witness(name, settings, seconds).ask(probe).size
        except OSError:
            continue
        if known > max(size, largest[1] if largest else -1):
            largest = (name, known)
    return largest


def trust_policy(log: LogSettings, keys: Sequence[Verifier]) -> bytes:
    """The policy that these settings mean (C2SP tlog-policy): these keys of the log, and the quorum of its witnesses."""
    witnesses = [(name, Verifier.parse(each.vkey)) for name, each in log.witness.items()]
    return compose(keys, witnesses, quorum_of(log) or NONE)


def quorum_of(log: LogSettings) -> int:
    """How many witnesses a checkpoint needs to count as witnessed; 0 when none is named."""
    return log.witness_quorum or len(log.witness)


def _connection(scheme: str, host: str, port: int | None, seconds: float) -> http.client.HTTPConnection:
    if scheme == "https":
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)
