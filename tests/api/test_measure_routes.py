"""A measure that is asked for by a program says whom, which step, and for how long; nothing else is guessed."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.api.measure_routes import TakeForm


def test_a_form_lasts_an_hour_where_it_does_not_say_how_long_and_names_no_id() -> None:
    form = msgspec.convert({"who": "person/ann", "step": "watch"}, TakeForm)
    assert (form.minutes, form.rehearsal) == (60, False)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"who": "person/ann", "step": "watch", "automatic": True}, TakeForm)
