"""A witness in its folder and as a process: what it answers over the wire, and what a kill at any moment leaves."""

from __future__ import annotations

import http.client
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from safeconduct.assembly.witness_folder import Desk, WitnessFolder, serve
from safeconduct.audit.head import NoteInvalid
from safeconduct.audit.note import Signer, open_timed
from safeconduct.terms.faults import Refused
from safeconduct.witness.prompt import PromptProtocol
from support import witness_struck
from support.witnesses import LOG, LOG_COSIGNER, ORIGIN, W1, Leaves, served, witness_folder

HONEST, FORKED = Leaves(60), Leaves(60, fork=12)


def post(url: str, body: bytes, method: str = "POST", path: str = "/add-checkpoint") -> tuple[int, str, bytes]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=20)
    connection.request(method, path, body)
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, answer.getheader("content-type") or "", body


def size(folder: WitnessFolder) -> int:
    store = folder.store()
    known = store.known(ORIGIN)
    store.close()
    return known.size if known else -1


def test_a_folder_is_made_once_and_keeps_its_keys(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    keys = [str(signer.verifier) for signer in folder.signers()]
    folder.create("witness.example/w1")
    assert [str(signer.verifier) for signer in folder.signers()] == keys
    assert [(tmp_path / "w" / f"{kind}.vkey").read_text().strip() for kind in ("ed25519", "mldsa44")] == keys
    for kind in ("ed25519", "mldsa44"):
        assert (tmp_path / "w" / f"{kind}.key").stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused) as refused:
        folder.create("witness.example/other")
    assert refused.value.faults[0].code == "witness_exists"


def test_a_folder_without_a_witness_and_a_name_that_is_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(Refused) as refused:
        WitnessFolder(tmp_path).signers()
    assert refused.value.faults[0].code == "no_witness"
    with pytest.raises(Refused) as refused:
        WitnessFolder(tmp_path / "x").create("two words")
    assert refused.value.faults[0].code == "name_invalid"


def test_only_keys_that_logs_sign_with_are_trusted(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    assert folder.trust(str(LOG_COSIGNER.verifier))
    assert not folder.trust(str(LOG.verifier))
    with pytest.raises(NoteInvalid, match="neither"):
        folder.trust(str(W1.verifier))


def test_a_disk_that_fails_is_no_signature(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    store = folder.store()
    desk = Desk(store, folder.signers(), lambda: 1)
    store.close()
    answer = desk(HONEST.submission(0, 5).body())
    assert answer.status == 503
    assert b"\xe2\x80\x94" not in answer.body


def test_p7_the_protocol_over_the_wire(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    verifiers = [signer.verifier for signer in folder.signers()]
    with served(folder) as (url, _):
        status, _, body = post(url, HONEST.submission(0, 20).body())
        assert status == 200
        assert [key for key, _ in open_timed(HONEST.note(20) + body, verifiers)[1]] == verifiers
        assert post(url, HONEST.submission(0, 20).body()) == (409, "text/x.tlog.size", b"20\n")
        assert post(url, FORKED.submission(20, 20).body()) == (409, "text/x.tlog.size", b"20\n")
        assert post(url, FORKED.submission(20, 30).body())[0] == 422
        assert post(url, b"old 30\n\n" + HONEST.note(20))[0] == 400
        assert post(url, HONEST.submission(20, 30, Signer(ORIGIN, bytes([9]) * 32)).body())[0] == 403
        assert post(url, b"old 0\n\n" + HONEST.note(20).replace(ORIGIN.encode(), b"log.example/two"))[0] == 404
        assert post(url, b"", "GET")[0] == 405
        assert post(url, b"", "POST", "/")[0] == 404
        assert post(url, HONEST.submission(20, 40).body())[0] == 200
    assert size(folder) == 40


def test_p7_racing_requests_leave_one_unbroken_line(tmp_path: Path) -> None:
    """Two processes of one folder, many requests at once, each a true next step of what was known when they were made."""
    folder = witness_folder(tmp_path / "w")
    with served(folder) as (one, _), served(folder) as (two, _), ThreadPoolExecutor(8) as pool:
        assert post(one, HONEST.submission(0, 10).body())[0] == 200
        asked = list(range(11, 27))
        jobs = [pool.submit(post, one if n % 2 else two, HONEST.submission(10, n).body()) for n in asked]
        statuses = [job.result()[0] for job in jobs]
    assert sorted(statuses) == [200] + [409] * (len(asked) - 1)
    assert size(folder) == asked[statuses.index(200)]


def test_p7_killed_at_any_statement_nothing_is_signed_that_is_not_kept(tmp_path: Path) -> None:
    """Every statement of one answer is struck in turn; a signature that came out is kept, and nothing ever falls."""
    folder = witness_folder(tmp_path / "w")
    request = tmp_path / "request"
    verifiers = [signer.verifier for signer in folder.signers()]
    known, strike, answered = 0, 1, False
    while not answered:
        assert strike < 20
        request.write_bytes(HONEST.submission(known, known + 2).body())
        command = [sys.executable, witness_struck.__file__, str(folder.path), str(request), str(strike)]
        ended = subprocess.run(command, capture_output=True, timeout=60, check=False)
        kept = max(size(folder), 0)
        assert kept in (known, known + 2)
        if ended.stdout:
            status, _, lines = ended.stdout.partition(b"\n")
            assert (status, kept) == (b"200", known + 2)
            assert len(open_timed(HONEST.note(kept) + lines, verifiers)[1]) == 2
            answered = True
        known, strike = kept, strike + 1
    assert strike > 5  # keys, begin, look, keep, commit: there was something to strike


def test_p7_a_process_killed_in_the_middle_of_its_work_forgets_nothing(tmp_path: Path) -> None:
    folder = witness_folder(tmp_path / "w")
    with served(folder) as (url, process):
        assert post(url, HONEST.submission(0, 20).body())[0] == 200
        process.kill()
        process.wait(20)
    assert size(folder) == 20
    with served(folder) as (url, _):
        assert post(url, HONEST.submission(0, 10).body()) == (409, "text/x.tlog.size", b"20\n")


def test_it_is_served_with_a_deadline_for_heads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    served_with = []
    monkeypatch.setattr("uvicorn.Server.run", lambda server, sockets: served_with.append(server.config.http))
    serve(witness_folder(tmp_path / "w"), "127.0.0.1", 0, str)
    assert served_with == [PromptProtocol]


def test_an_address_that_is_taken_is_named(tmp_path: Path) -> None:
    folder = WitnessFolder(tmp_path / "w")
    folder.create("witness.example/w1")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(Refused) as refused:
            serve(folder, "127.0.0.1", port, str)
    (fault,) = refused.value.faults
    assert (fault.where, fault.mend) == (f"127.0.0.1:{port}", "give another --listen HOST:PORT")
