"""A view reads as the text would once decoded, and knows the way back."""

from __future__ import annotations

import base64

import pytest

from safeconduct.detectors import views
from support import detecting

_KEY = "ghp_4z7hwIWPxs66XOuILzCcT9AWzUR8BXLiHMA7"


def _back(text: str, kind: str, end: int, inner: bytes) -> bytes:
    data = text.encode()
    (view,) = views.views(data, [(kind, end)])
    start = view.text.index(inner)
    low, high = view.back(start, start + len(inner))
    return data[low:high]


def test_each_form_reads_through_and_leads_back() -> None:
    coded = base64.b64encode(b"it is the key, and more").decode()
    assert base64.b64decode(_back(f" {coded} ", "base64", len(coded) + 2, b"the key, and") + b"=") in b"it is the key, and more"
    assert _back(" 6b65792d6162632d31 ", "hex", 20, b"abc") == b"616263"
    assert _back("q=%6b%65y%2Dabc z", "percent", 5, b"key-abc") == b"%6b%65y%2Dabc"
    assert _back('x = "AK" + "IA" ', "joint", 12, b"AKIA") == b'AK" + "IA'
    assert _back("a\u200bb\u200bc", "fold", 5, b"abc").decode() == "a\u200bb\u200bc"


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(base64.b64encode(f"token={_KEY}".encode())).decode(),
        base64.b64encode(f"token={_KEY}".encode()).hex(),
        base64.urlsafe_b64encode(f"??>>token={_KEY}".encode()).decode(),
        "".join(f"\\x{byte:02x}" for byte in _KEY.encode()),
        "\u200d".join(_KEY),
        f"'{_KEY[:9]}'\n  '{_KEY[9:]}'",
        f'"{_KEY[:9]}" . "{_KEY[9:20]}" . "{_KEY[20:]}"',
        "".join(chr(0xE0000 + ord(letter)) for letter in _KEY),
    ],
)
def test_two_levels_of_encoding_are_seen_through(text: str) -> None:
    assert [kind for kind, _ in detecting.seen(text)] == ["github_token"]


def test_only_the_part_of_long_base64_is_told() -> None:
    coded = base64.b64encode(b"ordinary words, " * 40 + _KEY.encode() + b" and words" * 40).decode()
    ((_, piece),) = detecting.seen(coded)
    assert _KEY.encode() in base64.b64decode(piece + "=" * (-len(piece) % 4))
    assert len(piece) < 64


def test_base64_of_what_is_no_text_is_let_go() -> None:
    assert list(views.views(b" " + base64.b64encode(bytes(range(256))) + b" ", [("base64", 346)])) == []


@pytest.mark.parametrize(
    "unseen", [0x61C, 0x115F, 0x1160, 0x17B4, 0x180B, 0x180F, 0x3164, 0xFFA0, 0xFFF9, 0xE0001, 0xE0100, 0xE01EF]
)
def test_letters_that_cannot_be_seen_hide_no_token(unseen: int) -> None:
    token = "ghp_" + "16C7e42F292c6912E7710c838347Ae178B4a"
    for text in (token[:10] + chr(unseen) + token[10:], chr(unseen).join(token)):
        assert detecting.seen(f"key {text} here") == [("github_token", text)]
