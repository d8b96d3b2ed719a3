"""Decision, duty, reason: what was decided for a caller and a model, and why in plain words."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from safeconduct.terms.moments import FOREVER, Moment


class Effect(StrEnum):
    PERMIT = "permit"
    DENY = "deny"
    HOLD = "hold"


@dataclass(frozen=True, slots=True)
class Reason:
    """Why. ``code`` is stable and may be shown; ``rule`` is ``instrument/rule`` where one decided."""

    code: str
    say: str
    mend: str = ""
    rule: str = ""


@dataclass(frozen=True, slots=True)
class Duty:
    """What must be done with a permitted call, named by the rule that asks for it (redact, retain, approve, cap)."""

    name: str
    value: str
    rule: str


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer to one question: may this standing use this model, in this context, at this moment?

    ``valid_until`` is the first moment at which the answer could change by the clock alone (a fact expires, an
    instrument takes effect); the answer may be remembered for [decided_at, valid_until) under the same view version.
    ``errors`` is never empty on a permit refused because the policy engine erred. ``fallback`` is the model that may be
    offered instead: set on a deny when every deciding rule is a prohibition and all of them name the same one. It grants
    nothing; whoever offers it has to decide about it first. ``measures`` are those that made it what it is, ``rehearsed`` those
    that would have stopped it.
    """

    effect: Effect
    model: str
    reasons: tuple[Reason, ...]
    policy_hash: str
    standing_hash: str
    decided_at: Moment
    duties: tuple[Duty, ...] = ()
    errors: tuple[str, ...] = ()
    valid_until: Moment = FOREVER
    rules: tuple[str, ...] = field(default=())
    fallback: str = ""
    measures: tuple[str, ...] = ()
    rehearsed: tuple[str, ...] = ()

    @property
    def permits(self) -> bool:
        return self.effect is Effect.PERMIT and not self.errors
