"""A view reads as the text would once decoded, and knows the way back."""

from __future__ import annotations

import base64
import gzip
import html
import quopri
import zlib

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


_SAID = f"ключ {_KEY} schöne Grüße"
_WORDS = "пример текста, "


@pytest.mark.parametrize(
    "text",
    [
        base64.b64encode(_SAID.encode()).decode(),
        base64.urlsafe_b64encode(_SAID.encode()).decode().rstrip("="),
        base64.b64encode((_WORDS + _SAID).encode("utf-16-le")).decode(),
        base64.b64encode((_WORDS + _SAID).encode("utf-16-be")).decode(),
        base64.b64encode(gzip.compress(_SAID.encode(), mtime=0)).decode(),
        base64.b64encode(zlib.compress(_SAID.encode())).decode(),
        gzip.compress(_SAID.encode(), mtime=0).hex(),
        _SAID.encode().hex(),
        quopri.encodestring(f"Grüße {'und so ' * 9}token={_KEY}".encode()).decode(),
        "".join(f"&#{ord(letter)};" for letter in _SAID),
        "".join(f"&#x{ord(letter):X};" for letter in _SAID),
        _KEY.replace("_", "&lowbar;"),
        "".join(f"\\u{ord(letter):04x}" for letter in _SAID),
        "".join(f"\\\\u{ord(letter):04X}" for letter in _SAID),
        "".join(f"%{byte:02X}" for byte in _SAID.encode()),
        base64.b64encode("".join(f"\\u{ord(letter):04x}" for letter in _KEY).encode()).decode(),
        f"a=%20 {'x' * 400} {_KEY[:5]}%{ord(_KEY[5]):02x}{_KEY[6:]}",
    ],
)
def test_p4_text_in_any_script_is_read_in_every_form(text: str) -> None:
    found = detecting.seen(f"see {text} there")
    assert [kind for kind, _ in found] == ["github_token"]


@pytest.mark.parametrize("name", ["percent", "html", "backslashed"])
def test_signs_lead_back_to_where_they_stand(name: str) -> None:
    spelled = {
        "percent": "".join(f"%{byte:02x}" for byte in "ü-key".encode()),
        "html": "&uuml;&#252;-&#x6b;ey",
        "backslashed": "\\u00fc-\\u006bey",
    }[name]
    text = f"a{spelled}b c"
    (view,) = views.views(text.encode(), [(name, 5)])
    start = view.text.index(b"key")
    low, high = view.back(start, start + 3)
    assert text.encode()[low:high].decode() in ("%6b%65%79", "&#x6b;ey", "\\u006bey")
    assert "ü-key" in view.text.decode()
    assert html.unescape("&#252;") == "ü"


def test_p4_what_is_not_decoded_to_its_end_counts_as_found() -> None:
    bomb = base64.b64encode(gzip.compress(b"words, " * 500_000 + _KEY.encode(), mtime=0)).decode()
    many = " ".join(base64.b64encode(f"ordinary words {place}".encode()).decode() for place in range(9_000, 11_500))
    for text in (bomb, many):
        found = detecting.findings(f"one line\n{text}\n")
        assert {one.kind for one in found} == {"several"}
        assert {one.detector for one in found} == {"secrets", "markings", "personal", "canaries"}
        assert all(one.start >= len("one line\n") for one in found)


def test_what_is_compressed_is_told_whole() -> None:
    text = base64.b64encode(gzip.compress(_KEY.encode(), mtime=0)).decode()
    assert detecting.seen(f"see {text} there") == [("github_token", text)]


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


def test_p4_what_stands_around_more_odd_letters_than_are_read_is_told_as_unread() -> None:
    data = ("\n" + "a\u200bb \uff41 and\n" * (views.MOST_FOLDED // 8) + "\n").encode()
    *shown, rest = views.views(data, [("fold", 5)])
    shown, unread = [each for each in (*shown, rest) if not each.unread], [each for each in (*shown, rest) if each.unread]
    reached = shown[-1].back(0, len(shown[-1].text))[1]
    first, last = unread[0].back(0, 0)
    assert (len(unread), last) == (1, len(data) - 1)
    assert first <= reached <= views.MOST_FOLDED + 4
    assert data[first - 1 : first] == b"\n"
