"""What may go wrong with a journal? The errors its writer and its reader raise.

They stand alone because the modules that raise them are compiled, and a compiled class cannot derive from an ``OSError``.
"""

from __future__ import annotations


class JournalFailed(OSError):
    """The entry could not be made durable; nothing may be built on it."""


class JournalDamaged(OSError):
    """A journal lacks entries that its later segments say were there."""
