"""Only a permit without errors permits."""

from __future__ import annotations

import pytest

from safeconduct.terms.decision import Decision, Effect


@pytest.mark.parametrize(
    ("effect", "errors", "permits"),
    [
        (Effect.PERMIT, (), True),
        (Effect.PERMIT, ("a policy erred",), False),
        (Effect.DENY, (), False),
        (Effect.HOLD, (), False),
    ],
)
def test_p1_only_a_permit_without_errors_permits(effect: Effect, errors: tuple[str, ...], permits: bool) -> None:
    assert Decision(effect, "m", (), "p", "s", 1, errors=errors).permits is permits
