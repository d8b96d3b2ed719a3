"""What do changes about models, stored resources, instruments and rule packs carry?"""

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
    """The document itself, whole. ``annexes`` maps file names to their text; ``sha256`` is that of ``text`` (hex).

    ``signature`` is the authority's Ed25519 signature over the text, in base64; empty when it came with none.
    """

    version: int
    text: str
    sha256: str
    annexes: dict[str, str] = {}  # noqa: RUF012 - msgspec copies the default of a struct
    signature: str = ""


class InstrumentTranscribed(Body, frozen=True):
    """A second person typed the same document from the original; ``text`` is what that person wrote."""

    version: int
    text: str


class AnnexMatched(Body, frozen=True):
    """The actor says that the name in this annex of the subject (an instrument) is this organization."""

    version: int
    annex: str
    name: str
    organization: str


class InstrumentChecked(Body, frozen=True):
    """The version was found without fault; ``warnings`` were told."""

    version: int
    warnings: tuple[str, ...] = ()


class InstrumentPreviewed(Body, frozen=True):
    """``digest`` (hex) stands for the whole preview; ``figures`` are its counts, ``guarded`` the authorities whose guarded
    callers it would cut, ``basis`` the version of the registry it was computed from.
    """

    version: int
    digest: str
    basis: int
    figures: dict[str, int] = {}  # noqa: RUF012 - msgspec copies the default of a struct
    guarded: tuple[str, ...] = ()


class InstrumentApproved(Body, frozen=True):
    """The actor agrees to the text with this ``sha256`` and to what the preview with this digest showed."""

    version: int
    sha256: str
    preview: str = ""


class InstrumentActivated(Body, frozen=True):
    version: int


class InstrumentWithdrawn(Body, frozen=True):
    version: int
    why: str = ""


class PackEntered(Body, frozen=True):
    """A rule pack (the subject), whole; it takes the place of the version before. ``sha256`` is that of ``text`` (hex)."""

    text: str
    sha256: str
