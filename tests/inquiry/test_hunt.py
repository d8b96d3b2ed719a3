"""What is a hunt, and what is none."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.inquiry.hunt import Condition, Example, Fingerprint, Hunt, Pattern, Seen, Shape, checked, sentence
from safeconduct.terms.faults import Refused


@pytest.mark.parametrize(
    ("change", "where"),
    [
        ({"id": ""}, "id"),
        ({"id": "Über"}, "id"),
        ({"since": 5, "until": 5}, "until"),
        ({"v": 2}, "v"),
        ({"indicator": Fingerprint((1, 2), 3)}, "indicator.shingles"),
        ({"indicator": Example(b"x", 0.5)}, "indicator.sketch"),
        ({"indicator": Example(b"x" * 64, 0.0)}, "indicator.similarity"),
        ({"indicator": Seen("")}, "indicator.detector"),
        ({"indicator": Shape(())}, "indicator.conditions"),
        ({"indicator": Shape((Condition("1; --", 1),))}, "indicator.conditions[0]"),
        ({"indicator": Shape((Condition("calls"),))}, "indicator.conditions[0]"),
        ({"indicator": Pattern("ab")}, "indicator.text"),
    ],
)
def test_what_is_no_hunt_is_refused_with_its_place(change: dict[str, object], where: str) -> None:
    with pytest.raises(Refused) as refused:
        checked(msgspec.structs.replace(Hunt("h-1", Seen("secrets"), 0), **change))
    assert [fault.where for fault in refused.value.faults] == [where]


def test_every_indicator_has_a_sentence_without_its_content() -> None:
    for indicator in (
        Fingerprint((1,), 1),
        Example(bytes(64)),
        Seen("secrets", "k", "answer"),
        Shape((Condition("calls", 1, 2),)),
    ):
        assert sentence(Hunt("h", indicator, 0))
    assert "telltale" not in sentence(Hunt("h", Pattern("telltale"), 0))
