"""Which strings and documents does an organization watch? Its lists, as fingerprints; what those are, the detector knows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import msgspec

from safeconduct.registry.records import Organization
from safeconduct.terms.moments import FOREVER, Moment

PRINT_BYTES: Final = 8  # of one fingerprint


class CanaryList(msgspec.Struct, frozen=True):
    """One list. ``strings`` and ``documents`` are fingerprints of 8 bytes each, joined."""

    organization: str
    name: str
    strings: bytes
    documents: bytes
    by: str
    at: Moment

    @property
    def id(self) -> str:
        return f"{self.organization}/{self.name}"

    @property
    def size(self) -> int:
        """How many fingerprints it has."""
        return (len(self.strings) + len(self.documents)) // PRINT_BYTES


def in_force(
    lists: Mapping[str, CanaryList], organizations: Mapping[str, Organization], now: Moment
) -> tuple[tuple[CanaryList, ...], Moment]:
    """The lists that are looked for at ``now``, by id, and the moment at which the clock alone changes that.

    A list ends with its organization; one of an organization that is suspended, or begins later, is looked for all the same.
    """
    found, until = [], FOREVER
    for name in sorted(lists):
        organization = organizations.get(lists[name].organization)
        if organization is not None and now < organization.ends:
            found.append(lists[name])
            until = min(until, organization.ends)
    return tuple(found), until
