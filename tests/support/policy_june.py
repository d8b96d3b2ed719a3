"""The four legal states of June 2026 as instruments, and callers to put to them."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import Instrument, read
from safeconduct.instruments.force import Held
from safeconduct.policy.decide import Policy
from safeconduct.terms.moments import FOREVER, Moment, parse
from safeconduct.terms.standing import FactState, FactStatus, FactValue, Model, Standing

MYTHOS = Model(
    id="claude-mythos-5",
    upstream="anthropic",
    served_as="claude-mythos-5",
    dialects=frozenset({"messages"}),
    tier="restricted",
    family="mythos",
    display_name="Claude Mythos 5",
    aliases=("mythos",),
)
FABLE = replace(
    MYTHOS,
    id="claude-fable-5",
    served_as="claude-fable-5",
    tier="public",
    family="fable",
    display_name="Claude Fable 5",
    aliases=(),
)
CODEX = Model(
    id="gpt-5.6-cyber",
    upstream="openai",
    served_as="gpt-5.6-cyber",
    dialects=frozenset({"chat", "responses"}),
    tier="restricted",
    family="gpt",
    display_name="GPT-5.6 Cyber",
)
MODELS = (MYTHOS, FABLE, CODEX)

GLASSWING = """
[instrument]
id = "glasswing"
authority = "anthropic"
kind = "authorization"
effective = 2026-06-09T00:00:00Z

[[rule]]
id = "partners"
effect = "permit"
models = ["claude-mythos-5"]
cohort = 'principal.organization in Annex::"partners"'
duties = [{ name = "cap", value = "max_output_tokens=4000" }]

[[rule]]
id = "everyone"
effect = "permit"
models = ["family:fable"]
cohort = 'true'

[[annex]]
id = "partners"
file = "partners.csv"
sha256 = "@partners.csv@"
"""
PARTNERS = b"organization,scope\nacme,and contractors\nborealis,\ncobalt,\n"

LETTER_12 = """
[instrument]
id = "us-bis-2026-06-12"
authority = "us-bis"
kind = "requirement"
regime = "ear"
received = 2026-06-12T17:21:00-04:00
effective = 2026-06-12T17:21:00-04:00

[[rule]]
id = "foreign-persons"
effect = "forbid"
models = ["claude-fable-5", "claude-mythos-5"]
cohort = 'principal.us_person.ear != "yes"'
say = "A license is required before a foreign person may use this model."
"""

LETTER_26 = """
[instrument]
id = "us-bis-2026-06-26"
authority = "us-bis"
kind = "exemption"
effective = 2026-06-26T00:00:00-04:00

[[rule]]
id = "trusted-partners"
exempts = "us-bis-2026-06-12/foreign-persons"
models = ["claude-mythos-5"]
cohort = 'principal.organization in Annex::"trusted-partners" && principal.employed_there'

[[annex]]
id = "trusted-partners"
file = "annex-a.csv"
sha256 = "@annex-a.csv@"
"""
ANNEX_A = b"organization,scope\nacme,\nborealis,\n"

LETTER_30 = """
[instrument]
id = "us-bis-2026-06-30"
authority = "us-bis"
kind = "lift"
effective = 2026-06-30T18:00:00-04:00

[[rule]]
id = "controls-lifted"
lifts = "us-bis-2026-06-12/foreign-persons"
"""
FILES = {"partners.csv": PARTNERS, "annex-a.csv": ANNEX_A}

BEFORE = parse("2026-06-10T12:00:00Z")
AFTER_12 = parse("2026-06-13T12:00:00Z")
AFTER_26 = parse("2026-06-27T12:00:00Z")
AFTER_30 = parse("2026-07-02T12:00:00Z")
STATES = {"before": BEFORE, "letter_12": AFTER_12, "letter_26": AFTER_26, "lifted": AFTER_30}


def instrument(text: str, files: dict[str, bytes] | None = None, name: str = "letter.toml") -> Instrument:
    """Read an instrument; ``@file@`` in it stands for the sha256 of that file."""
    files = FILES if files is None else files
    for file, data in files.items():
        text = text.replace(f"@{file}@", hashlib.sha256(data).hexdigest())
    return read(text, files, name)


def june() -> list[Held]:
    """All four instruments, each activated the moment it was received or earlier."""
    return [held(instrument(text)) for text in (GLASSWING, LETTER_12, LETTER_26, LETTER_30)]


def held(
    one: Instrument, version: int = 1, activated: Moment = 0, withdrawn: Moment = FOREVER, *, replaced: bool = False
) -> Held:
    return Held(one, version, activated, withdrawn, replaced)


def known(value: FactValue, until: Moment = FOREVER) -> FactState:
    return FactState(FactStatus.KNOWN, value, until)


EXPIRED = FactState(FactStatus.EXPIRED, None, 1)
CONTRADICTED = FactState(FactStatus.CONTRADICTED, None)
UNKNOWN = FactState(FactStatus.UNKNOWN, None)


def standing(organization: str = "acme", **facts: FactState) -> Standing:
    """A person of an organization. Fact names are written with ``__`` for a dot: ``us_person__ear``."""
    return Standing(
        credential="k1",
        organization=organization,
        organizations_above=(),
        project="defense",
        purpose="defensive research",
        tier="blue",
        project_hosts=frozenset({"files.example"}),
        person="p1",
        agents=(),
        facts={name.replace("__", "."): state for name, state in facts.items()},
        lapses=(),
        pseudonym="sc_x",
        leaf_pseudonym="sc_y",
        programs=frozenset(),
        hash="0" * 64,
    )


def policy_at(now: int) -> Policy:
    return Policy(compile_rules(june(), now), MODELS)


YES, NO = known("yes"), known("no")
EMPLOYED = known(True)
PEOPLE: dict[str, Standing] = {
    "us employee": standing("acme", us_person__ear=YES, employed_there=EMPLOYED),
    "green-card holder of two nationalities": standing(
        "acme", us_person__ear=YES, nationality=known(("CN", "FR")), employed_there=EMPLOYED
    ),
    "foreign employee": standing("acme", us_person__ear=NO, employed_there=EMPLOYED),
    "foreign, employment expired": standing("acme", us_person__ear=NO, employed_there=EXPIRED),
    "foreign contractor at work there": standing("acme", us_person__ear=NO, employed_there=known(False)),
    "nothing on file": standing("acme"),
    "nothing on file but employment": standing("acme", employed_there=EMPLOYED),
    "status expired": standing("acme", us_person__ear=EXPIRED),
    "status contradicted": standing("acme", us_person__ear=CONTRADICTED, employed_there=known(False)),
    "us under another regime only": standing("acme", us_person__itar=YES, us_person__bulk=YES),
    "foreign employee of a partner off the annex": standing("cobalt", us_person__ear=NO, employed_there=EMPLOYED),
    "us employee of a partner off the annex": standing("cobalt", us_person__ear=YES, employed_there=EMPLOYED),
    "foreign employee of a sponsored contractor": replace(
        standing("sub-of-acme", us_person__ear=NO, employed_there=EMPLOYED), organizations_above=("acme",)
    ),
    "us outsider": standing("zeta", us_person__ear=YES),
}
