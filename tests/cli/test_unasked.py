"""What rules ask of detectors that are not enabled is said in a sentence, with what to do."""

from __future__ import annotations

from dataclasses import dataclass

from safeconduct.cli.unasked import missing_detectors
from safeconduct.settings.sections import Settings


@dataclass(frozen=True)
class Rule:
    id: str
    duties: tuple[tuple[str, str], ...]


def test_each_detector_that_nobody_enabled_is_named_with_its_rule() -> None:
    asked = Rule("terms/guards", (("safeguard", "secrets request redact"), ("safeguard", "judge request hold"), ("retain", "x")))
    other = Rule("terms/own", (("safeguard", "acme-words request block"),))
    judge, words = missing_detectors(Settings(), [other, asked, Rule("terms/plain", ())])[::-1]
    assert judge.startswith("Rule terms/guards asks for the detector judge, which is not enabled: its calls are refused. ")
    assert "safeguards.judge" in judge
    assert "Rule terms/own asks for the detector acme-words" in words
    assert "mend the rule" in words
