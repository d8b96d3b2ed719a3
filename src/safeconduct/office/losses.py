"""What would a caller lose, were a letter or a model withdrawn? Asked of the guarded alone; previews count everybody.

The answer is the policy's own, asked twice at one moment: by the rules as they are, and as they would be.
"""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from safeconduct.instruments.compile import compile_rules
from safeconduct.office import letters, life
from safeconduct.office.acts import WithdrawInstrument, WithdrawModel
from safeconduct.policy.context import Context
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import Compiled
from safeconduct.terms.standing import Model, Standing


@dataclass(frozen=True, slots=True)
class Losses:
    """What is taken: those of ``models`` that ``before`` permits and ``after`` does not; all where there is no ``after``."""

    models: tuple[Model, ...]
    before: Policy
    after: Policy | None

    @property
    def wanted(self) -> frozenset[str]:
        """The facts that either side reads."""
        return self.before.facts | (self.after.facts if self.after is not None else frozenset())

    def any_for(self, standing: Standing, now: Moment) -> bool:
        """Whether this caller would lose a model."""
        for model in self.models:
            context = Context(dialect=min(model.dialects, default=""), operation="generate")
            if not self.before.decide(standing, model, context, now).permits:
                continue
            if self.after is None or not self.after.decide(standing, model, context, now).permits:
                return True
        return False


def of(act: WithdrawInstrument | WithdrawModel, registry: Registry, compiled: Compiled, now: Moment) -> Losses:
    """What the act would take; nothing where what it withdraws was never in force. Raises Refused for unreadable rules."""
    models, gone = registry.models(), registry.withdrawn_models()
    before = Policy(compiled, models, gone)
    if isinstance(act, WithdrawModel):
        return Losses(tuple(each for each in models if each.id == act.id), before, None)
    record = life.withdrawn_version(act, registry)
    if record is None or record.activated_at is None or record.status == "withdrawn":
        return Losses((), before, None)
    then = registry.supposing(msgspec.structs.replace(record, status="withdrawn", withdrawn_at=now))
    after = compile_rules(letters.held(then), now, letters.packs_of(then))
    return Losses(tuple(models), before, Policy(after, models, gone))
