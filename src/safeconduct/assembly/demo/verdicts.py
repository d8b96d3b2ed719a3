"""What should the answer be? The four legal states as a lawyer would tick them off a list, without Cedar or instruments.

The demonstration holds every decision of the product against this table. It reads the population's own tables and imports
nothing that decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from safeconduct.assembly.demo.population import Evidence, Someone

FABLE, MYTHOS = "claude-fable-5", "claude-mythos-5"
MODELS = (FABLE, MYTHOS)


class State(IntEnum):
    """The four states, in order."""

    AUTHORIZED = 1
    LETTER = 2
    EXEMPTION = 3
    LIFTED = 4


NAMED, UNKNOWN, EXPIRED = "forbidden", "fact_unknown", "fact_expired"
"""The reason codes of a no in this story; they are part of what is compared."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """``code`` is the reason code of a no, empty for a yes."""

    permitted: bool
    code: str = ""


YES = Verdict(True)


def verdict(state: State, model: str, someone: Someone) -> Verdict:
    """What the law of that state says about this person and this model."""
    if state in (State.AUTHORIZED, State.LIFTED):
        return YES
    if someone.evidence is Evidence.VALID and someone.us_person:
        return YES
    if state is State.EXEMPTION and model == MYTHOS and someone.organization.listed and someone.employed:
        return YES
    match someone.evidence:
        case Evidence.UNKNOWN:
            return Verdict(False, UNKNOWN)
        case Evidence.EXPIRED:
            return Verdict(False, EXPIRED)
        case _:
            return Verdict(False, NAMED)
