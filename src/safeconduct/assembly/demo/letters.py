"""Which documents make the four states? The letters as files of this package, with annexes written for a population."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field
from importlib import resources

from safeconduct.assembly.demo.population import Population
from safeconduct.assembly.demo.verdicts import State


@dataclass(frozen=True, slots=True)
class Letter:
    """An instrument's text and its annexes by file name."""

    id: str
    text: str = field(repr=False)
    annexes: dict[str, str] = field(default_factory=dict, repr=False)


def letters(population: Population) -> dict[State, tuple[Letter, ...]]:
    """The documents that bring each state about."""
    partners = _annex((each.id, scope) for each in population.organizations for scope in each.partner)
    listed = _annex((each.id, scope) for each in population.organizations for scope in each.listed)
    return {
        State.AUTHORIZED: (_letter("fable-terms"), _letter("mythos-partners", {"partners.csv": partners})),
        State.LETTER: (_letter("us-bis-2026-06-12"),),
        State.EXEMPTION: (_letter("us-bis-2026-06-26", {"annex-a.csv": listed}),),
        State.LIFTED: (_letter("us-bis-2026-06-30"),),
    }


def _annex(lines: Iterable[tuple[str, str]]) -> str:
    return "".join(["organization,scope\n", *(f"{name},{scope}\n" for name, scope in lines)])


def _letter(name: str, annexes: dict[str, str] | None = None) -> Letter:
    text = resources.files("safeconduct.assembly.demo").joinpath("program", f"{name}.toml").read_text("utf-8")
    for file, content in (annexes or {}).items():
        text = text.replace(f"@{file}@", hashlib.sha256(content.encode()).hexdigest())
    return Letter(name, text, annexes or {})
