import pytest

from safeconduct.safeguards.addresses import UNREAD, around, dotted, hosts, open_at_end


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("https://a.example/x?k=@", "a.example"),
        ("https://u:p@a.example:80/@", "a.example"),
        ("postgres://u:@@a.example/db", "a.example"),
        ("https://[::1]/@", "::1"),
        ("(see https://a.example/@)", "a.example"),
        ("https://a.example%2eb/@", UNREAD),
        ("https://a.example\\b/@", UNREAD),
        ("https:a.example/@", UNREAD),
    ],
)
def test_whose_address_it_is(text: str, host: str) -> None:
    at = text.index("@", text.index("@") if text.count("@") == 1 or "u:@@" in text else text.index("@") + 1)
    found = around(text, at, at + 1, whole=True)
    if "u:@@" in text:  # the place itself is no sign of the address
        found = around(text.replace("u:@@", "u:x@"), at, at + 1, whole=True)
    assert found is not None
    assert found.host == host


def test_what_is_over_holds_nothing_behind_it() -> None:
    for text in ("https://a.example/ @", "<https://a.example/> @", "![x](b/@", "https://a.example/\n@", "no address: @"):
        assert around(text, text.index("@"), len(text), whole=True) is None, text


def test_a_host_that_is_yet_to_come_is_waited_for_but_not_for_ever() -> None:
    text = "https://u:@"
    found = around(text, len(text) - 1, len(text), whole=False)
    assert found is not None
    assert found.host == ""
    endless = text + "a" * 5_000
    found = around(endless, len(text) - 1, len(text), whole=False)
    assert found is not None
    assert found.host != ""


def test_an_address_that_goes_on_is_remembered_by_its_beginning() -> None:
    assert open_at_end("so <https://a.example/x y") == "https://a.example/x y"
    assert open_at_end("so https://a.example/x y") == ""
    assert len(open_at_end("https://a.example/" + "x" * 9_000)) == 2_048


def test_hosts_and_what_reads_like_one() -> None:
    assert list(hosts("a https://a.example/x, b //b.example c a//b")) == ["a.example", "b.example"]
    assert list(hosts("//a.b " * 80))[-1] == UNREAD, "more than is looked at"
    assert list(dotted("run main.py at evil.example or 10.0.0.1, 3 ...")) == [
        ("main.py", True),
        ("evil.example", False),
        ("10.0.0.1", False),
    ]
