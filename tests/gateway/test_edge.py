"""What two parsers could read differently is refused at the edge, with a status and a sentence."""

from __future__ import annotations

import pytest

from safeconduct.gateway import edge

HOST = (b"host", b"gateway")


@pytest.mark.parametrize(
    ("headers", "status", "code"),
    [
        ([HOST, HOST], 400, "header_repeated"),
        ([HOST, (b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")], 400, "header_repeated"),
        ([HOST, (b"content-length", b"1"), (b"content-length", b"1")], 400, "header_repeated"),
        ([HOST, (b"x-api-key", b"a"), (b"x-api-key", b"a")], 400, "header_repeated"),
        ([HOST, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")], 400, "framing"),
        ([HOST, (b"transfer-encoding", b"gzip, chunked")], 400, "transfer_encoding"),
        ([HOST, (b"content-length", b"+1")], 400, "content_length"),
        ([HOST, (b"content-encoding", b"gzip")], 415, "content_encoding"),
        ([HOST, (b"expect", b"something")], 417, "expectation"),
        ([HOST, (b"content_length", b"1")], 400, "header_lookalike"),
        ([HOST, (b"x_api_key", b"1")], 400, "header_lookalike"),
        ([], 400, "host_missing"),
        ([HOST] + [(b"x-%d" % n, b"") for n in range(edge.MAX_HEADERS)], 431, "headers_too_large"),
    ],
)
def test_doubtful_heads_are_refused(headers: list[tuple[bytes, bytes]], status: int, code: str) -> None:
    fault = edge.head_fault(headers, sum(len(n) + len(v) + 4 for n, v in headers), b"/v1/messages")
    assert fault is not None
    assert (fault.status, fault.code) == (status, code)
    assert fault.sentence.endswith(".")
    assert fault.mend


def test_a_plain_head_passes() -> None:
    headers = [HOST, (b"content-length", b"12"), (b"authorization", b"Bearer k"), (b"session_id", b"s")]
    assert edge.head_fault(headers, 100, b"/v1/messages?beta=true") is None


def test_a_long_target_is_refused() -> None:
    fault = edge.head_fault([HOST], 20, b"/" + b"a" * edge.MAX_TARGET)
    assert fault is not None
    assert fault.status == 414


def test_the_credential_is_read_from_either_place() -> None:
    assert edge.credential([(b"authorization", b"Bearer  key ")]) == (b"key", None)
    assert edge.credential([(b"x-api-key", b"key")]) == (b"key", None)
    assert edge.credential([(b"x-api-key", b"key"), (b"authorization", b"bearer key")]) == (b"key", None)
    assert edge.credential([]) == (b"", None)


def test_two_different_credentials_are_no_credential() -> None:
    presented, fault = edge.credential([(b"x-api-key", b"a"), (b"authorization", b"Bearer b")])
    assert presented == b""
    assert fault is not None
    assert fault.code == "credential_conflict"
    _, fault = edge.credential([(b"authorization", b"Basic abc")])
    assert fault is not None
    assert fault.code == "credential_scheme"
