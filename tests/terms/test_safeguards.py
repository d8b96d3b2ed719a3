"""The words of a safeguard duty: read exactly, or refused with a sentence."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.terms.blocks import Direction
from safeconduct.terms.findings import Action
from safeconduct.terms.safeguards import BOTH, DETECTORS, RATE, UNCERTAIN, order, redacting


def test_an_order_is_read_with_its_rate_and_rule() -> None:
    read = order("misuse request hold at 0.0005", "terms/cyber")
    assert (read.detector, read.kind, read.directions) == ("misuse", "", frozenset({Direction.REQUEST}))
    assert (read.action, read.rate, read.rule) == (Action.HOLD, 0.0005, "terms/cyber")


def test_a_kind_and_both_directions() -> None:
    read = order("secrets.aws_access_key both block")
    assert (read.detector, read.kind, read.directions, read.rate) == ("secrets", "aws_access_key", BOTH, RATE)


def test_both_means_wherever_the_detector_reads() -> None:
    assert order("misuse both log").directions == {Direction.REQUEST}
    assert order("tools both hold").directions == {Direction.ANSWER}


def test_a_plugin_has_a_hyphen_in_its_name() -> None:
    assert order("acme-words request block").detector == "acme-words"


def test_the_judge_is_asked_about_doubtful_texts_or_about_everything() -> None:
    some, every, rare = order("judge.cyber request hold"), order("judge.all request block"), order("judge request log at 0.1")
    assert (some.kind, some.everything, some.rate) == ("cyber", False, UNCERTAIN)
    assert (every.kind, every.everything, every.rate) == ("", True, UNCERTAIN)
    assert rare.rate == 0.1


def test_redact_means_both_directions() -> None:
    assert redacting("personal", "r") == order("personal both redact", "r")


@pytest.mark.parametrize(
    ("value", "says"),
    [
        ("", "not written as"),
        ("secrets", "not written as"),
        ("secrets  request block", "not written as"),
        ("secrets request block now", "not written as"),
        ("secret request block", 'there is no detector "secret"'),
        ("secrets. request block", "no name"),
        ("Secrets request block", "no name"),
        ("-x request block", "no name"),
        ("secrets sideways block", "no direction"),
        ("secrets request explode", "no action"),
        ("secrets request block at 0", "no rate"),
        ("secrets request block at 1.1", "no rate"),
        ("secrets request block at -0.1", "no rate"),
        ("secrets request block at 1e-3", "no rate"),
        ("secrets request block at nan", "no rate"),
        ("secrets request block at \u0661", "no rate"),
        ("misuse answer block", "reads the request only"),
        ("tools request hold", "reads the answer only"),
        ("tools answer redact", "cannot be answered with redact"),
        ("tools answer justify", "cannot be answered with justify"),
        ("judge request redact", "names no place"),
        ("reuse answer hold", "write reuse answer log, and reuse request hold"),
        ("reuse both block", "answers are remembered"),
        ("reuse request redact", "no place that could be taken out"),
        ("judge answer hold", "reads the request only"),
    ],
)
def test_what_cannot_be_read_is_said(value: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        order(value)


@given(st.text(max_size=60))
def test_any_text_is_read_or_refused(value: str) -> None:
    try:
        read = order(value)
    except ValueError:
        return
    assert read.detector in DETECTORS or "-" in read.detector
    assert read.directions
    assert 0 < read.rate <= 1
