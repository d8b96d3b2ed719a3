"""What do changes about erasing a person carry?"""

from __future__ import annotations

from safeconduct.registry.bodies.body import Body


class ErasureOpened(Body, frozen=True):
    """The subject is the erasure's own random name; ``person`` is whom it erases, and goes with all that is erased.

    ``ground`` is a stable code of the legal ground. ``second`` is the actor who agreed. With ``content_only`` the person stays
    and only kept content goes.
    """

    person: str
    ground: str
    second: str = ""
    content_only: bool = False
    why: str = ""


class ErasureDone(Body, frozen=True):
    """Nothing of it is left but what stands here. ``changes`` are the ``seq`` of the changes that lost all their words,
    ``words`` of those that lost only their free words; ``keys`` counts the keys of content that were destroyed.

    ``left`` proves what is left of each: for all of ``changes``, then of ``words``, 64 hex digits (``changes.row_hash``), empty
    where nothing can. An erasure of a version that did not prove it has none.
    """

    ground: str
    changes: tuple[int, ...] = ()
    words: tuple[int, ...] = ()
    keys: int = 0
    left: tuple[str, ...] = ()


class Erased(Body, frozen=True):
    """What is left of a change whose words were taken out: the kind it ``was`` of. Its subject is the erasure."""

    was: str
