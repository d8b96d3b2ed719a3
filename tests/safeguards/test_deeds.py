import pytest

from safeconduct.safeguards import deeds
from safeconduct.terms.blocks import ToolCall


@pytest.mark.parametrize(
    ("name", "act"),
    [
        ("send_email", "send"),
        ("transferMoney", "pay"),
        ("mcp__slack__post_message", "publish"),
        ("get_user", "read"),
        ("Read", "read"),
    ],
)
def test_names_of_tools_tell_their_acts(name: str, act: str) -> None:
    assert deeds.read(ToolCall("1", name, '{"to": "a@b.example"}')).act == act


def test_addresses_are_targets_under_any_name() -> None:
    found = deeds.read(ToolCall("1", "x", '{"a": "see https://h.example/p", "b": ["m@n.example"], "account": 1234567}')).targets
    assert {(each.kind, each.value) for each in found} == {
        ("host", "h.example"),
        ("account", "m@n.example"),
        ("account", "1234567"),
    }
