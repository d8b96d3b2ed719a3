"""Which versions run, and which plugins are enabled? Recorded in the first entry of every writer.

Installed is not enabled: a plugin counts when the settings name it, and not otherwise.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib import metadata

DECISIVE = ("safeconduct", "blake3", "cedarpy", "cryptography", "httptools", "hyperscan", "msgspec", "uvloop")


def versions() -> tuple[str, ...]:
    """``name=version`` of what decides, reads and records."""
    return tuple(f"{name}={metadata.version(name)}" for name in DECISIVE)


def plugins(enabled: Iterable[str], found: Mapping[str, str]) -> tuple[str, ...]:
    """``name==version`` of every enabled plugin, sorted; ``found`` holds the version that each one names itself."""
    return tuple(sorted(f"{name}=={found[name]}" for name in enabled))
