"""Is this reasoning really ours, unchanged? Signatures and encrypted items that a client must bring back byte for byte.

The key is public on purpose: a simulator has nothing to protect. It only has to notice that a gateway or a client
altered what it should have carried unread, as the real providers do.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

_KEY = b"safeconduct simulated provider, no secret"
_MARK = b"simulated:"


def sign(text: str) -> str:
    """A signature over a thinking text, base64."""
    return base64.b64encode(_MARK + hmac.digest(_KEY, text.encode("utf-8", "surrogatepass"), hashlib.sha256)).decode()


def signed(text: str, signature: str) -> bool:
    """Whether ``sign`` made this signature for exactly this text."""
    return hmac.compare_digest(sign(text).encode(), signature.encode("utf-8", "surrogatepass"))


def wrap(text: str) -> str:
    """An opaque item that carries a text and proves on return that nobody touched it."""
    body = text.encode("utf-8", "surrogatepass")
    return base64.b64encode(_MARK + hmac.digest(_KEY, body, hashlib.sha256) + body).decode()


def wrapped(item: str) -> bool:
    """Whether an opaque item came from ``wrap`` and is unchanged."""
    try:
        blob = base64.b64decode(item.encode("utf-8", "surrogatepass"), validate=True)
    except binascii.Error:
        return False
    head, body = blob[: len(_MARK) + 32], blob[len(_MARK) + 32 :]
    return hmac.compare_digest(head, _MARK + hmac.digest(_KEY, body, hashlib.sha256))
