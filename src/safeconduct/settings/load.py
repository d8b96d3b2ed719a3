"""Where do the settings come from, and what may they say?

One TOML file in the home folder, then a few environment variables. Read once, frozen; an unknown key is an error that
names it. Secrets are never in the file: a credential is named by where it is kept (``env:`` or ``file:``).
"""

from __future__ import annotations

import math
import os
import tomllib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from safeconduct.settings.logs import log_faults, place_faults
from safeconduct.settings.safeguards import safeguard_faults
from safeconduct.settings.sections import GatewaySettings as GatewaySettings
from safeconduct.settings.sections import LogSettings as LogSettings
from safeconduct.settings.sections import ReconcileSettings as ReconcileSettings
from safeconduct.settings.sections import Settings as Settings
from safeconduct.settings.sections import UpstreamSettings as UpstreamSettings
from safeconduct.settings.sections import WitnessSettings as WitnessSettings
from safeconduct.settings.shape import form_faults
from safeconduct.settings.urls import url_fault as url_fault
from safeconduct.settings.vaults import vault_faults
from safeconduct.settings.witnesses import witness_faults
from safeconduct.terms.faults import Fault, Refused

FILE_NAME = "safeconduct.toml"


_GATEWAY_BOUNDS = (
    "max_body_bytes",
    "max_buffered_bytes",
    "max_connections",
    "header_seconds",
    "body_seconds",
    "keepalive_seconds",
    "write_seconds",
    "drain_seconds",
    "stale_seconds",
)
_UPSTREAM_BOUNDS = ("connect_seconds", "first_byte_seconds", "idle_seconds", "max_connections")
CREDENTIAL_HEADERS = ("authorization", "x-api-key", "api-key")


def home_path(environ: Mapping[str, str]) -> Path:
    """The one folder that holds all state: SAFECONDUCT_HOME, or ~/.safeconduct."""
    chosen = environ.get("SAFECONDUCT_HOME")
    return Path(chosen).expanduser() if chosen else Path.home() / ".safeconduct"


def load(home: Path, environ: Mapping[str, str] | None = None) -> Settings:
    """Settings of this home, environment applied.

    Raises Refused when the file does not parse, has unknown keys, or a value makes no sense.
    """
    env = os.environ if environ is None else environ
    path = home / FILE_NAME
    try:
        text = path.read_bytes()
    except FileNotFoundError:
        text = b""
    except OSError as fault:
        what = f"the settings cannot be read: {fault.strerror}"
        raise Refused(Fault("settings_unreadable", what, str(path), "fix the path or its permissions")) from fault
    settings = read(text, str(path))
    return _overridden(settings, env)


def read(text: bytes, where: str) -> Settings:
    """Parse one settings file. Raises Refused."""
    try:
        table = tomllib.loads(text.decode("utf-8"))
    except UnicodeDecodeError as fault:
        raise Refused(Fault("settings_invalid", "the file is not UTF-8", where, "save it as UTF-8")) from fault
    except tomllib.TOMLDecodeError as fault:
        mend = "mend the syntax there: text in quotes, one key = value on each line, each [table] once"
        raise Refused(Fault("settings_invalid", f"the file is not TOML: {fault}", where, mend)) from fault
    if misshapen := list(form_faults(table, Settings, where)):
        raise Refused(*misshapen)
    settings = msgspec.convert(table, Settings)
    faults = list(_faults(settings, where))
    if faults:
        raise Refused(*faults)
    return settings


def _faults(settings: Settings, where: str) -> list[Fault]:
    faults = []
    gateway = settings.gateway
    try:
        listen_address(gateway.listen)
    except ValueError as wrong:
        faults.append(Fault("listen_invalid", str(wrong), f"{where}: gateway.listen", "write it like 127.0.0.1:8462"))
    if not 1 <= gateway.workers <= 128:
        faults.append(
            Fault("workers_invalid", "the number of workers is out of range", f"{where}: gateway.workers", "choose 1 to 128")
        )
    faults += _not_positive(gateway, _GATEWAY_BOUNDS, f"{where}: gateway")
    for name in ("origin", "node"):
        if not _plain(getattr(settings.log, name)):
            what = "the name is empty, too long, or has spaces or characters beyond ASCII"
            faults.append(Fault("name_invalid", what, f"{where}: log.{name}", "use letters, digits, dots, slashes and dashes"))
    faults += witness_faults(settings.log, where)
    faults += vault_faults(settings.vault, where)
    faults += safeguard_faults(settings.safeguards, where)
    faults += log_faults(settings.log, f"{where}: log")
    if settings.reconcile.at and time_of_day(settings.reconcile.at) is None:
        mend = 'write it like "03:00" (UTC), or "" for never'
        faults.append(Fault("time_invalid", "this is no time of day", f"{where}: reconcile.at", mend))
    for name, upstream in settings.upstream.items():
        spot = f"{where}: upstream.{name}"
        if why := url_fault(upstream.url):
            faults.append(Fault("url_invalid", why, f"{spot}.url", "write it like https://host.example/v1"))
        faults += _not_positive(upstream, _UPSTREAM_BOUNDS, spot)
        if upstream.credential_header not in CREDENTIAL_HEADERS:
            mend = f"use one of {', '.join(CREDENTIAL_HEADERS)}"
            faults.append(Fault("header_unknown", "no provider takes its credential there", f"{spot}.credential_header", mend))
        faults += place_faults(upstream.credential, f"{spot}.credential")
        unknown = set(upstream.dialects) - {"messages", "chat", "responses"}
        if unknown or not upstream.dialects:
            faults.append(
                Fault(
                    "dialect_unknown",
                    "a dialect is unknown or none is named",
                    f"{spot}.dialects",
                    "use messages, chat, responses",
                )
            )
    return faults


def _not_positive(section: msgspec.Struct, names: tuple[str, ...], spot: str) -> list[Fault]:
    """Bounds that are zero, negative, infinite or no number: each would switch a protection off."""
    wrong = [name for name in names if not (getattr(section, name) > 0 and math.isfinite(getattr(section, name)))]
    return [Fault("not_positive", "the value must be a number above zero", f"{spot}.{name}", "leave it out") for name in wrong]


def _plain(text: str) -> bool:
    return 0 < len(text) <= 256 and text.isascii() and text.isprintable() and " " not in text and "+" not in text


def time_of_day(text: str) -> int | None:
    """Seconds since midnight of a time like 03:00; None when it is none."""
    hour, colon, minute = text.partition(":")
    if not (colon and len(hour) == len(minute) == 2 and text.isascii() and hour.isdigit() and minute.isdigit()):
        return None
    return int(hour) * 3600 + int(minute) * 60 if int(hour) < 24 and int(minute) < 60 else None


def listen_address(text: str) -> tuple[str, int]:
    """Split ``host:port``. Raises ValueError with a sentence."""
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or int(port) > 65535:
        raise ValueError(f"{text!r} is not an address with a port")
    return host.strip("[]"), int(port)


def _overridden(settings: Settings, env: Mapping[str, str]) -> Settings:
    gateway, upstream = settings.gateway, dict(settings.upstream)
    if listen := env.get("SAFECONDUCT_LISTEN"):
        try:
            listen_address(listen)
        except ValueError as wrong:
            raise Refused(Fault("listen_invalid", str(wrong), "SAFECONDUCT_LISTEN", "write it like 127.0.0.1:8462")) from wrong
        gateway = msgspec.structs.replace(gateway, listen=listen)
    for name, variable in (("anthropic", "SAFECONDUCT_ANTHROPIC_URL"), ("openai", "SAFECONDUCT_OPENAI_URL")):
        if url := env.get(variable):
            if why := url_fault(url):
                raise Refused(Fault("url_invalid", why, variable, "write it in the form the SDK expects"))
            known = upstream.get(name) or default_upstreams()[name]
            upstream[name] = msgspec.structs.replace(known, url=url.rstrip("/"), simulated=False)
    return msgspec.structs.replace(settings, gateway=gateway, upstream=upstream)


def default_upstreams() -> dict[str, UpstreamSettings]:
    """The two providers every new home knows, with the places where their SDKs keep the key."""
    return {
        "anthropic": UpstreamSettings(
            url="https://api.anthropic.com",
            dialects=["messages"],
            credential="env:ANTHROPIC_API_KEY",
            credential_header="x-api-key",
        ),
        "openai": UpstreamSettings(
            url="https://api.openai.com/v1", dialects=["chat", "responses"], credential="env:OPENAI_API_KEY"
        ),
    }
