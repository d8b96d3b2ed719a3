"""Which ids and names are well formed?

Ids are lower-case ASCII so that no two of them look alike: a lookalike in another case, width or script is not an id.
Names for people to read may hold any printable text.
"""

from __future__ import annotations

from typing import Final

MAX_ID: Final = 64
MAX_TEXT: Final = 200  # a name, a purpose, a reason: one line on a screen
_ID_FIRST: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_ID_REST: Final = _ID_FIRST | frozenset("._-@+")
_MODEL_REST: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-:/@[]")
_HEX: Final = frozenset("0123456789abcdef")
_HOST: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789.-")


def is_id(text: str) -> bool:
    """Whether the text may name an organization, project, person, agent, authority, instrument or program."""
    return 0 < len(text) <= MAX_ID and text[0] in _ID_FIRST and _ID_REST.issuperset(text)


def is_model_name(text: str) -> bool:
    """Whether the text may name a model: providers use upper case, slashes, colons and brackets too."""
    return 0 < len(text) <= 128 and text[0].isascii() and text[0].isalnum() and _MODEL_REST.issuperset(text)


def is_resource_id(text: str) -> bool:
    """Whether the text may name a thing stored at a provider: printable ASCII without spaces."""
    return 0 < len(text) <= 256 and text.isascii() and text.isprintable() and " " not in text


def is_host(text: str) -> bool:
    """Whether the text is a lower-case host name of dot-separated labels."""
    return 0 < len(text) <= 253 and _HOST.issuperset(text) and all(0 < len(label) <= 63 for label in text.split("."))


def is_text(text: str) -> bool:
    """Whether the text is one printable line of bearable length; empty is fine."""
    return len(text) <= MAX_TEXT and text.isprintable()


ID_MEND: Final = "use 1 to 64 of a-z 0-9 . _ - @ +, starting with a letter or digit"
TEXT_MEND: Final = f"write one printable line of at most {MAX_TEXT} characters"


def is_measure_id(text: str) -> bool:
    """Whether the text may name a measure: ``M-`` and 12 lower-case hex digits, so that it tells nothing of whom it is about."""
    return len(text) == 14 and text.startswith("M-") and _HEX.issuperset(text[2:])
