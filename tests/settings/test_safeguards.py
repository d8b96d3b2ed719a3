"""Settings about detectors: bounded numbers, plugins by a name that can be one, markings that are some."""

from __future__ import annotations

import pytest

from safeconduct.settings.load import read
from safeconduct.terms.faults import Refused

GOOD = b"""
[safeguards]
base = false
scorers = 2
deadline_ms = 500
plugins = ["acme-codewords"]
legends = ["ACME INTERNAL"]
hold_bytes = 4096
hold_ms = 100

[safeguards.judge]
model = "claude-haiku-4-5"
gray = 0.1
"""


def test_detectors_are_read() -> None:
    found = read(GOOD, "x").safeguards
    assert (found.base, found.scorers, found.deadline_ms) == (False, 2, 500)
    assert (found.judge.model, found.judge.gray, found.judge.deadline_seconds) == ("claude-haiku-4-5", 0.1, 10.0)
    assert (found.plugins, found.legends, found.hold_bytes, found.hold_ms) == (["acme-codewords"], ["ACME INTERNAL"], 4096, 100)


@pytest.mark.parametrize(
    ("line", "code", "spot"),
    [
        ("scorers = -1", "scorers_invalid", "scorers"),
        ("scorers = 65", "scorers_invalid", "scorers"),
        ("deadline_ms = 49", "deadline_invalid", "deadline_ms"),
        ("deadline_ms = 60001", "deadline_invalid", "deadline_ms"),
        ("hold_bytes = 0", "hold_invalid", "hold_bytes"),
        ("hold_ms = 9999999", "hold_invalid", "hold_ms"),
        ('legends = ["ab"]', "legend_invalid", "legends"),
        ('plugins = ["secrets"]', "plugin_invalid", "plugins"),
        ('plugins = ["Acme-words"]', "plugin_invalid", "plugins"),
        ('plugins = ["acme-words", "acme-words"]', "plugin_invalid", "plugins"),
        ("judge.gray = 0.0", "gray_invalid", "judge.gray"),
        ("judge.gray = 1.5", "gray_invalid", "judge.gray"),
        ("judge.gray = nan", "gray_invalid", "judge.gray"),
        ("judge.deadline_seconds = 0.5", "deadline_invalid", "judge.deadline_seconds"),
        ("reuse.days = 0", "days_invalid", "reuse.days"),
        ("reuse.most_megabytes = 0", "size_invalid", "reuse.most_megabytes"),
        ("judge.per_minute = 0", "judge_invalid", "judge.per_minute"),
    ],
)
def test_what_makes_no_sense_is_told(line: str, code: str, spot: str) -> None:
    with pytest.raises(Refused) as refused:
        read(f"[safeguards]\n{line}\n".encode(), "x")
    (fault,) = refused.value.faults
    assert fault.code == code
    assert f"safeguards.{spot}" in fault.where
