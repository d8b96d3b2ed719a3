"""A route of an act tells what came of it, and no form takes what it does not know."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.api.route import Nothing, WhyForm


def test_a_form_refuses_what_it_does_not_know() -> None:
    assert msgspec.convert({}, Nothing) == Nothing()
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"why": "", "actor": "officer:noor"}, WhyForm)
