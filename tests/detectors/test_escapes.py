"""Escapes read as what they stand for, wherever they stand, and lead back."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from safeconduct.detectors import escapes

_SIGNS = {escapes.percent: b"%", escapes.quoted: b"=", escapes.html: b"&", escapes.backslashed: b"\\", escapes.joints: b"\"'`"}
_READ = [
    (escapes.percent, "%6Bey%C3%BC%zz %4", "keyü%zz %4"),
    (escapes.quoted, "k=3Dey=\r\n-=C3=BC==", "k=ey-ü=="),
    (escapes.html, "&#107;&#x65;y&lowbar;&#1087;&nix;&#;&", "key_п&nix;&#;&"),
    (escapes.backslashed, "\\u006b\\\\\\u0065y\\/\\u4e2d\\n\\u00g0", "key/中\\n\\u00g0"),
    (escapes.joints, '"ke" + "y"."z" and "a", "b"', '"keyz" and "a", "b"'),
]


@pytest.mark.parametrize(("find", "written", "reads"), _READ)
def test_it_reads_as_what_it_stands_for(find: Callable[..., escapes.Pieces], written: str, reads: str) -> None:
    ((text, back, unread),) = escapes.read(written.encode(), find, _SIGNS[find], solid=False)
    assert text.decode() == reads
    assert back(0, len(text)) == (0, len(written.encode()))
    assert not unread


def test_places_that_lie_apart_are_read_apart_and_many_of_them_together() -> None:
    far = ("%41" + "x" * 300 + " ") * 3
    assert [text for text, _, _ in escapes.read(far.encode(), escapes.percent, b"%", solid=True)] == [b"A" + b"x" * 300] * 3
    far = ("%41" + "x" * 300 + " ") * (escapes.CLUSTERS + 2)
    ((text, back, _),) = escapes.read(far.encode(), escapes.percent, b"%", solid=True)
    assert text.decode() == far.replace("%41", "A").rstrip()
    assert back(302, 303) == (304, 307)


def test_without_any_nothing_is_read() -> None:
    for find, _, _ in _READ:
        assert list(escapes.read(b"nothing here", find, _SIGNS[find], solid=False)) == []


@pytest.mark.parametrize(("find", "sign"), [(escapes.percent, "%41"), (escapes.joints, '"+"'), (escapes.html, "&#65;")])
def test_p4_what_lies_behind_more_signs_than_are_looked_at_is_told_as_unread(
    find: Callable[..., escapes.Pieces], sign: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(escapes, "MOST_SIGNS", 60_000)
    flood = ("x" + sign * 20 + "y\n") * 5_000
    data = ("\n" + flood + "\n").encode()
    (_, unread_back, unread), *shown = escapes.read(data, find, _SIGNS[find], solid=False)
    first, last = unread_back(0, 0)
    assert unread
    assert last == len(data) - 1
    assert data[first - 1 : first] == b"\n"
    assert shown
    assert not any(each[2] for each in shown)
    reached = max(back(0, len(text))[1] for text, back, _ in shown)
    assert first <= reached <= first + len(sign) * 25 + escapes.SPAN  # nothing lies between what was read and what is told
    assert reached < len(data) - 50_000
