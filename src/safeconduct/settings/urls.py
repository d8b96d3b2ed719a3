"""Can this URL name somebody whom we call?"""

from __future__ import annotations

from urllib.parse import urlsplit


def url_fault(url: str) -> str:
    """Why a URL of somebody whom we call cannot be used; empty when it can."""
    if not url.isascii() or not url.isprintable() or " " in url:
        return "the URL has spaces or characters beyond ASCII"
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "the host or port of the URL cannot be read"
    if port == 0:
        return "the URL names port 0"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "the URL needs http or https and a host"
    if parts.username or parts.password:
        return "the URL carries a credential"
    if parts.query or parts.fragment:
        return "the URL carries a query or a fragment"
    return ""
