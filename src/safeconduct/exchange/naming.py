"""Which model does a name in a call mean? The one place that asks; whoever decides, previews or explains asks here.

Byte for byte, or nothing (``wire.names``). A withdrawn model is found as well, so that those who could use it are told that it
was withdrawn and not that it never existed.
"""

from __future__ import annotations

from safeconduct.registry.state import Registry
from safeconduct.terms.standing import Model
from safeconduct.wire.names import canonical_candidate


def model_meant(registry: Registry, name: str) -> Model | None:
    """The model of this canonical name or alias; None for a name that means nothing here."""
    candidate = canonical_candidate(name)
    if candidate is None:
        return None
    return registry.resolve_model(candidate) or registry.resolve_withdrawn(candidate)
