"""What does a text say that a person does not see? Hidden and encoded passages, made readable.

Whether what they say is an instruction is asked in ``provenance``. Everything is bounded: passages, their lengths, and the
depth to which something decoded is decoded again.
"""

from __future__ import annotations

import binascii
import codecs
from base64 import b64decode
from collections.abc import Iterator
from typing import Final

import msgspec

from safeconduct.safeguards.tables import listed
from safeconduct.safeguards.verbs import acts_in

MOST: Final = 64  # passages of one text
LONGEST: Final = 8_192  # characters of one passage
MOST_DECODED: Final = 16  # attempts at base64 or hex in one text
_TAGS_FROM, _TAGS_TO = 0xE0020, 0xE007E  # Unicode tag characters for ASCII (Unicode 16, table of Tags)
_INVISIBLE: Final = frozenset("\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e")
_BIDI: Final = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# How all of these begin in UTF-8: a quick look, since most texts hold none.
_MARKS: Final = (b"\xf3\xa0\x80", b"\xf3\xa0\x81", b"\xe2\x80", b"\xe2\x81", b"\xef\xbb\xbf", b"\xc2\xad", b"\xe1\xa0\x8e")
_STYLES: Final = (
    "display:none",
    "visibility:hidden",
    "font-size:0",
    "font-size:1px",
    "opacity:0",
    "color:#fff",
    "color:white",
    "color:transparent",
    "color:rgb(255,255,255)",
    "left:-9999",
    "text-indent:-9999",
    "height:0",
)
_PROPERTIES: Final = tuple((style.partition(":")[0], style) for style in _STYLES)
_BASE64: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_=")
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class Passage(msgspec.Struct, frozen=True):
    """``how`` names the cover: ``tags``, ``zero_width``, ``bidi``, ``comment``, ``style``, ``base64``, ``hex``, ``percent``,
    ``rot13``.
    """

    how: str
    text: str
    start: int
    end: int


def passages(text: str) -> list[Passage]:
    """The passages of a text that are hidden or encoded, readable; at most ``MOST``."""
    found: list[Passage] = []
    if not text.isascii():
        found += _unseen(text)
    if "<" in text or "[//]" in text:
        found += _comments(text)
        found += _styled(text)
    found += _encoded(text)
    found += _rotated(text)
    return found[:MOST]


def _unseen(text: str) -> Iterator[Passage]:
    raw = text.encode("utf-8", "surrogatepass")
    if not any(each in raw for each in _MARKS):
        return
    tagged = b"\xf3\xa0" in raw
    tags = [at for at, sign in enumerate(text) if _TAGS_FROM <= ord(sign) <= _TAGS_TO] if tagged else []
    if len(tags) >= 4:
        said = "".join(chr(ord(text[at]) - 0xE0000) for at in tags[:LONGEST])
        yield Passage("tags", said, tags[0], tags[-1] + 1)
    inside = 0
    if any(sign in text for sign in _INVISIBLE):
        places = range(1, len(text) - 1)
        inside = sum(1 for at in places if text[at] in _INVISIBLE and text[at - 1].isalpha() and text[at + 1].isalpha())
    if inside >= 4:
        plain = "".join(sign for sign in text[:LONGEST] if sign not in _INVISIBLE)
        yield Passage("zero_width", plain, 0, min(len(text), LONGEST))
    for sign in _BIDI:
        at = text.find(sign)
        if at >= 0:
            end = _line_end(text, at)
            yield Passage("bidi", text[at:end].strip("".join(_BIDI))[::-1], at, end)
            break


def _comments(text: str) -> Iterator[Passage]:
    for opening, closing, how in (("<!--", "-->", "comment"), ("[//]: # (", ")\n", "comment")):
        at = text.find(opening)
        for _ in range(MOST):
            if at < 0:
                break
            end = text.find(closing, at)
            end = min(end if end >= 0 else len(text), at + LONGEST)
            yield Passage(how, text[at + len(opening) : end].strip(), at, end)
            at = text.find(opening, end)


def _styled(text: str) -> Iterator[Passage]:
    """Elements whose own style makes them invisible; what stands up to the end of the element."""
    low = text.lower()
    plain = low.replace(" ", "").replace("\n", "").replace("\t", "")
    styles = [style for name, style in _PROPERTIES if name in low and style in plain]
    if not styles and "hidden" not in low:
        return
    at = text.find("<")
    for _ in range(MOST * 8):
        if at < 0:
            return
        close = text.find(">", at)
        if close < 0 or close - at > 1_024:
            at = text.find("<", at + 1)
            continue
        tag = text[at:close].lower()
        if "style" in tag or "hidden" in tag:  # most tags have neither
            tag = "".join(tag.split())
        if ("hidden" in tag or any(style in tag for style in styles)) and "font-size:0." not in tag and "opacity:0." not in tag:
            end = text.find("</", close)
            end = min(end if end >= 0 else len(text), close + LONGEST)
            yield Passage("style", text[close + 1 : end].strip(), at, end)
        at = text.find("<", close)


def _encoded(text: str) -> Iterator[Passage]:
    tried = 0
    at = 0
    words = text.split()
    if max(map(len, words), default=0) < 24:
        return
    escaped = text.count("%") >= 8
    for word in words:
        if len(word) >= 24:
            word = word.strip("\"'`(),;:<>.")
            at = max(at, text.find(word, at))
            said = _decoded(word[:LONGEST]) or (_unquoted(word[:LONGEST]) if escaped else None)
            if said:
                yield Passage(said[0], said[1], at, at + len(word))
            tried += 1
            if tried == MOST_DECODED:
                return


def _decoded(word: str) -> tuple[str, str] | None:
    if len(word) < 24:
        return None
    signs = set(word)
    if signs <= _HEX and len(word) % 2 == 0:
        said = _readable(bytes.fromhex(word))
        return ("hex", said) if said else None
    if signs <= _BASE64:
        raw = word.rstrip("=").replace("-", "+").replace("_", "/")
        try:
            said = _readable(b64decode(raw + "=" * (-len(raw) % 4)))
        except (binascii.Error, ValueError):
            return None
        return ("base64", said) if said else None
    return None


def _unquoted(word: str) -> tuple[str, str] | None:
    """A text of which half or more is percent-encoded (RFC 3986, 2.1)."""
    if word.count("%") * 6 < len(word):
        return None
    first, *rest = word.split("%")
    data = bytearray(first.encode("utf-8", "surrogatepass"))
    for each in rest:
        if not _HEX.issuperset(each[:2]) or len(each) < 2:
            return None
        data.append(int(each[:2], 16))
        data += each[2:].encode("utf-8", "surrogatepass")
    said = _readable(bytes(data))
    return ("percent", said) if said else None


def _readable(data: bytes) -> str:
    """The text, if it is words; empty otherwise."""
    try:
        said = data.decode()
    except UnicodeDecodeError:
        return ""
    words = said.split()
    if len(words) < 3 or not all(sign.isprintable() or sign in "\n\t" for sign in said):
        return ""
    return said


def _rotated(text: str) -> Iterator[Passage]:
    """Lines that speak of acts in English only after ROT13. Ordinary words turned around are no words."""
    at = 0
    low = text[:65_536].lower()
    if not any(each in low for each in _ROTATED):
        return
    for line in text[:65_536].splitlines(keepends=True):
        words = line.split()
        if len(words) >= 4 and line.isascii():
            turned = codecs.encode(line, "rot13").lower()
            if sum(1 for word in turned.split() if word.strip(".,:;!?") in _COMMON) * 5 >= len(words) and acts_in(turned):
                plain = sum(1 for word in line.lower().split() if word.strip(".,:;!?") in _COMMON)
                if plain * 8 < len(words):
                    yield Passage("rot13", turned.strip(), at, at + len(line))
        at += len(line)


def _line_end(text: str, at: int) -> int:
    end = text.find("\n", at)
    return end if 0 <= end <= at + LONGEST else min(len(text), at + LONGEST)


_ROTATED: Final = (
    " gur ",
    " gb ",
    " naq ",
    " lbhe ",
    " jvgu ",
    "cyrnfr ",
    " sebz ",
    " guvf ",
)  # the, to, and, your, with, please, from, this
_COMMON: Final = listed(
    "the a an of to and in is it you that for on with as are this be at your all from or have by not but what we "
    "can please send user my me now then every any out up data file files email list password key delete share "
    "open"
)
