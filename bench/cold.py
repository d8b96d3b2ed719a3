"""What does the first decision for a caller cost? ``python -m bench.cold``: CPU per decision, of a known class and of a new one.

A cold caller has no session here: the standing is put together and the question decided. Of a known class, somebody who looks
the same to the engine was decided before; of a new class, nobody was. Everything is in memory: no person is read from disk.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from safeconduct.exchange.rules import Rules
from safeconduct.exchange.sessions import Class
from safeconduct.exchange.view import View
from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.office.enacting import steps_to_enact
from safeconduct.registry.changes import Change
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER, SECOND, parse
from safeconduct.terms.standing import Model

NOW = parse("2026-06-20T12:00:00Z")
PEOPLE = 2_000
MODEL = Model("claude-fable-5", "anthropic", "fable", frozenset({"messages"}), "frontier", "fable", "Fable 5")
QUESTION: Class = (MODEL.id, "messages", "generate", True, frozenset(), frozenset(), ())
TERMS = """[instrument]
id = "terms"
authority = "provider"
kind = "program_terms"
effective = 2026-06-01T00:00:00Z
[[rule]]
id = "everyone"
effect = "permit"
models = ["claude-fable-5"]
cohort = 'principal.employed_there'
"""
LETTER = """[instrument]
id = "letter"
authority = "provider"
kind = "requirement"
effective = 2026-06-12T00:00:00Z
[[rule]]
id = "foreign"
effect = "forbid"
models = ["claude-fable-5"]
cohort = 'principal.us_person.ear != "yes"'
say = "A license is required."
"""


def registry() -> Registry:
    """A few thousand people with a key each, and two instruments in force."""
    made = Registry(b"a key for the pseudonyms")

    def act(one: acts.Act, actor: str = "officer-a") -> None:
        for draft in plan(one, made, actor, NOW).changes:
            made.apply(Change(made.version + 1, draft.at, draft.actor, draft.kind, draft.subject, draft.body))

    act(acts.RegisterAuthority("provider", "Provider"))
    act(acts.RegisterOrganization("acme", "Acme"))
    act(acts.CatalogModel(MODEL))
    for name, text in (("terms", TERMS), ("letter", LETTER)):
        for step in steps_to_enact(name, 1, text, by="officer-a", second="officer-b"):
            act(step.act, step.actor)
    until = NOW + 10_000_000 * SECOND
    for number in range(PEOPLE):
        person = f"p{number}"
        act(acts.RegisterPerson(person, "acme"))
        act(acts.RecordFact(person, "us_citizen", "yes", "hr", "verifier", "document", NOW - SECOND, until))
        act(acts.RecordFact(person, "employed_there", True, "hr", "verifier", "document", NOW - SECOND, until, "acme"))
        act(acts.IssueKey(f"k{number}", number.to_bytes(32, "big"), "person", person, "acme", ends=FOREVER))
    return made


def main() -> None:
    view = View(registry(), Rules(), b"c" * 32, lambda _: None, NOW)
    digests = [number.to_bytes(32, "big") for number in range(PEOPLE)]

    def decide(digest: bytes) -> None:
        session = view.session(digest, NOW)
        assert session is not None
        resolved = view._decide(session, QUESTION, NOW)  # noqa: SLF001 - without a request to read
        assert resolved.decision.permits

    def decide_anew(digest: bytes) -> None:
        assert view.policy is not None
        view.policy._verdicts.clear()  # noqa: SLF001 - nobody like this was asked about before
        decide(digest)

    def look_up(digest: bytes) -> None:
        assert view.session(digest, NOW) is not None

    for words, ask in (("standing alone", look_up), ("known class", decide), ("new class", decide_anew)):
        view._sessions.clear()  # noqa: SLF001 - everybody is cold
        print(f"{words:16} {_each(ask, digests):7.1f} us CPU a caller")


def _each(ask: Callable[[bytes], None], digests: list[bytes]) -> float:
    begun = time.process_time()
    for digest in digests:
        ask(digest)
    return (time.process_time() - begun) / len(digests) * 1e6


if __name__ == "__main__":
    main()
