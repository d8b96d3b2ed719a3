"""Is this body JSON that every reader reads the same way? Strict parsing (P3); what the fields mean is the dialects' part.

INVARIANT P3 (what was inspected is what is sent): a body that two parsers could read differently is refused. Duplicate
names, NaN and Infinity, invalid UTF-8, a byte order mark, lone surrogates, numbers no double can hold, nesting beyond
``MAX_DEPTH`` and bytes after the value are errors. I-JSON (RFC 7493 section 2) names the same hazards.

How the fast path proves it: ``encode(decode(raw)) == raw``. The encoder never writes a name twice nor an odd escape, so
equality shows that the raw bytes are exactly the tree, token for token. Official clients send compact JSON, so nearly
every body ends here. Only when the bytes differ (white space, escapes, number spelling) are names checked one by one.
"""

from __future__ import annotations

import json
from typing import Any, NoReturn

import msgspec

MAX_DEPTH = 64  # far above what SDK types can nest; far below where readers differ or stacks end
MAX_PARTS = 500_000  # members and elements in one body; a million-token request stays well below
LARGE = 1 << 20  # bodies above this are bounded before decoding and compared piece by piece
PIECE = 1 << 18  # largest copy made while comparing a large body

_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode
_members = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_elements = msgspec.json.Decoder(list[msgspec.Raw]).decode


class Malformed(Exception):
    """A body that cannot be read: stable ``code``, ``where`` as a JSON path, one ``sentence``, and how to ``mend`` it."""

    def __init__(self, code: str, where: str, sentence: str, mend: str) -> None:
        super().__init__(f"{where}: {sentence} {mend}")
        self.code = code
        self.where = where
        self.sentence = sentence
        self.mend = mend


def loads(raw: bytes) -> dict[str, Any]:
    """Decode one JSON object strictly. Integers stay exact, other numbers become doubles.

    Raises :class:`Malformed` with code ``invalid_json``, ``invalid_utf8``, ``byte_order_mark``, ``lone_surrogate``,
    ``number_out_of_range``, ``duplicate_key``, ``too_deep``, ``too_many_parts`` or ``not_an_object``.
    """
    if len(raw) > LARGE:
        _bound_parts(raw)
    try:
        tree = _decode(raw)
    except RecursionError:
        _too_deep()
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        _explain(raw, error)
    if type(tree) is not dict:
        raise Malformed("not_an_object", "$", "The request body is JSON, but not an object.", "Send one JSON object.")
    _bound_depth(tree)
    if not (_same_large(raw, tree) if len(raw) > LARGE else _encode(tree) == raw):
        _refuse_duplicates(raw, tree)
    return tree


def doubled(raw: bytes, tree: dict[str, Any]) -> bool:
    """Whether any object of an answer, read leniently as ``tree``, has a name twice, so that readers differ about its value."""
    if _encode(tree) == raw:
        return False
    try:
        _refuse_duplicates(raw, tree)
    except (Malformed, ValueError, RecursionError, msgspec.MsgspecError):
        return True
    return False


def _bound_depth(tree: dict[str, Any]) -> None:
    """Walk level by level; only containers are kept, so the walk is cheap and cannot overflow a stack."""
    level: list[Any] = [tree]
    for _ in range(MAX_DEPTH):
        level = [
            child
            for node in level
            for child in (node.values() if type(node) is dict else node)
            if type(child) is dict or type(child) is list
        ]
        if not level:
            return
    _too_deep()


def _too_deep() -> NoReturn:
    raise Malformed(
        "too_deep",
        "$",
        f"The request body is nested more than {MAX_DEPTH} levels deep.",
        "Flatten it, or send deep data as one string.",
    )


def _refuse_duplicates(raw: bytes, tree: dict[str, Any]) -> None:
    """The bytes are valid JSON but not compact: prove that no name occurs twice, else raise."""
    if msgspec.json.format(raw, indent=-1) == _encode(tree):
        return  # nothing but white space differs
    json.loads(raw.decode(), object_pairs_hook=_unique)


def _unique(pairs: list[tuple[str, Any]]) -> None:
    names = set()
    for name, _ in pairs:
        if name in names:
            raise Malformed(
                "duplicate_key",
                f"$..{name[:64]!r}",
                f"The name {name[:64]!r} occurs twice in one JSON object, so its value is ambiguous.",
                "Send each name once.",
            )
        names.add(name)


def _same_large(raw: bytes, tree: dict[str, Any]) -> bool:
    """``encode(tree) == raw`` for a large body, without a second copy of it.

    Containers are taken apart with zero-copy slices. The lengths of the parts plus punctuation can only add up to the
    length of the whole when there is no white space and no dropped duplicate, because the encoder's spelling of a
    name is its shortest. A long ASCII string that is exactly its text plus two quotes holds no escapes.
    """
    pieces: list[tuple[Any, Any]] = [(raw, tree)]
    budget = 8 * len(raw)  # real bodies need about four passes; a crafted one must not buy more work than this
    while pieces:
        piece, node = pieces.pop()
        size = len(piece)
        budget -= size
        if budget < 0:
            return _encode(tree) == raw
        if size <= PIECE:
            if _encode(node) != memoryview(piece):
                return False
        elif type(node) is dict:
            members = _members(piece)
            if size != max(2, 1 + sum(len(_encode(name)) + 2 + len(part) for name, part in members.items())):
                return False
            pieces.extend((part, node[name]) for name, part in members.items())
        elif type(node) is list:
            elements = _elements(piece)
            if size != max(2, 1 + sum(len(part) + 1 for part in elements)):
                return False
            pieces.extend(zip(elements, node, strict=True))
        elif not (type(node) is str and node.isascii() and size == len(node) + 2) and _encode(node) != memoryview(piece):
            return False
    return True


def _bound_parts(raw: bytes) -> None:
    """Refuse a large body with so many members that decoding it would cost many times its own size."""
    if raw.count(b",") + raw.count(b"{") + raw.count(b"[") <= MAX_PARTS:
        return
    bare = raw.replace(b"\\\\", b"").replace(b'\\"', b"")
    parts = bare.count(b'"') // 4
    if parts <= MAX_PARTS:
        outside = b"".join(bare.split(b'"')[::2])
        parts = outside.count(b",") + outside.count(b"{") + outside.count(b"[")
    if parts > MAX_PARTS:
        raise Malformed(
            "too_many_parts",
            "$",
            f"The request body holds more than {MAX_PARTS:,} JSON values.",
            "Send large data as one string or as a file.",
        )


def _explain(raw: bytes, error: Exception) -> NoReturn:
    """Turn a decoder's error into one clear sentence; the body is read again, but only on the way to a refusal."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raise Malformed("byte_order_mark", "$", "The request body starts with a byte order mark.", "Send UTF-8 without one.")
    try:
        text = raw.decode()
    except UnicodeDecodeError as bad:
        raise Malformed(
            "invalid_utf8", "$", f"The request body is not valid UTF-8 at byte {bad.start}.", "Encode it as UTF-8."
        ) from None
    if "out of range" in str(error):
        raise Malformed(
            "number_out_of_range", "$", "The request body holds a number out of range.", "Send it as a string, or smaller."
        )
    try:
        json.loads(text, parse_constant=_refuse_constant, parse_int=_pass, parse_float=_pass)
    except RecursionError:
        _too_deep()
    except ValueError:
        raise Malformed("invalid_json", "$", f"The request body is not valid JSON: {error}.", "Send one JSON object.") from None
    raise Malformed(
        "lone_surrogate",
        "$",
        "The request body holds half of a UTF-16 surrogate pair, which is no character.",
        "Remove it or send the whole character.",
    )


def _refuse_constant(name: str) -> NoReturn:
    raise Malformed("invalid_json", "$", f"The request body holds {name}, which is not JSON.", "Send null or a number.")


def _pass(digits: str) -> str:
    return digits
