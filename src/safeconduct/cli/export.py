"""``safeconduct audit export``: a bundle of the log, or of a part of it, for somebody who trusts nobody here."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.disclosing import Asked
from safeconduct.assembly.exporting import Export, Exported, export
from safeconduct.audit.questions import Question
from safeconduct.cli import output
from safeconduct.cli.auditing import ShardName, door, home, progress
from safeconduct.cli.output import AsJson
from safeconduct.desk.desk import Desk
from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms.faults import Fault, Refused

MAX_POLICY_BYTES = 262_144


def export_command(
    folder: Annotated[Path, typer.Argument(help="The folder to make. It must not be there yet.")],
    range_: Annotated[str, typer.Option("--range", help="Only entries A:B by index, B left out, each with its proof.")] = "",
    shard: ShardName = "",
    case: Annotated[str, typer.Option(help="Only what concerns this case.")] = "",
    instrument: Annotated[str, typer.Option(help="Only what rules of this instrument decided, and acts about it.")] = "",
    organization: Annotated[str, typer.Option("--organization", "--org", help="Only what concerns this organization.")] = "",
    disclose: Annotated[
        list[str] | None,
        typer.Option(help="Open one field: CALL:FIELD=VALUE (request, requested, session) or INDEX:subject. May be repeated."),
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="The trust policy to put into the bundle (C2SP tlog-policy), with its witnesses.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write the bundle, read it back, record that it was taken.

    A whole log that does not hold is written all the same; then the exit code is 4.
    """
    with door(), open_desk() as desk:
        wanted = _wanted(desk, range_, shard, case, instrument, organization, disclose or [], policy)
        done = export(home(), folder, wanted, actor=desk.actor_pseudonym(desk.actor), now=desk.now(), bar=progress)
        _tell(done, folder, as_json=as_json)
    if not done.holds:
        raise typer.Exit(output.PROOF_DOES_NOT_HOLD)


def _wanted(
    desk: Desk, range_: str, shard: str, case: str, instrument: str, organization: str, disclose: list[str], policy: Path | None
) -> Export:
    named = [text for text in (range_, case, instrument, organization) if text]
    if len(named) > 1:
        raise typer.BadParameter("one question at a time", param_hint="--range, --case, --instrument or --organization")
    if shard and not range_:
        raise typer.BadParameter("it names the shard of a range; everything else looks at all of them", param_hint="--shard")
    fields = tuple(Asked.parse(text) for text in disclose)
    trust = read_bounded(policy, MAX_POLICY_BYTES) if policy is not None else b""
    if range_:
        since, until = _range(range_)
        return Export("range", since, until, disclose=fields, policy=trust, shard=shard)
    question = None
    if case:
        question = Question("case", case, calls_of(desk, case))
    elif instrument:
        question = Question("instrument", instrument)
    elif organization:
        question = Question("organization", organization)
    return Export("whole" if question is None else "question", question=question, disclose=fields, policy=trust)


def calls_of(desk: Desk, case: str) -> frozenset[str]:
    """The calls that a case names, and those whose content was read for it. Raises Refused for no case."""
    found = desk.registry.cases.get(case)
    if found is None:
        raise Refused(Fault("unknown_case", f"there is no case {case[:80]!r}", "--case", "see: safeconduct case list"))
    return frozenset({*found.calls, *(each.call for each in desk.registry.reads.values() if each.case == case)})


def _range(text: str) -> tuple[int, int]:
    since, separator, until = text.partition(":")
    if not separator or not all(part.isascii() and part.isdecimal() and len(part) < 17 for part in (since, until)):
        raise typer.BadParameter("write A:B, two indexes", param_hint="--range")
    return int(since), int(until)


def _tell(done: Exported, folder: Path, *, as_json: bool) -> None:
    made = done.made
    findings = [str(finding) for report in done.reports for finding in report.findings]
    findings += [str(finding) for finding in done.across]
    if as_json:
        output.show_json(
            {
                "folder": str(folder),
                "entries": made.entries,
                "disclosed": made.disclosed,
                "files": made.files,
                "manifest_sha256": made.sha256,
                "holds": done.holds,
                "unwitnessed": list(done.unwitnessed),
                "findings": findings[:20],
            }
        )
        return
    output.data(f"{folder}: {made.entries:,} entries, {made.disclosed} fields opened, {made.files:,} files")
    output.data(f"  manifest sha256 {made.sha256}, as the log's own entry about this says")
    output.say(f"check it elsewhere: python {folder / 'verify.py'} {folder}")
    for origin in done.unwitnessed:
        output.say(f"{origin}: the quorum that the bundle's policy asks for has not signed this; a stranger will read `unsigned`")
    if findings:
        output.data(f"THE LOG IN IT DOES NOT HOLD. First bad place: {findings[0]}")
