"""Where would an act go? Hosts, repositories, paths and accounts that the arguments of a tool call name.

What the act is, is told by ``deeds``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import msgspec

from safeconduct.safeguards.tables import listed

_WHERE: Final = listed(
    "to recipient recipients cc bcc email emails address url uri host hostname endpoint webhook channel account "
    "iban user username member attendee attendees participant participants with share_with destination dest "
    "target repo repository remote path file_path bucket domain to_account recipient_account payee invitee "
    "invitees phone number wallet guest guests group team from_account server receiver"
)


class Target(msgspec.Struct, frozen=True):
    """Where an act goes: ``kind`` is ``host``, ``repository``, ``path``, ``account`` or ``name``."""

    kind: str
    value: str


def named_by(key: str, text: str) -> Iterator[Target]:
    """The targets that one argument names. Addresses and hosts count under any name, other values where the name says so."""
    if len(text) > 2_048:
        return
    hosts = list(hosts_in(text)) if len(text) <= 512 or key in _WHERE else []
    yield from hosts
    words = [each.strip("<>,;\"'()") for each in text.split()]
    for each in words:
        if _is_mail(each):
            yield Target("account", each)
    if key in _WHERE and len(text) <= 256:
        kind = "path" if key in ("path", "file_path") else "repository" if key in ("repo", "repository") else "name"
        if not hosts and not any(_is_mail(each) for each in words):
            yield Target("account" if _is_number(text) or key in _ACCOUNTS else kind, text)


_ACCOUNTS: Final = listed("account iban to_account recipient_account from_account wallet phone number user username")


def _is_mail(text: str) -> bool:
    name, at, host = text.partition("@")
    return bool(name and at) and "." in host and "/" not in host and " " not in text


def _is_number(text: str) -> bool:
    plain = text.replace(" ", "").replace("-", "").removeprefix("+")
    return len(plain) >= 6 and plain.isalnum() and sum(each.isdigit() for each in plain) * 2 >= len(plain)


def places_in(text: str) -> Iterator[Target]:
    """The hosts and mail addresses that a longer text names."""
    yield from hosts_in(text)
    for word in text.split() if "@" in text else ():
        word = word.strip("<>,;:\"'()[]")
        if _is_mail(word):
            yield Target("account", word)


def hosts_in(text: str) -> Iterator[Target]:
    """The hosts of addresses in a text: ``scheme://host``, ``user@host:path``, ``host:path`` of git."""
    at = text.find("://")
    while at >= 0:
        rest = text[at + 3 :]
        end = next((n for n, sign in enumerate(rest) if sign in " /?#\"'<>)`,;|&\\\n\t"), len(rest))
        host = rest[:end].rpartition("@")[2].partition(":")[0].lower().strip("[].")
        if host:
            yield Target("host", host)
            path = rest[end + 1 :].partition(" ")[0].partition("\n")[0].split("?")[0].split("#")[0].strip("\"' \n")
            if host in _FORGES and path.count("/") >= 1:
                yield Target("repository", "/".join(path.split("/")[:2]).removesuffix(".git"))
        at = text.find("://", at + 3)
    if "://" not in text and "@" in text and ":" in text and " " not in text and len(text) < 256:
        host, _, path = text.rpartition("@")[2].partition(":")
        if "." in host:
            yield Target("host", host.lower())
            if "/" in path:
                yield Target("repository", path.removesuffix(".git"))


_FORGES: Final = frozenset(["github.com", "gitlab.com", "bitbucket.org", "codeberg.org", "api.github.com"])
