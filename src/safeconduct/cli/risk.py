"""``safeconduct risk``: who is at risk, and why?"""

from __future__ import annotations

from typing import Annotated

import msgspec
import typer

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import existing
from safeconduct.assembly.process import clock
from safeconduct.assembly.watch_reading import explained
from safeconduct.cli import output
from safeconduct.cli.output import AsJson
from safeconduct.desk.desk import Desk
from safeconduct.office.measures import no_target
from safeconduct.registry.measures import RiskRecord
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.measures import BANDS
from safeconduct.terms.moments import Moment, show

app = typer.Typer(help="See who is at risk, and why.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(help="KIND/ID: a person, agent, organization or model; an id alone is a person's.")]


@app.command("list")
def list_risks(
    band: Annotated[str, typer.Option(help="From which band on: low, elevated, high or severe.")] = "low",
    as_json: AsJson = False,
) -> None:
    """List everybody at risk, the highest band first."""
    with output.door():
        if band not in BANDS:
            raise Refused(Fault("bad_band", f"{band[:40]!r} is no band of risk", "--band", f"use one of {', '.join(BANDS)}"))
        now = clock()
        with open_desk() as desk:
            found = [
                (who, risk) for who, marks in desk.registry.marked() if (risk := marks.risk) is not None and _holds(risk, now)
            ]
        found = [(who, risk) for who, risk in found if BANDS.index(risk.band) >= BANDS.index(band)]
        found.sort(key=lambda pair: (-BANDS.index(pair[1].band), pair[0]))
        if as_json:
            output.show_json([{"who": who, **msgspec.to_builtins(risk)} for who, risk in found])
            return
        for who, risk in found:
            first = risk.parts[0] if risk.parts else ""
            output.data(f"{risk.band:9} {output.plain(who)} until {show(risk.until)}: {output.plain(first)}")
        if not found:
            output.data("nobody")


@app.command("show")
def show_risk(who: Who, as_json: AsJson = False) -> None:
    """Show the band of risk that decisions use, as the registry has it, with its parts."""
    with output.door():
        subject, now = _who(who), clock()
        with open_desk() as desk:
            _wants_known(desk, subject)
            marks = desk.registry.marks(subject)
        risk = marks.risk
        band = marks.band(now)
        if as_json:
            output.show_json({"who": subject, "band": band, "risk": msgspec.to_builtins(risk)})
            return
        output.data(f"{output.plain(subject)}: {band}")
        if risk is not None and band != "none":
            output.data(f"  since {show(risk.since)}, until {show(risk.until)} if nothing more is seen")
            for part in risk.parts:
                output.data(f"  - {output.plain(part)}")


@app.command("explain")
def explain_risk(who: Who, as_json: AsJson = False) -> None:
    """Explain what the watch knows now: each part, how it faded, the calls behind it, and with whom it was compared."""
    with output.door():
        subject = _who(who)
        with open_desk() as desk:
            _wants_known(desk, subject)
        found = explained(existing(), subject, clock())
        if as_json:
            output.show_json(msgspec.to_builtins(found))
            return
        output.data(f"{output.plain(found.who)}: {found.band}, {found.score:.1f} of log-odds, {found.calls:,} calls seen")
        if found.cohort:
            output.data(f"  compared with {output.plain(found.cohort)}")
        for part in found.parts:
            output.data(f"  +{part.weight:.1f} {part.signal}: {output.plain(part.sentence)}")
            if part.calls:
                output.data(f"        calls {', '.join(output.plain(call) for call in part.calls)}")
        if not found.parts:
            output.data("  nothing speaks against them")


def _who(text: str) -> str:
    return text if "/" in text else f"person/{text}"


def _wants_known(desk: Desk, who: str) -> None:
    """Nobody is told to be at no risk who is not there: the name may be misspelled. Raises Refused."""
    fault = no_target(desk.registry, who, "risk")
    if fault is not None:
        raise Refused(fault)


def _holds(risk: RiskRecord, now: Moment) -> bool:
    return risk.band != "none" and risk.since <= now < risk.until
