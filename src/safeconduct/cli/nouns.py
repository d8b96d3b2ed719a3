"""Which nouns there are, where each lives, and the line that ``safeconduct --help`` shows of it. None is imported here.

Two of them have commands that need much more than the others, or that build on their module: these are imported late, too.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Final

from safeconduct.cli.deferring import Deferred, Later

NOUNS: Final[Mapping[str, Later]] = {
    "up": Later(
        "up", "Start a gateway with a small ready program; print what to paste into Claude Code, Codex and the SDKs.", "up"
    ),
    "init": Later("up", "Make a home folder: secrets, settings, an empty log, and the ready program (unless --bare).", "init"),
    "serve": Later(
        "up", "Start the gateway of an existing home. Uses the providers of its settings, or those whose keys are set.", "serve"
    ),
    "demo": Later(
        "demo",
        "Play the four legal states of June 2026 on a small population against a simulated provider, and prove the log.",
        "demo",
    ),
    "readiness": Later(
        "readiness", "Which facts are verified in which organization, for the rules in force or for a letter to come?", "ready"
    ),
    "monitor": Later(
        "monitor",
        "Follow a log and say what is wrong: another tree, a missing or altered entry, a late one, a call without an outcome.\n\n"
        "Exit codes: 0 nothing was wrong, 14 unsigned, 12 forked, 10 altered, 11 missing, 13 late, 5 calls without outcome, "
        "1 it could not be read. The gravest counts.",
        "monitor",
    ),
    "provider": Later(
        "provider", "A simulated provider that speaks Anthropic Messages, OpenAI Chat Completions and OpenAI Responses."
    ),
    "org": Later("org", "Organizations: companies, agencies, and their subsidiaries and contractors."),
    "project": Later("project", "Projects: approved uses with a purpose and a tier."),
    "person": Later("person", "People and their memberships."),
    "agent": Later("agent", "Agents. Each has a sponsor and never more rights than it."),
    "key": Later("key", "Keys that people and agents call with."),
    "fact": Later("fact", "Facts about people, with evidence and expiry."),
    "model": Later("model", "Models: names, aliases, and where each of them lives."),
    "resource": Later("resource", "Things stored at providers (files, containers) and who owns them."),
    "instrument": Later("instrument", "Instruments: dated documents whose rules decide who may use which model."),
    "authority": Later("authority", "Authorities: who may issue instruments."),
    "officer": Later("officer", "Officers: people whose agreement counts, each with a key of their own."),
    "request": Later("request", "Requests: acts that wait until somebody else agrees."),
    "pack": Later("pack", "Rule packs: dated, sourced lists that conditions refer to."),
    "case": Later("case", "Cases: what signals join and officers judge; content is read in one, and nowhere else."),
    "measure": Later(
        "measure", "Measures: watch, step-up, throttle, lower model, hold, suspend, revoke. Each has an end and an undo."
    ),
    "held": Later("held", "Held: requests and tool calls that wait for a human."),
    "canary": Later("canary", "Strings and documents that an organization watches."),
    "api": Later("api", "The officers' API: cases and requests over HTTP, for programs. Each call brings an officer key."),
    "hunt": Later("hunt", "Hunts: look for a new indicator in what was retained; what is found becomes a case."),
    "vault": Later("vault", "The vault: kept content, sealed apart from the log."),
    "decide": Later("decide", "Decide: may this caller use this model, and what would change the answer?"),
    "ask": Later("ask", "Questions over everybody: who can reach what, until when, and what it rests on."),
    "audit": Later("audit", "The log: verify it, look into it, and prove one entry to a stranger."),
    "backup": Later("backup", "Backups of the home, and of its keys."),
    "reconcile": Later(
        "reconcile", "Compare the registry, the vault and a provider's usage with the log, and name what differs."
    ),
    "watch": Later("watch", "See how the watch over calls is doing, and whom it showed."),
    "risk": Later("risk", "See who is at risk, and why."),
    "signal": Later("signal", "Tell the watch what happened outside of calls."),
    "witness": Later("witness", "A witness: cosigns what a log signs, and never a log that was rewritten (C2SP tlog-witness)."),
}

INSTRUMENT_STEPS: Final[Mapping[str, Later]] = {
    "transcribe": Later(
        "agreement",
        "Say what a second person wrote off the original; every difference from what was entered is named.",
        "transcribe",
    ),
    "match": Later(
        "agreement",
        "Show which organizations the names in an annex could mean, or say which one it is. Two officers have to say the same.",
        "match_",
    ),
    "approve": Later(
        "agreement",
        "Agree to a version that another person entered and previewed. You agree to its text and to its last preview.",
        "approve",
    ),
    "activate": Later("agreement", "Put an approved instrument in force, from its effective time on.", "activate"),
    "withdraw": Later(
        "agreement",
        "Take an instrument out of force. What forbids or guards is withdrawn once a second officer agreed.",
        "withdraw",
    ),
    "preview": Later(
        "preview",
        "Who would lose, gain or be held to other duties, by organization, model and reason? Nothing takes effect.",
        "preview_command",
    ),
    "diff": Later("history", "Who could at one time and could not at another, and what had changed for them?", "diff"),
}
AUDIT_STEPS: Final[Mapping[str, Later]] = {
    "replay": Later(
        "replay", "Decide logged calls again, each at its own moment from its own history, and compare.", "replay_command"
    ),
    "export": Later(
        "export",
        "Write a folder that a stranger can check offline: the whole log, a range, or the answer to a question.",
        "export_command",
    ),
    "report": Later(
        "report", "Count calls and tokens by organization, model, outcome; groups of few callers are withheld.", "report_command"
    ),
    "prune": Later(
        "prune",
        "Take away the front of the log, once its time is over and a second officer agreed. Proofs of the rest still hold.",
        "prune_command",
    ),
    "accept-head": Later(
        "heads",
        "Accept that the end of the log is lost, so that the keeper signs again. The keeper must not run.",
        "accept_command",
    ),
}


class Nouns(Deferred):
    """The group of all nouns."""

    TABLE: ClassVar[Mapping[str, Later]] = NOUNS


class InstrumentSteps(Deferred):
    """The group ``instrument``."""

    TABLE: ClassVar[Mapping[str, Later]] = INSTRUMENT_STEPS


class AuditSteps(Deferred):
    """The group ``audit``."""

    TABLE: ClassVar[Mapping[str, Later]] = AUDIT_STEPS
