"""Where in the vault does something lie? ``<class>/<month>/<writer>:<offset>``, read strictly: it becomes a path."""

from __future__ import annotations

from typing import Final, NamedTuple

from safeconduct.vault.classes import is_class_name, is_month

MAX_WRITER: Final = 72
MAX_OFFSET: Final = 2**53


class Place(NamedTuple):
    """One record: the class and month it was sealed for, the file of its writer, and where in that file it begins."""

    kept_class: str
    month: str
    writer: str
    offset: int

    def __str__(self) -> str:
        return f"{self.kept_class}/{self.month}/{self.writer}:{self.offset}"


def read_place(text: str) -> Place:
    """The place that a text names. Raises ValueError with a sentence for anything else, so that no text leads elsewhere."""
    kept_class, _, rest = text.partition("/")
    month, _, rest = rest.partition("/")
    writer, colon, offset = rest.partition(":")
    number = offset.isascii() and offset.isdigit() and len(offset) <= 16 and (offset == "0" or offset[0] != "0")
    if not (colon and number and is_class_name(kept_class) and is_month(month) and is_writer(writer)):
        raise ValueError(f"{text[:80]!r} is no place in the vault")
    if int(offset) > MAX_OFFSET:
        raise ValueError(f"{text[:80]!r} lies beyond every file")
    return Place(kept_class, month, writer, int(offset))


def is_writer(text: str) -> bool:
    """Whether a text can name a writer's file: letters, digits and dashes."""
    return 0 < len(text) <= MAX_WRITER and text.isascii() and all(each.isalnum() or each == "-" for each in text)


def writer_of(call: str) -> str:
    """The boot in a call id (``call_<boot>_<count>``), which its content lies under; empty where the id has another form."""
    kind, _, rest = call.partition("_")
    boot, _, _ = rest.rpartition("_")
    return boot if kind == "call" and is_writer(boot) else ""
