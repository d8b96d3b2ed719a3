"""Which acts put a letter in force, in which order and by whom? For seeds, demonstrations and tests: two actors, every step.

An officer takes the same steps one by one; nothing here may do what the steps could not.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256

from safeconduct.instruments.document import read
from safeconduct.office.acts import (
    Act,
    ActivateInstrument,
    ApproveInstrument,
    CheckInstrument,
    EnterInstrument,
    RecordPreview,
    TranscribeInstrument,
)
from safeconduct.office.life import wants_transcription


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
    figures: Mapping[str, int] | None = None,
) -> tuple[Step, ...]:
    """The acts from the received text to a letter in force. ``version`` is the number that entering will give it.

    ``by`` enters, checks and previews; ``second`` transcribes what is not the operator's own paper, approves and activates.
    ``figures`` are those of a preview that was made; without them the preview on record counts nobody, and the letter's trail
    says so. Raises Refused for a text that cannot be read.
    """
    files = dict(annexes or {})
    letter = read(text, {name: content.encode() for name, content in files.items()}, f"{instrument}.toml")
    shown = dict(figures or {})
    digest = sha256(repr((instrument, version, sorted(shown.items()))).encode()).hexdigest()
    steps = [Step(EnterInstrument(instrument, text, files), by)]
    if wants_transcription(letter):
        steps.append(Step(TranscribeInstrument(instrument, text, files, version), second))
    steps += [
        Step(CheckInstrument(instrument, version), by),
        Step(RecordPreview(instrument, version, digest, shown), by),
        Step(ApproveInstrument(instrument, version, sha256(text.encode()).hexdigest(), digest), second),
        Step(ActivateInstrument(instrument, version), second),
    ]
    return tuple(steps)
