"""Asking witnesses: over a real socket, bounded, and what a rolled-back log is told."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from safeconduct.assembly import witness
from safeconduct.assembly.witness import Witness, larger_tree_known, quorum_of, trust_policy
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import own_lines, sign_note
from safeconduct.audit.trust import Trust
from safeconduct.settings.load import LogSettings, WitnessSettings
from support.witnesses import LOG, LOG_COSIGNER, W1, W2, Leaves, served, witness_folder

LEAVES = Leaves(40)
OK = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n"


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """Somebody who answers one request with these bytes, whatever it was, and then hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def answer_one() -> None:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(20)
                try:
                    connection.recv(65_536)
                    connection.sendall(answer)
                except OSError:
                    return

        thread = threading.Thread(target=answer_one)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join(30)


def named(url: str) -> WitnessSettings:
    return WitnessSettings(url, str(W1.verifier))


def test_a_witness_is_asked_and_its_signature_holds(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    key = folder.signers()[1].verifier
    with served(folder) as (url, _):
        asked = Witness("w", WitnessSettings(f"{url}/", str(key)), 20)
        reply = asked.ask(LEAVES.submission(0, 20))
        assert reply.status == 200
        assert own_lines(LEAVES.note(20), reply.body, [key])
        assert asked.ask(LEAVES.submission(0, 20)).size == 20


def test_p7_a_log_is_told_that_somebody_has_seen_more_of_it(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    with served(folder) as (url, _):
        witnesses = {"down": named("http://127.0.0.1:1"), "w": named(url)}
        assert larger_tree_known(witnesses, LOG, 0, 20) is None  # it knows the log from now on, and nothing of it
        assert larger_tree_known(witnesses, LOG, 0, 20) is None
        Witness("w", named(url), 20).ask(LEAVES.submission(0, 20))
        assert larger_tree_known(witnesses, LOG, 20, 20) is None
        assert larger_tree_known(witnesses, LOG, 30, 20) is None
        assert larger_tree_known(witnesses, LOG, 19, 20) == ("w", 20)
        store = folder.store()
        assert store.known(LOG.verifier.name) == LEAVES.checkpoint(20)
        store.close()


def test_a_witness_that_does_not_know_the_log_knows_no_larger_one(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w", "witness.example/w1", str(LOG_COSIGNER.verifier))
    with served(folder) as (url, _):
        assert larger_tree_known({"w": named(url)}, LOG, 0, 20) is None


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"words\r\n\r\n",
        OK + b"content-length: 100\r\n\r\nshort",
        OK + b"\r\n" + b"x" * (witness.MAX_ANSWER_BYTES + 1),
        OK + b"x-long: " + b"x" * 100_000 + b"\r\n\r\n",
    ],
)
def test_what_is_no_answer_is_an_error_of_the_line(answer: bytes) -> None:
    with answering(answer) as url, pytest.raises(OSError):  # noqa: PT011 - any of them makes the feeder try later
        Witness("w", named(url), 20).ask(LEAVES.submission(0, 5))


def test_who_answers_too_slowly_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent, pytest.raises(OSError):  # noqa: PT011
        Witness("w", named(f"http://127.0.0.1:{silent.getsockname()[1]}"), 0.05).ask(LEAVES.submission(0, 5))


def test_who_drips_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(20)

        def drip() -> None:
            connection, _ = server.accept()
            with connection, suppress(OSError):
                while True:
                    connection.sendall(b"H")
                    connection.settimeout(0.02)
                    with suppress(TimeoutError):
                        if not connection.recv(65_536):
                            return

        thread = threading.Thread(target=drip)
        thread.start()
        with pytest.raises(OSError):  # noqa: PT011
            Witness("w", named(f"http://127.0.0.1:{server.getsockname()[1]}"), 0.5).ask(LEAVES.submission(0, 5))
        thread.join(30)
        assert not thread.is_alive()


def test_redirects_are_not_followed() -> None:
    answer = b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\ncontent-length: 0\r\n\r\n"
    with answering(answer) as url:
        assert Witness("w", named(url), 20).ask(LEAVES.submission(0, 5)).status == 302


@pytest.mark.parametrize(
    ("kind", "body", "size"),
    [
        (b"text/x.tlog.size", b"7\n", 7),
        (b"text/plain", b"7\n", -1),
        (b"text/x.tlog.size", b"7", -1),
        (b"text/x.tlog.size", b"07\n", -1),
        (b"text/x.tlog.size", b"\xff\n", -1),
    ],
)
def test_a_size_counts_only_as_it_is_specified(kind: bytes, body: bytes, size: int) -> None:
    head = b"HTTP/1.1 409 Conflict\r\ncontent-type: " + kind + b"\r\ncontent-length: %d\r\n\r\n" % len(body)
    with answering(head + body) as url:
        assert Witness("w", named(url), 20).ask(LEAVES.submission(0, 5)).size == size


def test_the_policy_of_the_settings_asks_for_their_quorum() -> None:
    both = {signer.verifier.name[-2:]: WitnessSettings("http://w.example", str(signer.verifier)) for signer in (W1, W2)}
    text = LEAVES.checkpoint(5).text()
    note, half = sign_note(text, LOG, W1, W2), sign_note(text, LOG, W1)
    every = Trust.parse(trust_policy(LogSettings(witness=both), [LOG.verifier]))
    assert every.check(note)
    with pytest.raises(NoteInvalid):
        every.check(half)
    assert Trust.parse(trust_policy(LogSettings(witness=both, witness_quorum=1), [LOG.verifier])).check(half)
    assert Trust.parse(trust_policy(LogSettings(), [LOG.verifier])).check(LEAVES.note(5))
    assert [quorum_of(LogSettings(witness=both, witness_quorum=n)) for n in (0, 1, 2)] == [2, 1, 2]
