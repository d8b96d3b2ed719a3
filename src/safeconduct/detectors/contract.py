"""What does a detector promise? Its manifest, and the face it has inline. Which ones are enabled is an affair of the settings.

Plugins of others keep the same contract: an entry point in the group ``safeconduct.detectors`` that names a callable without
arguments, giving an :class:`Inline`. Whether one keeps it is tried by ``safeconduct.testing.detectors``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal, Protocol

import msgspec

from safeconduct.terms.blocks import Block, Direction, Origin
from safeconduct.terms.findings import Finding

GROUP: Final = "safeconduct.detectors"
"""The entry-point group of detectors. Installed is not enabled: the settings name those that are."""

BOTH: Final = frozenset(Direction)
ALL: Final = frozenset(Origin)


class Manifest(msgspec.Struct, frozen=True):
    """What a detector says of itself; it goes into the log at every start.

    ``version`` changes whenever the same text could give other findings. ``reads`` and ``origins`` are the directions and
    writers it judges; it is not asked about others. ``deadline_ms`` is the time for one call; ``on_failure`` what an error or a
    missed deadline means. ``inline`` ones run in the gateway's event loop and have to be quick; others in processes of their own.
    """

    name: str
    version: str
    reads: frozenset[Direction] = BOTH
    origins: frozenset[Origin] = ALL
    deadline_ms: int = 50
    on_failure: Literal["refuse", "pass"] = "refuse"
    inline: bool = True


class Inline(Protocol):
    """A detector in the gateway's own process."""

    manifest: Manifest

    def scan(self, blocks: Sequence[Block], /) -> list[Finding]:
        """Every finding, its span in code points of the block's text. Raises nothing, whatever the blocks contain.

        ``Finding.said`` describes what was seen and quotes none of it: findings go into the log.
        """
