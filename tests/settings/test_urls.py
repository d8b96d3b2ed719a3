"""URLs of those whom we call."""

from __future__ import annotations

import pytest

from safeconduct.settings.urls import url_fault


@pytest.mark.parametrize("url", ["https://host.example", "http://127.0.0.1:8463/w1", "https://[::1]:1/a/b"])
def test_a_host_and_a_path_will_do(url: str) -> None:
    assert url_fault(url) == ""


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "http or https"),
        ("host.example", "http or https"),
        ("ftp://host.example", "http or https"),
        ("https://", "http or https"),
        ("https://a b", "spaces"),
        ("https://h\u00f6st", "ASCII"),
        ("https://host:99999", "cannot be read"),
        ("https://host:0", "port 0"),
        ("https://me:secret@host", "credential"),
        ("https://host?q=1", "query"),
        ("https://host#f", "fragment"),
    ],
)
def test_anything_else_is_told(url: str, why: str) -> None:
    assert why in url_fault(url)
