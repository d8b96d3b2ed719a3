"""Which provider is called, where it lives, and with which credential.

INVARIANT (P11): the only place that holds provider credentials. They are read from a file or the environment, put into one
header line, and never leave this module in any other form.
"""

from __future__ import annotations

import binascii
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote, urlsplit

from safeconduct.terms.faults import Fault, Refused


@dataclass(frozen=True, slots=True)
class Timeouts:
    """Seconds: to connect (TLS and proxy included), to the first byte of an answer, between two bytes of it."""

    connect: float
    first_byte: float
    idle: float


@dataclass(frozen=True, slots=True)
class Proxy:
    """An HTTP proxy for CONNECT. ``authorization`` is a ready header line or empty."""

    host: str
    port: int
    authorization: bytes = field(repr=False, default=b"")


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider as the sender needs it. ``prefix`` is the path of the base URL, without a slash at the end."""

    name: str
    host: str
    port: int
    tls: ssl.SSLContext | None
    prefix: bytes
    host_line: bytes
    credential_line: bytes = field(repr=False)
    timeouts: Timeouts = Timeouts(10.0, 600.0, 300.0)
    max_connections: int = 4096
    proxy: Proxy | None = None


def provider(
    name: str,
    url: str,
    credential: str,
    credential_header: str,
    *,
    timeouts: Timeouts,
    max_connections: int,
    environ: Mapping[str, str],
) -> Provider:
    """Put a provider together. ``credential`` is the secret itself. Raises Refused when it cannot stand in a header."""
    parts = urlsplit(url)
    tls = None
    if parts.scheme == "https":
        tls = ssl.create_default_context()
        tls.minimum_version = ssl.TLSVersion.TLSv1_2
    host = parts.hostname or ""
    port = parts.port or (443 if tls else 80)
    shown = f"[{host}]" if ":" in host else host
    default = (443 if tls else 80) == port
    return Provider(
        name=name,
        host=host,
        port=port,
        tls=tls,
        prefix=parts.path.rstrip("/").encode("ascii"),
        host_line=f"host: {shown if default else f'{shown}:{port}'}\r\n".encode("ascii"),
        credential_line=_credential_line(name, credential, credential_header),
        timeouts=timeouts,
        max_connections=max_connections,
        proxy=_proxy(parts.scheme, host, environ),
    )


def read_credential(name: str, place: str, environ: Mapping[str, str]) -> str:
    """The secret kept at ``env:NAME`` or ``file:PATH``; empty when the variable is not set.

    Raises Refused when the file cannot be read or is open to others.
    """
    kind, _, where = place.partition(":")
    if kind == "env":
        return environ.get(where, "").strip()
    if kind == "file":
        path = Path(where).expanduser()
        try:
            if path.stat().st_mode & 0o077:
                raise Refused(
                    Fault("credential_open", f"the credential file of {name} can be read by others", str(path), "chmod 600")
                )
            return path.read_text("ascii").strip()
        except (OSError, UnicodeDecodeError) as fault:
            raise Refused(
                Fault(
                    "credential_unreadable", f"the credential file of {name} cannot be read", str(path), "check path and rights"
                )
            ) from fault
    return ""


def _credential_line(name: str, secret: str, header: str) -> bytes:
    if not secret:
        return b""
    if not secret.isascii() or not secret.isprintable() or " " in secret:
        raise Refused(
            Fault(
                "credential_malformed",
                f"the credential of {name} has characters that no header may carry",
                name,
                "paste it again",
            )
        )
    value = f"Bearer {secret}" if header == "authorization" else secret
    return f"{header}: {value}\r\n".encode("ascii")


def _proxy(scheme: str, host: str, environ: Mapping[str, str]) -> Proxy | None:
    """The proxy the environment names for this host (HTTPS_PROXY, ALL_PROXY, NO_PROXY; lower case too).

    Only TLS providers are reached through a proxy: CONNECT keeps the call unreadable to it.
    """
    if scheme != "https" or _exempt(host, environ.get("NO_PROXY") or environ.get("no_proxy") or ""):
        return None
    for variable in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        if url := environ.get(variable):
            parts = urlsplit(url if "//" in url else f"http://{url}")
            if parts.scheme != "http" or not parts.hostname:
                raise Refused(Fault("proxy_unsupported", "only http:// proxies with CONNECT are supported", variable, "name one"))
            return Proxy(parts.hostname, parts.port or 8080, _proxy_authorization(parts.username, parts.password))
    return None


def _proxy_authorization(user: str | None, password: str | None) -> bytes:
    if not user:
        return b""
    from_pair = f"{unquote(user)}:{unquote(password or '')}".encode()
    return b"proxy-authorization: Basic " + binascii.b2a_base64(from_pair, newline=False) + b"\r\n"


def _exempt(host: str, no_proxy: str) -> bool:
    for entry in no_proxy.split(","):
        suffix = entry.strip().lstrip(".").lower()
        if suffix == "*" or (suffix and (host == suffix or host.endswith("." + suffix))):
            return True
    return False
