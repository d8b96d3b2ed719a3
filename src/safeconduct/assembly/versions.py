"""Which versions run, and which plugins are enabled? Recorded in the first entry of every writer.

Installed is not enabled: a plugin counts when it is listed here by whoever enables it, and by nobody else.
"""

from __future__ import annotations

from importlib import metadata

DECISIVE = ("safeconduct", "cedarpy", "cryptography", "httptools", "msgspec", "uvloop")

ENABLED: tuple[str, ...] = ()  # distributions whose plugins may be called; this version calls none


def versions() -> tuple[str, ...]:
    """``name=version`` of what decides, reads and records."""
    return tuple(f"{name}={metadata.version(name)}" for name in DECISIVE)


def plugins() -> tuple[str, ...]:
    """``name==version`` of every enabled plugin, sorted."""
    return tuple(sorted(f"{name}=={metadata.version(name)}" for name in ENABLED))
