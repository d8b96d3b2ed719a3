"""``safeconduct hunt``: look for a new indicator in what was retained; what is found becomes a case."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from safeconduct.assembly.home import existing
from safeconduct.assembly.hunting import Hunts, sketch_of, words_of
from safeconduct.assembly.vault import HomeVault
from safeconduct.cli import output
from safeconduct.cli.acting import desk
from safeconduct.cli.inquiring import progress
from safeconduct.cli.output import AsJson
from safeconduct.inquiry.hunt import (
    FEATURES,
    MOST_CALLS,
    Condition,
    Example,
    Fingerprint,
    Found,
    Hunt,
    Indicator,
    Pattern,
    Seen,
    Shape,
    sentence,
)
from safeconduct.office.acts import RaiseCase
from safeconduct.registry.names import MAX_TEXT
from safeconduct.storage.files.disk import read_bounded
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, show

app = typer.Typer(
    help="Hunts: look for a new indicator in what was retained; what is found becomes a case.", no_args_is_help=True
)

MAX_TEXT_BYTES = 1_000_000
FOUND = ("who", "organization", "hits", "score", "first", "last", "calls")
Id = Annotated[str, typer.Argument(help="Id of the hunt.")]


@app.command("new")
def new(
    id: Id,  # noqa: A002
    why: Annotated[
        str, typer.Option("--why", "--reason", help="The reason: it goes into the case, and with every read of content.")
    ],
    since: Annotated[str, typer.Option(help="From when on, a time with a zone.")],
    until: Annotated[str, typer.Option(help="Until when. Open when left out.")] = "",
    fingerprint: Annotated[
        Path | None, typer.Option(help="A file with a text; looks for shared passages of eight words.")
    ] = None,
    least: Annotated[int, typer.Option(min=1, help="Of how many such passages at least.")] = 3,
    example: Annotated[Path | None, typer.Option(help="A file with a text; looks for texts about the same thing.")] = None,
    similarity: Annotated[float, typer.Option(help="How near is near, up to 1.")] = 0.85,
    seen: Annotated[str, typer.Option(help="What a detector saw: DETECTOR, or DETECTOR.KIND.")] = "",
    shape: Annotated[
        list[str] | None, typer.Option(help="A shape of behavior: FEATURE>=NUMBER or FEATURE<=NUMBER; may be given again.")
    ] = None,
    pattern: Annotated[Path | None, typer.Option(help="A file with words to look for in kept content.")] = None,
    organization: Annotated[
        list[str] | None, typer.Option("--organization", "--org", help="Only there; may be given again.")
    ] = None,
    model: Annotated[list[str] | None, typer.Option(help="Only of this model; may be given again.")] = None,
    as_json: AsJson = False,
) -> None:
    """Write down a hunt: one indicator and a time. Nothing is searched yet. Texts are given as files: arguments can be seen."""
    with output.door():
        made: list[Indicator] = []
        if fingerprint is not None:
            shingles = words_of(_text(fingerprint))
            made.append(Fingerprint(shingles, min(least, len(shingles)) or least))
        if example is not None:
            made.append(Example(sketch_of(_text(example)), similarity))
        if seen:
            detector, _, kind = seen.partition(".")
            made.append(Seen(detector, kind))
        if shape:
            made.append(Shape(tuple(_condition(each) for each in shape)))
        if pattern is not None:
            made.append(Pattern(_text(pattern).strip()))
        if len(made) != 1:
            mend = "give one of --fingerprint, --example, --seen, --shape, --pattern"
            raise Refused(Fault("one_indicator", f"a hunt has one indicator, and {len(made)} were given", "hunt new", mend))
        bounds = (output.read_moment(since, "--since"), output.read_moment(until, "--until") if until else FOREVER)
        hunt = Hunt(id, made[0], *bounds, tuple(organization or ()), tuple(model or ()), why)
        Hunts(existing()).add(hunt)
        if as_json:
            output.show_json({"id": id, "looks for": sentence(hunt)})
        output.say(f"Hunt {id} looks for {sentence(hunt)}. Run it: safeconduct hunt run {id}")


@app.command("run")
def run(
    id: Id,  # noqa: A002
    case: Annotated[
        str, typer.Option(help="Let what is found join this case, or open it. For a pattern: the case to read in.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Search what was not searched yet; stopped with Ctrl-C, it goes on there the next time. Found subjects join the case."""
    with desk() as opened:
        hunts = Hunts(existing())
        hunt = hunts.get(id)
        with progress(None, silent=as_json, what="parts") as bar:
            if isinstance(hunt.indicator, Pattern):
                if case not in opened.registry.cases:
                    mend = "open one first: safeconduct case open, about the organization; then give --case"
                    raise Refused(Fault("no_case", "content is read in a case", "--case", mend))
                read = hunts.run_pattern(hunt, HomeVault.of(existing()), opened, case, lambda done, _: bar(done))
                found, waiting = read.found, len(read.waiting)
            else:
                found, waiting = hunts.run(hunt, lambda done, _: bar(done)), 0
        if case and found:
            for each in found:
                note = f"Hunt {id}: {each.hits} hits of {sentence(hunt)}."[:MAX_TEXT]
                opened.perform(RaiseCase(case, each.who, f"hunt.{id}", note, each.calls, (f"hunt-{id}",), "elevated"))
        _show(found, as_json=as_json)
        output.say(f"{len(found)} found." + (f" They are in case {case}." if case and found else ""))
        if not found and not isinstance(hunt.indicator, Pattern) and not any(hunts.signals.glob("*/*.parquet")):
            output.say("There is no history yet: the watch writes one every five minutes, once the extra hunt is installed.")
        if waiting:
            output.say(f"{waiting} parts wait for a second officer; run it again once somebody agreed: safeconduct request list")


@app.command("show")
def show_(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Show a hunt, how far it is, and what it found so far."""
    with output.door():
        hunts = Hunts(existing())
        hunt = hunts.get(id)
        done, every, found = hunts.progress(hunt)
        output.say(f"Hunt {id} looks for {sentence(hunt)}; {done} of {every} parts are searched.")
        _show(found, as_json=as_json)


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List hunts."""
    with output.door():
        hunts = Hunts(existing())
        rows = []
        for name in hunts.names():
            hunt = hunts.get(name)
            until = "open" if hunt.until >= FOREVER else show(hunt.until)
            rows.append({"id": name, "looks for": sentence(hunt), "since": show(hunt.since), "until": until, "why": hunt.why})
        output.show_rows(("id", "looks for", "since", "until", "why"), rows, as_json=as_json, title="Hunts")


@app.command("remove")
def remove(id: Id, as_json: AsJson = False) -> None:  # noqa: A002
    """Remove a hunt and what it found. Cases, and what was retained, stay."""
    with output.door():
        Hunts(existing()).remove(id)
        if as_json:
            output.show_json({"id": id, "removed": True})
        output.say(f"Hunt {id} is removed.")


@app.command("features")
def features(as_json: AsJson = False) -> None:
    """What a shape of behavior may ask about somebody over the time of the hunt."""
    rows = ({"feature": name, "meaning": told} for name, told in FEATURES.items())
    output.show_rows(("feature", "meaning"), rows, as_json=as_json, title="Features")


def _show(found: list[Found], *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = [
        {
            "who": each.who,
            "organization": each.organization,
            "hits": each.hits,
            "score": round(each.score, 3),
            "first": show(each.first),
            "last": show(each.last),
            "calls": list(each.calls[:MOST_CALLS]) if as_json else len(each.calls),
        }
        for each in found
    ]
    output.show_rows(FOUND, rows, as_json=as_json, title="Found")


def _text(path: Path) -> str:
    return read_bounded(path, MAX_TEXT_BYTES).decode("utf-8", "replace")


def _condition(said: str) -> Condition:
    for sign in (">=", "<="):
        feature, found, number = said.partition(sign)
        if found:
            try:
                bound = float(number)
            except ValueError:
                break
            name = feature.strip()
            return Condition(name, at_least=bound) if sign == ">=" else Condition(name, at_most=bound)
    raise Refused(Fault("bad_shape", f"{said[:80]!r} is no condition", "--shape", "write it like refusals>=10"))
