"""What is the same thing when it is sent again? Ids of what is held, so that a release fits one thing of one caller alone."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Sequence

import msgspec

from safeconduct.terms.blocks import Block, ToolCall
from safeconduct.terms.findings import Finding
from safeconduct.terms.held import DIGITS, PREFIX

_encode = msgspec.json.Encoder(order="sorted").encode


Where = tuple[str, str, str]
"""Organization, project and model that a thing is for: how many officers it takes depends on the model."""


def of_call(key: bytes, where: Where, call: ToolCall, findings: Iterable[Finding]) -> str:
    """The id of a tool call: its name, its arguments however they are spelled, and what was found about it.

    ``key`` is the caller's own secret. INVARIANT (P9): other arguments, another tool, caller, project or model and a further
    kind of finding have another id, so a release never lets through more than what somebody looked at.
    """
    try:
        arguments = _encode(msgspec.json.decode(call.arguments or "{}"))
    except (msgspec.DecodeError, RecursionError):
        arguments = call.arguments.encode("utf-8", "surrogatepass")
    return _id(key, [b"call", *_said(where), call.name.encode("utf-8", "surrogatepass"), arguments, *_kinds(findings)])


def of_texts(key: bytes, where: Where, blocks: Sequence[Block], findings: Iterable[Finding]) -> str:
    """The id of a request: the texts that something was found in, and what. The rest of the conversation may grow."""
    found = list(findings)
    texts = {block.path: block.text for block in blocks}
    held = sorted({texts.get(each.path, each.path) for each in found})
    return _id(key, [b"texts", *_said(where), *(each.encode("utf-8", "surrogatepass") for each in held), *_kinds(found)])


def _said(where: Where) -> list[bytes]:
    return [each.encode("utf-8", "surrogatepass") for each in where]


def _kinds(findings: Iterable[Finding]) -> list[bytes]:
    return sorted({f"{each.detector}.{each.kind}".encode() for each in findings})


def _id(key: bytes, parts: Iterable[bytes]) -> str:
    """48 bits of an HMAC; parts cannot run into each other, for each tells its length."""
    said = b"".join(len(part).to_bytes(8, "big") + part for part in parts)
    return PREFIX + hmac.digest(key, b"held:" + said, "sha256").hex()[:DIGITS]
