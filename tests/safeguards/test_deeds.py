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


@pytest.mark.parametrize(
    ("name", "arguments", "act"),
    [
        ("make_payment", "{}", "pay"),
        ("send_money", '{"amount": 5}', "pay"),
        ("set_link_access", "{}", "grant"),
        ("add_calendar_reader", "{}", "grant"),
        ("order_get", "{}", "read"),
        ("list_orders", "{}", "read"),
        ("unprotect_branch", "{}", "grant"),
        ("run_query", '{"sql": "GRANT SELECT ON a TO b"}', "grant"),
        ("run_query", '{"sql": "select 1"}', "run"),
        ("add_comment", '{"body": "x"}', "publish"),
    ],
)
def test_names_and_statements_say_what_is_done(name: str, arguments: str, act: str) -> None:
    assert deeds.read(ToolCall("1", name, arguments)).act == act
