"""On what may a project be used? The declared assets of a project, as something that a tool call can be held to.

Each asset is ``kind:value``. What a value means:

- ``host:files.example`` is that host alone; ``host:*.example`` is every host below ``example``, not ``example`` itself.
- ``repository:acme/radio`` is that repository, however it is spelled (address, ``.git``); ``repository:acme/*`` all of acme's.
- ``path:/srv/radio`` is that place and everything below it.
- ``account:lab-7`` and ``verb:read`` mean just themselves; a trailing ``*`` stands for any rest (``account:lab-*``).

A kind that the project names nothing of is open. Which rule holds calls to it is a policy's question, and which
words of a tool call name such a thing is asked in ``toolcalls``.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

KINDS: Final = ("host", "repository", "path", "account", "verb")


@dataclass(frozen=True, slots=True)
class Scope:
    """The values of each kind; a kind without any is open."""

    values: dict[str, tuple[str, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, assets: Iterable[str], hosts: Iterable[str] = ()) -> Scope:
        """The scope that a standing's ``project_assets`` and ``project_hosts`` declare.

        Hosts close the kind only together with assets: alone, they say whom a provider may contact.
        """
        found: dict[str, set[str]] = {}
        for asset in assets:
            kind, _, value = asset.partition(":")
            if kind in KINDS and value:
                found.setdefault(kind, set()).add(_plain(kind, value))
        if found:
            for host in hosts:
                found.setdefault("host", set()).add(host.lower())
        return cls({kind: tuple(sorted(values)) for kind, values in found.items()})

    def open(self, kind: str) -> bool:
        """Whether nothing of this kind is declared, so that anything goes."""
        return kind not in self.values

    def holds(self, kind: str, value: str) -> bool:
        """Whether ``value`` lies in what is declared; true for an open kind."""
        declared = self.values.get(kind)
        if declared is None:
            return True
        plain = _plain(kind, value)
        return any(_matches(kind, each, plain) for each in declared)

    def spans(self, text: str) -> bool:
        """Whether a declared host, repository, path or account is named in ``text`` letter by letter."""
        return any(each.strip("*") in text for kind in KINDS[:4] for each in self.values.get(kind, ()))


def _plain(kind: str, value: str) -> str:
    value = value.strip()
    if kind in ("host", "repository", "verb"):
        value = value.lower()
    if kind == "repository":
        value = value.removesuffix("/").removesuffix(".git")
    if kind == "path":
        return normal_path(value)
    return value


def _matches(kind: str, declared: str, value: str) -> bool:
    if kind == "path":
        return declared == "/" or value == declared or value.startswith(declared + "/")
    if kind == "host":
        return value == declared or (declared.startswith("*.") and value.endswith(declared[1:]))
    if declared.endswith("*"):
        return value.startswith(declared[:-1])
    if kind == "repository":
        return value == declared or value.endswith("/" + declared)
    return value == declared


def normal_path(path: str) -> str:
    """The path with ``.``, ``..`` and doubled slashes taken out, as far as it can be told without looking; no final slash.

    A ``..`` above the root or above a relative beginning stays, so that it can match nothing that was declared.
    """
    rooted = path.startswith("/")
    kept: list[str] = []
    for part in path.split("/"):
        if part in ("", "."):
            continue
        if part == ".." and kept and kept[-1] != "..":
            kept.pop()
        elif part == ".." and rooted:
            continue
        else:
            kept.append(part)
    return ("/" if rooted else "") + "/".join(kept)
