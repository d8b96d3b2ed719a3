"""Findings come to one verdict: the strongest action, the texts that are taken out, and a reason a person understands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.safeguards import panel
from safeconduct.safeguards.panel import CLEAN, judge, warning
from safeconduct.safeguards.plan import Plan
from safeconduct.safeguards.redaction import Placeholders
from safeconduct.terms.blocks import Block, Direction, Edit, Origin
from safeconduct.terms.decision import Duty
from safeconduct.terms.findings import SAFEGUARD, Action, Finding
from safeconduct.terms.safeguards import order

REQUEST, ANSWER = Direction.REQUEST, Direction.ANSWER
TEXT = "my key is KEY-1 and mail a@b.example"
BLOCKS = [Block("$.m[0].content", TEXT, Origin.USER)]
KEY = Finding("secrets", "aws_key", "$.m[0].content", 10, 15, said="a key of a cloud")
MAIL = Finding("personal", "mail", "$.m[0].content", 25, 36)


def plan(*values: str) -> Plan:
    return Plan.of([Duty(SAFEGUARD, value, "terms/guards") for value in values], Plan.EMPTY)


def applied(text: str, edits: tuple[Edit, ...]) -> str:
    for edit in sorted(edits, key=lambda one: one.start, reverse=True):
        text = text[: edit.start] + edit.text + text[edit.end :]
    return text


def test_nothing_found_or_nothing_asked_is_clean() -> None:
    assert judge([], plan("secrets both block"), REQUEST) is CLEAN
    assert judge([KEY], plan("personal both block"), REQUEST) is CLEAN


def test_what_is_only_noted_changes_nothing() -> None:
    verdict = judge([KEY], plan("secrets both log"), REQUEST, BLOCKS)
    assert (verdict.action, verdict.edits, verdict.reason, verdict.codes) == (Action.LOG, (), None, ())
    assert verdict.findings == (KEY,)
    assert not verdict.stops


def test_a_warning_names_kinds_and_no_content() -> None:
    verdict = judge([KEY, MAIL], plan("secrets both warn", "personal both warn"), REQUEST, BLOCKS)
    assert verdict.action is Action.WARN
    assert warning(verdict) == "personal.mail, secrets.aws_key"
    assert verdict.codes == ("safeguard_secrets", "safeguard_personal")


def test_what_is_redacted_leaves_a_placeholder_and_comes_back() -> None:
    held = Placeholders(BLOCKS)
    verdict = judge([KEY, MAIL], plan("secrets both redact", "personal both redact"), REQUEST, BLOCKS, held)
    assert verdict.action is Action.REDACT
    sent = applied(TEXT, verdict.edits)
    assert sent == "my key is [redacted:secrets:1] and mail [redacted:personal:2]"
    assert held.restore(sent) == TEXT


def test_findings_that_overlap_are_taken_out_as_one() -> None:
    other = Finding("personal", "mail", "$.m[0].content", 12, 20)
    verdict = judge([other, KEY], plan("secrets both redact", "personal both redact"), REQUEST, BLOCKS)
    (edit,) = verdict.edits
    assert (edit.start, edit.end) == (10, 20)


def test_a_whole_text_can_be_taken_out() -> None:
    whole = Finding("injection", "ngrams", "$.m[0].content")
    (edit,) = judge([whole], plan("injection request redact"), REQUEST, BLOCKS).edits
    assert (edit.start, edit.end) == (0, len(TEXT))


def test_p3_what_should_be_taken_out_and_cannot_be_stops_the_call() -> None:
    lost = Finding("secrets", "aws_key", "$.elsewhere", 0, 3)
    verdict = judge([lost], plan("secrets both redact"), REQUEST, BLOCKS)
    assert verdict.action is Action.BLOCK
    assert verdict.reason is not None
    assert verdict.reason.code == "safeguard_secrets"


@pytest.mark.parametrize(
    ("value", "direction", "action", "code"),
    [
        ("secrets request justify", REQUEST, Action.JUSTIFY, "justification_required"),
        ("secrets request hold", REQUEST, Action.HOLD, "held"),
        ("secrets request block", REQUEST, Action.BLOCK, "safeguard_secrets"),
        ("secrets request cut", REQUEST, Action.BLOCK, "safeguard_secrets"),
        ("secrets answer cut", ANSWER, Action.CUT, "safeguard_secrets"),
    ],
)
def test_what_stops_says_why_and_by_which_rule(value: str, direction: Direction, action: Action, code: str) -> None:
    verdict = judge([KEY], plan(value), direction, BLOCKS)
    assert verdict.stops
    assert (verdict.action, verdict.reason and verdict.reason.code) == (action, code)
    assert verdict.reason is not None
    assert verdict.reason.rule == "terms/guards"
    assert "terms/guards" in verdict.reason.say
    assert verdict.reason.mend
    assert "KEY-1" not in verdict.reason.say + verdict.reason.mend, "a finding is never told by its content"


def test_a_reason_or_a_release_eases_its_own_action_alone() -> None:
    rules = plan("secrets request justify", "personal request hold")
    assert judge([KEY], rules, REQUEST, BLOCKS, justified=True).action is Action.LOG
    assert judge([MAIL], rules, REQUEST, BLOCKS, released=True).action is Action.LOG
    assert judge([MAIL], rules, REQUEST, BLOCKS, justified=True).action is Action.HOLD
    assert judge([KEY], rules, REQUEST, BLOCKS, released=True).action is Action.JUSTIFY
    both = judge([KEY, MAIL], rules, REQUEST, BLOCKS, justified=True, released=True)
    assert both.action is Action.LOG
    assert both.codes == ("safeguard_secrets", "safeguard_personal"), "what was eased stays on record"


def test_what_is_redacted_is_redacted_whatever_else_is_asked() -> None:
    rules = plan("secrets request justify", "secrets request redact")
    verdict = judge([KEY], rules, REQUEST, BLOCKS, justified=True)
    assert verdict.action is Action.REDACT
    assert len(verdict.edits) == 1


@given(st.lists(st.sampled_from([KEY, MAIL]), max_size=4), st.sampled_from(list(Action)), st.sampled_from(list(Action)))
def test_the_strongest_is_done(findings: list[Finding], secrets: Action, personal: Action) -> None:
    rules = plan(f"secrets request {secrets.name.lower()}", f"personal request {personal.name.lower()}")
    verdict = judge(findings, rules, REQUEST, BLOCKS)
    wanted = [secrets if each is KEY else personal for each in findings]
    assert verdict.action == min(max(wanted, default=Action.LOG), Action.BLOCK)
    assert verdict.stops is (verdict.reason is not None)
    assert panel.CLEAN.action is Action.LOG


def test_p8_a_no_never_repeats_a_name_that_may_be_the_finding() -> None:
    for path, shown in (
        ("$.messages[0].content[1].text", "at $.messages[0].content[1].text:"),
        ("$.d.tok_1234567890ab~", "at $.d....:"),
        ('$.d["my secret"].x', "at $....:"),
        (f"$.{'x' * 40}.text", "at $....:"),
    ):
        found = Finding("secrets", "k", path, 0, 1, said="a key")
        verdict = judge([found], Plan([order("secrets request block")]), Direction.REQUEST, ())
        assert verdict.reason is not None
        assert shown in verdict.reason.say, path


def test_a_place_of_which_nothing_can_be_told_is_left_out() -> None:
    found = Finding("tools", "destructive", "tool:call_1", 0, 1, said="a folder is deleted")
    verdict = judge([found], plan("tools answer block"), ANSWER)
    assert verdict.reason is not None
    assert "(a folder is deleted)" in verdict.reason.say
    assert "..." not in verdict.reason.say
