"""Is this caller in a cohort that an instrument protects from being stopped? Says whose approval stopping takes.

Whether that approval was given, and what waits for it, is the office's question.
"""

from __future__ import annotations

import cedarpy

from safeconduct.policy import schema
from safeconduct.policy.context import Context
from safeconduct.terms.moments import Moment
from safeconduct.terms.rules import Compiled, CompiledGuard
from safeconduct.terms.standing import Model, Standing

# A guard asks about the caller only; the engine wants a model all the same, and this one is in no catalog.
_NOWHERE = Model("none", "none", "none", frozenset(), "none", "none", "none")
_NEUTRAL = Context()


class Guards:
    """The guards of one period, parsed once. Immutable."""

    def __init__(self, compiled: Compiled) -> None:
        """Raises ValueError when a probe does not parse."""
        self._compiled = compiled
        self._guards = {one.id: one for one in compiled.guards}
        self._facts = frozenset().union(*(one.facts for one in compiled.guards))
        self._probes = schema.policy_set({one.id: one.probe for one in compiled.guards})
        self._model = schema.model_json(_NOWHERE, withdrawn=False)

    @property
    def facts(self) -> frozenset[str]:
        """The facts that guards read; a standing asked about needs no other."""
        return self._facts

    def of(self, standing: Standing, now: Moment) -> tuple[CompiledGuard, ...]:
        """The guards whose cohort certainly holds for this caller at ``now``, by id.

        Raises ValueError for a caller that does not fit the schema, and for a moment outside the compiled period: nobody may
        take a question that could not be asked for an answer.
        """
        if not self._compiled.since <= now < self._compiled.boundary:
            raise ValueError("the guards were compiled for another time")
        if not self._guards:
            return ()
        annexes = schema.annexes_of(standing, self._compiled.annexes)
        text = b"[" + self._model + b"," + schema.caller_json(standing, annexes, self._facts, now) + b"]"
        entities = cedarpy.Entities.from_json_str(text.decode(), schema.SCHEMA)
        request = {
            "principal": schema.principal_id(standing),
            "action": schema.ACTION,
            "resource": {"type": "Model", "id": _NOWHERE.id},
            "context": schema.context_json(_NEUTRAL),
        }
        result = cedarpy.is_authorized(request, self._probes, entities, schema.SCHEMA)
        if result.diagnostics.errors:
            raise ValueError("a guard could not be evaluated")
        return tuple(self._guards[name] for name in sorted(result.diagnostics.reasons))
