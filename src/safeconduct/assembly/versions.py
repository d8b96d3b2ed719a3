"""Which versions run? Recorded in the first entry of every writer."""

from __future__ import annotations

from importlib import metadata

DECISIVE = ("safeconduct", "cedarpy", "cryptography", "httptools", "msgspec", "uvloop")


def versions() -> tuple[str, ...]:
    """``name=version`` of what decides, reads and records."""
    return tuple(f"{name}={metadata.version(name)}" for name in DECISIVE)
