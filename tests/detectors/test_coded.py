"""Runs of figures and letters decode to text in any script, and what is not decoded is told."""

from __future__ import annotations

import base64
import gzip

import pytest

from safeconduct.detectors import coded


@pytest.mark.parametrize("order", ["utf-8", "utf-16-le", "utf-16-be"])
def test_a_place_in_the_text_leads_back_to_its_figures(order: str) -> None:
    said = "вот слово key-abc-9, и ещё, and some more of it"
    run = base64.b64encode(said.encode(order)).decode()
    data = f" {run} ".encode()
    (one,) = coded.base64(data, [len(run) + 2])
    start = one.text.index(b"key-abc-9")
    low, high = one.back(start, start + 9)
    around = base64.b64decode(run[(low - 1) // 4 * 4 : -(-(high - 1) // 4) * 4])
    assert "key-abc-9".encode(order) in around
    assert len(around) < len("key-abc-9".encode(order)) + 8


def test_what_is_no_text_is_let_go() -> None:
    noise = bytes(place * 37 % 251 for place in range(90))
    assert list(coded.base64(b" " + base64.b64encode(noise) + b" ", [122])) == []
    assert list(coded.hexadecimal(b" " + noise.hex().encode() + b" ", [182])) == []


def test_compressed_data_grows_to_a_bound_and_says_so() -> None:
    run = base64.b64encode(gzip.compress(b"a" * (coded.MOST_INFLATED + 1), mtime=0))
    (one,) = coded.base64(b" " + run + b" ", [len(run) + 2])
    assert (len(one.text), one.unread, one.back(3, 9)) == (coded.MOST_INFLATED, True, (1, len(run) + 1))
    run = base64.b64encode(gzip.compress(b"a" * 100, mtime=0))
    (one,) = coded.base64(b" " + run + b" ", [len(run) + 2])
    assert (len(one.text), one.unread) == (100, False)


def test_more_runs_than_are_read_are_told_from_their_line_on() -> None:
    run = b"6b65792d6162632d31 "
    data = b"\nfirst\n" + run * (coded.MOST_SHOWN + 5) + b"\n"
    ends = [7 + len(run) * place for place in range(1, coded.MOST_SHOWN + 6)]
    shown = list(coded.hexadecimal(data, ends))
    assert len(shown) == coded.MOST_SHOWN + 1
    assert shown[-1].unread
    assert shown[-1].back(0, 0) == (7, len(data) - 1)
