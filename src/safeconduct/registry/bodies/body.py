"""What does every change carry? The form that all bodies share."""

from __future__ import annotations

import msgspec


class Body(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a change carries. Unknown keys are refused: a change that we do not understand is never half-understood."""
