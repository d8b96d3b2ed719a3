"""Where a provider lives and how it is reached; its credential goes there, and appears nowhere else."""

from __future__ import annotations

import base64
import json
import ssl
from dataclasses import replace
from pathlib import Path

import pytest

from safeconduct.terms.faults import Refused
from safeconduct.upstreams.provider import Provider, Proxy, Timeouts, provider, read_credential
from support.raw_authority import client_context, make_authority, server_context
from support.raw_client import messages, request
from support.raw_gateway import CANARY, KEY, TIMEOUTS, gate, run
from support.raw_provider import (
    SILENT,
    RawProvider,
    answer,
    raw,
)
from support.raw_proxy import Tunnel

CALL = request(body=messages(), key=KEY)


QUICK = Timeouts(0.3, 0.3, 0.3)


@pytest.fixture
def authority(tmp_path: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """TLS for the provider's side, and for ours."""
    ca, server = make_authority(tmp_path)
    return server_context(server), client_context(ca)


def test_p11_the_credential_appears_nowhere(tmp_path: Path) -> None:
    async def scene() -> None:
        async with gate(tmp_path, answer(401, b'{"error":"no"}'), raw(b""), SILENT, timeouts=QUICK) as at:
            seen = b""
            for _ in range(3):
                got = await (await at.client()).exchange(CALL)
                seen += got.body + repr(got.headers).encode()
            seen += (await (await at.client()).exchange(request("/metrics", method="GET"))).body
            pool = at.worker.pools["anthropic"]
            seen += repr(pool.provider).encode() + repr(vars(pool)).encode()  # type: ignore[attr-defined]
            assert at.provider.heard[0].header(b"x-api-key") == CANARY.encode(), "the canary did go out"
            await at.settle()
            seen += json.dumps(at.check()).encode()
            seen += b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())  # noqa: ASYNC240
            assert CANARY.encode() not in seen
            assert base64.b64encode(CANARY.encode()) not in seen

    run(scene())


@pytest.mark.parametrize("proxied", [False, True])
def test_tls_and_a_connect_proxy(proxied: bool, tmp_path: Path, authority: tuple[ssl.SSLContext, ssl.SSLContext]) -> None:
    server, client_side = authority

    async def scene() -> None:
        secret = await RawProvider(answer()).start(server)
        proxy = await Tunnel().start()
        up = provider(
            "anthropic",
            f"https://localhost:{secret.port}",
            CANARY,
            "x-api-key",
            timeouts=TIMEOUTS,
            max_connections=5,
            environ={"HTTPS_PROXY": proxy.url} if proxied else {},
        )
        try:
            async with gate(tmp_path, upstream=replace(up, tls=client_side)) as at:
                client = await at.client()
                for _ in range(2):
                    assert (await client.exchange(CALL)).status == 200
                assert secret.connections == 1
                assert secret.heard[0].header(b"x-api-key") == CANARY.encode()
        finally:
            await secret.stop()
            proxy.stop()
        if proxied:
            (asked,) = proxy.asked
            assert b"proxy-authorization: Basic " + base64.b64encode(b"me:p@ss") in asked
            assert CANARY.encode() not in asked

    run(scene())


def test_p12_a_proxy_that_refuses_and_a_certificate_nobody_knows(
    tmp_path: Path, authority: tuple[ssl.SSLContext, ssl.SSLContext]
) -> None:
    server, _ = authority

    async def scene() -> None:
        secret = await RawProvider(answer()).start(server)
        proxy = await Tunnel(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").start()
        up = provider(
            "anthropic",
            f"https://localhost:{secret.port}",
            CANARY,
            "x-api-key",
            timeouts=TIMEOUTS,
            max_connections=5,
            environ={},
        )
        try:
            for number, each in enumerate((up, replace(up, proxy=Proxy("127.0.0.1", proxy.port)))):
                async with gate(tmp_path / str(number), upstream=each) as at:
                    got = await (await at.client()).exchange(CALL)
                    assert (got.status, got.headers["x-safeconduct-reason"]) == (502, "upstream_unreachable")
            assert not secret.heard, "no credential leaves before the certificate is known"
        finally:
            await secret.stop()
            proxy.stop()

    run(scene())


def made(url: str, credential: str = CANARY, header: str = "authorization", environ: dict[str, str] | None = None) -> Provider:
    return provider("x", url, credential, header, timeouts=TIMEOUTS, max_connections=1, environ=environ or {})


@pytest.mark.parametrize(
    ("url", "host", "port", "prefix", "line"),
    [
        ("https://api.example", "api.example", 443, b"", b"host: api.example\r\n"),
        ("https://api.example/v1/", "api.example", 443, b"/v1", b"host: api.example\r\n"),
        ("http://127.0.0.1:8080/v1", "127.0.0.1", 8080, b"/v1", b"host: 127.0.0.1:8080\r\n"),
        ("https://[::1]:8443", "::1", 8443, b"", b"host: [::1]:8443\r\n"),
    ],
)
def test_a_base_url_is_taken_apart(url: str, host: str, port: int, prefix: bytes, line: bytes) -> None:
    one = made(url)
    assert (one.host, one.port, one.prefix, one.host_line) == (host, port, prefix, line)
    assert (one.tls is not None) is url.startswith("https")


def test_the_credential_stands_in_the_header_its_vendor_reads() -> None:
    assert made("https://a.example", "k").credential_line == b"authorization: Bearer k\r\n"
    assert made("https://a.example", "k", "x-api-key").credential_line == b"x-api-key: k\r\n"
    assert made("https://a.example", "").credential_line == b""


@pytest.mark.parametrize("secret", ["two words", "line\r\nhost: y", "t\u00e4st", "tab\t"])
def test_p11_a_credential_no_header_may_carry_is_refused_without_being_repeated(secret: str) -> None:
    with pytest.raises(Refused) as refused:
        made("https://a.example", secret)
    assert secret not in str(refused.value)


def test_a_credential_is_read_from_its_place(tmp_path: Path) -> None:
    file = tmp_path / "key"
    file.write_text("sk-1\n")
    file.chmod(0o600)
    assert read_credential("x", f"file:{file}", {}) == "sk-1"
    assert read_credential("x", "env:K", {"K": " sk-2\n"}) == "sk-2"
    assert read_credential("x", "env:K", {}) == ""
    file.chmod(0o644)
    with pytest.raises(Refused, match="read by others"):
        read_credential("x", f"file:{file}", {})
    with pytest.raises(Refused, match="cannot be read"):
        read_credential("x", f"file:{tmp_path / 'none'}", {})


@pytest.mark.parametrize(
    ("environ", "proxied"),
    [
        ({"HTTPS_PROXY": "http://p.example:3128"}, True),
        ({"https_proxy": "p.example:3128"}, True),
        ({"ALL_PROXY": "http://p.example:3128"}, True),
        ({"HTTP_PROXY": "http://p.example:3128"}, False),
        ({"HTTPS_PROXY": "http://p.example:3128", "NO_PROXY": "other.example, .example"}, False),
        ({"HTTPS_PROXY": "http://p.example:3128", "NO_PROXY": "*"}, False),
        ({"HTTPS_PROXY": "http://p.example:3128", "NO_PROXY": "ample"}, True),
    ],
)
def test_the_environment_names_the_proxy(environ: dict[str, str], proxied: bool) -> None:
    one = made("https://api.example", environ=environ)
    assert (one.proxy is not None) is proxied
    if one.proxy is not None:
        assert (one.proxy.host, one.proxy.port) == ("p.example", 3128)
    assert made("http://127.0.0.1:1", environ=environ).proxy is None


def test_a_proxy_of_another_kind_is_refused() -> None:
    with pytest.raises(Refused, match="CONNECT"):
        made("https://api.example", environ={"HTTPS_PROXY": "socks5://p.example:1080"})
