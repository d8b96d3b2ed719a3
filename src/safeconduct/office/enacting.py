"""Which acts put a letter in force, in which order and by whom? For seeds, demonstrations and tests: two actors, every step.

An officer takes the same steps one by one; nothing here may do what the steps could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from safeconduct.office.acts import Act, ActivateInstrument, EnterInstrument


@dataclass(frozen=True, slots=True)
class Step:
    """One act and who does it."""

    act: Act
    actor: str


def steps_to_enact(
    instrument: str,
    version: int,
    text: str,
    annexes: Mapping[str, str] | None = None,
    *,
    by: str,
    second: str,
) -> tuple[Step, ...]:
    """The acts from the received text to a letter in force. ``version`` is the number that entering will give it.

    ``by`` enters, ``second`` approves and activates.
    """
    return (
        Step(EnterInstrument(instrument, text, dict(annexes or {})), by),
        Step(ActivateInstrument(instrument, version), second),
    )
