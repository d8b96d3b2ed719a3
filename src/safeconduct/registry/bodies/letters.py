"""What do changes about models, stored resources and instruments carry?"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body


class ModelCataloged(Body, frozen=True):
    """The subject is the canonical id. A later entry for the same id replaces the earlier one."""

    upstream: str
    served_as: str
    dialects: tuple[str, ...]
    tier: str
    family: str
    display_name: str
    aliases: tuple[str, ...] = ()
    max_output_tokens: int = 0


class ModelWithdrawn(Body, frozen=True):
    why: str = ""


class ResourceRecorded(Body, frozen=True):
    """The subject is the id of a thing stored at a provider (a file, a response); it belongs to ``organization``."""

    organization: str
    upstream: str = ""


class InstrumentEntered(Body, frozen=True):
    """The document itself, whole. ``annexes`` maps file names to their text; ``sha256`` is that of ``text`` (hex)."""

    version: int
    text: str
    sha256: str
    annexes: dict[str, str] = {}  # noqa: RUF012 - msgspec copies the default of a struct


class InstrumentActivated(Body, frozen=True):
    version: int


class InstrumentWithdrawn(Body, frozen=True):
    version: int
    why: str = ""
