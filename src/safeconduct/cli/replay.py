"""``safeconduct audit replay``: does history lead to every logged decision again?"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Annotated

import msgspec
import typer

from safeconduct.assembly.home import Home
from safeconduct.assembly.rules import rules_at
from safeconduct.assembly.walking import Signed, signed_shards
from safeconduct.audit.entries import CallDecided, ContentErased, decode
from safeconduct.cli import output
from safeconduct.cli.inquiring import asking, progress
from safeconduct.cli.output import AsJson
from safeconduct.exchange.view import View
from safeconduct.inquiry.replay import Replayed, Views, keys_by_pseudonym, replay
from safeconduct.inquiry.seats import Tell
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment, show

_NEEDLE = b'"type":"call.decided"'
_ERASED = b'"type":"content.erased"'


def replay_command(
    sample: Annotated[int, typer.Option(help="At most so many calls, spread evenly over the log; 0 for all.", min=0)] = 0,
    as_json: AsJson = False,
) -> None:
    """Decide logged calls again and compare effect, reasons, rules, duties and hashes. Exit code 5 when one differs."""
    with asking() as asked:
        with progress(None, silent=as_json, what="entries") as tell:
            entries, erased = _sampled(asked.home, sample, tell)
        entries.sort(key=lambda entry: (entry.registry_version, entry.at))
        callers = frozenset(entry.caller for entry in entries)
        with progress(asked.today.keys, silent=as_json, what="keys") as tell:
            keys = keys_by_pseudonym(asked.today, callers, asked.now, tell)
        rules, commitment_key = rules_at(asked.home), asked.home.secret("commitment.key")

        def make(version: int, at: Moment) -> View:
            return View(asked.version(version), rules, commitment_key, lambda _: None, at)

        with progress(entries, silent=as_json, what="calls") as tell:
            found = replay(entries, Views(make), lambda caller: keys.get(caller, []), tell, erased)
        _show(found, as_json=as_json)
    if not found.holds:
        raise typer.Exit(output.DIFFERENCES)


def _show(found: Replayed, *, as_json: bool) -> None:
    if as_json:
        output.show_json(msgspec.to_builtins(found))
    for each in () if as_json else found.differences[:20]:
        output.data(
            f"{each.call} at {show(each.at)}: {each.field} is logged as {each.logged!r}, and history says {each.derived!r}"
        )
    told = f"{found.same:,} of {found.calls:,} calls are derived again from history"
    stale = f"; {found.worker:,} were refused for the state of a worker, which no history holds" if found.worker else ""
    gone = f"; {found.erased:,} were calls of people who were lawfully erased since" if found.erased else ""
    output.say(f"{told}{stale}{gone}." if found.holds else f"THE LOG AND THE HISTORY DIFFER: {told}{stale}{gone}.")


def _sampled(home: Home, sample: int, tell: Tell) -> tuple[list[CallDecided], frozenset[str]]:
    """Decisions of the log, of every shard, and the pseudonyms that it says were erased."""
    trees = list(signed_shards(home, os.environ))
    if not trees:
        mend = "let the keeper run: safeconduct serve signs a checkpoint each second"
        raise Refused(Fault("nothing_signed", "there is no signed checkpoint here", str(home.log), mend))
    broken = [Fault("log_broken", each.fault, each.shard.origin, "run: safeconduct audit verify") for each in trees if each.fault]
    if broken:
        raise Refused(*broken)
    stride = 1 if not sample else max(1, sum(each.size - each.minimum for each in trees) // sample)
    erased: set[str] = set()
    return [entry for each in trees for entry in _decided(each, stride, tell, erased)], frozenset(erased)


def _decided(signed: Signed, stride: int, tell: Tell, erased: set[str]) -> Iterator[CallDecided]:
    """The first decision at or after each place of a tree that the stride hits. Whoever was erased is put into ``erased``."""
    wanted = signed.minimum
    for index, data in signed.entries(signed.minimum, signed.size):
        tell(index + 1)
        if index >= wanted and _NEEDLE in data:
            entry = decode(data)
            if isinstance(entry, CallDecided):
                wanted = index + stride
                yield entry
        elif _ERASED in data:
            gone = decode(data)
            if isinstance(gone, ContentErased) and gone.scope == "subject":
                erased.add(gone.caller)
