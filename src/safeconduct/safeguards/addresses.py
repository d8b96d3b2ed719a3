"""In which address does a place of a text stand, and which host would learn of it? As people, Markdown and HTML write addresses.

An address is read as generously as any program that shows texts would: after ``](``, in ``src=``, without a scheme, with its end
not yet there. Whose host it is, and what follows from it, is asked in ``placing``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from safeconduct.safeguards.tables import listed

LONGEST: Final = 2_048  # characters of an address before its host is over, and of what is remembered of an open one
MOST: Final = 64  # addresses of one text that are looked at
UNREAD: Final = "?"  # instead of a host that cannot be told; nobody names it
_MARKS: Final = ("//", "http:", "https:", "www.", "](", "]:", "src=", "href=", "url(")
_QUOTED: Final = {"<": ">", '"': '"', "'": "'"}
_CLOSERS: Final = frozenset(" \t\r\n\"'<>`")
_ENDS: Final = frozenset("/?#") | _CLOSERS
_LETTERS: Final = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-._")
_WEB: Final = frozenset(["", "http", "https", "ws", "wss", "ftp"])
# Endings that names of files have more often than hosts.
FILES: Final = listed(
    "py js ts jsx tsx mjs cjs json jsonl toml yaml yml md txt sh bash rs go c h cc cpp hpp java kt rb php cs css scss html htm "
    "xml csv tsv sql lock log cfg conf ini env pem key crt png jpg jpeg svg gif pdf zip tar gz tgz whl so dll exe bin dat db "
    "sqlite ipynb lua pl swift scala ex exs erl tf tfvars properties gradle vue svelte sample bak tmp out diff patch map wasm"
)


class Address(msgspec.Struct, frozen=True):
    """An address around a place: its ``host``, :data:`UNREAD` where that cannot be told; empty where it may be yet to come.

    ``start`` is where it begins in the text and ``end`` where what was read of it ends. ``web``: programs go there of
    themselves when they show it. ``inside``: the place stands in what leads to the host, not behind it.
    """

    host: str
    start: int
    end: int
    web: bool = True
    inside: bool = False


def around(text: str, start: int, end: int, *, whole: bool) -> Address | None:
    """The address that ``start`` to ``end`` of a text stand in. ``whole``: nothing is added to the text any more."""
    at, mark = _begun(text, start)
    if at < 0:
        return None
    slashes = text.find("//", at, start)
    if slashes < 0 and mark == "www.":
        slashes = at - 2
    if slashes < -1 or (slashes < 0 and mark != "www."):
        if any(sign in text[at:start].lower() for sign in ("http", "&", "\\")):
            return Address(UNREAD, at, end)
        return None  # it names a place beside the page that shows it
    first = slashes + 2
    scheme = text[at:slashes].rpartition("(")[2].strip("<\"' ").removesuffix(":").lower() if slashes > at else ""
    stop = next((n for n in range(first, min(start, first + LONGEST)) if text[n] in _ENDS), -1)
    web = scheme in _WEB
    if stop >= 0:
        return Address(_host(text[first:stop]), at, end, web)
    if start - first >= LONGEST:
        return Address(UNREAD, at, end, web)
    stop = next((n for n in range(end, min(len(text), end + LONGEST)) if text[n] in _ENDS), -1)
    if stop < 0 and not whole and len(text) < end + LONGEST:
        return Address("", at, end, web, inside=True)
    stop = len(text) if stop < 0 else stop
    return Address(_host(text[first:stop]), at, stop, web, inside=True)


def open_at_end(text: str) -> str:
    """The beginning of the address that a text ends in the middle of; empty where it ends in none."""
    at, _ = _begun(text, len(text))
    return text[at : at + LONGEST] if at >= 0 else ""


def _begun(text: str, end: int) -> tuple[int, str]:
    """Where the first address begins that is not over at ``end``, and what tells it; -1 where there is none."""
    low = text[:end].lower()
    line = low.rfind("\n") + 1
    best, told = -1, ""
    for mark in _MARKS:
        at = low.find(mark, 0 if mark in ("src=", "href=") else line)
        for _ in range(MOST):
            if at < 0 or (0 <= best <= at):
                break
            begin = _scheme(low, at) if mark == "//" else at
            if not _over(low, begin, at + len(mark), mark):
                best, told = begin, mark
                break
            at = low.find(mark, at + 1)
        else:
            if at >= 0 and best < 0:  # more than is looked at
                best, told = at, mark
    return best, told


def _scheme(text: str, at: int) -> int:
    """Where the scheme before two slashes begins."""
    begin = at
    if text[at - 1 : at] == ":":
        begin -= 1
        while begin > 0 and (text[begin - 1].isalnum() or text[begin - 1] in "+-.") and at - begin < 32:
            begin -= 1
    return begin


def _over(text: str, begin: int, at: int, mark: str) -> bool:
    """Whether an address that begins there is over before the text is."""
    if mark in ("](", "]:", "src=", "href=", "url("):
        while at < len(text) and text[at] in " \t":
            at += 1
        opened = text[at : at + 1]
        at += opened in _QUOTED
    else:
        opened = text[begin - 1 : begin] if begin else ""
    closer = _QUOTED.get(opened, "")
    if closer:
        return text.find(closer, at) >= 0 or ("\n" in text[at:] and not mark.endswith("="))
    return any(sign in _CLOSERS for sign in text[at:])


def _host(authority: str) -> str:
    """The host of an authority; :data:`UNREAD` where programs could differ about it."""
    if "\\" in authority or "&" in authority or "," in authority:
        return UNREAD
    host = authority.rpartition("@")[2].rstrip(")],;").lower()
    if host.startswith("["):
        return host.partition("]")[0].strip("[]") or UNREAD
    host = host.partition(":")[0].rstrip(".")
    return host if host and _LETTERS.issuperset(host) else UNREAD


def hosts(text: str) -> Iterator[str]:
    """The hosts of all addresses in a text that are written with two slashes."""
    at = text.find("//")
    for _ in range(MOST):
        if at < 0:
            return
        stop = next((n for n in range(at + 2, min(len(text), at + 2 + LONGEST)) if text[n] in _ENDS), len(text))
        if stop > at + 2 and (text[at - 1 : at] == ":" or "." in text[at + 2 : stop]):
            yield _host(text[at + 2 : stop])
        at = text.find("//", at + 2)
    if at >= 0:
        yield UNREAD


def dotted(text: str) -> Iterator[tuple[str, bool]]:
    """The words of a text that read like hosts, and whether each reads more like a name of a file."""
    for word in "".join(sign if sign.lower() in _LETTERS else " " for sign in text).lower().split():
        word = word.strip(".-_")
        last = word.rpartition(".")[2]
        if "." in word and ((last.isalpha() and len(last) > 1) or word.replace(".", "").isdigit()) and ".." not in word:
            yield word, last in FILES
