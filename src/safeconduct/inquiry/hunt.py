"""What is a hunt? One new indicator, to be looked for in retained history: a query object, for one machine and for many.

An indicator is a fingerprint, an example, something a detector saw, a shape of behavior, or a pattern. The first four are asked
of retained signals, which hold no content. A pattern is looked for in kept content, under the vault's rules.
How history is searched is the storage's question.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment
from safeconduct.terms.safeguards import DETECTORS

SKETCH_BYTES: Final = 64
MOST_SHINGLES: Final = 512
MOST_CONDITIONS: Final = 12
MOST_NAMES: Final = 64
MOST_TEXT: Final = 512
LEAST_TEXT: Final = 4  # a shorter pattern would be found everywhere
MOST_CALLS: Final = 20  # that a finding names of each subject

FEATURES: Final = {
    "calls": "calls",
    "days": "days with calls",
    "refusals": "answers that the model refused",
    "refusal_share": "share of calls that the model refused",
    "denied": "calls that we refused",
    "denied_share": "share of calls that we refused",
    "probed": "different models that were asked for and refused",
    "models": "different models served",
    "clients": "different client programs",
    "nets": "different networks",
    "sessions": "different sessions",
    "languages": "different languages",
    "night_share": "share of calls between midnight and 5:00 UTC",
    "busiest_hour": "calls in the busiest hour",
    "suspicious": "calls whose text scores as one benign text in a hundred does, or less",
    "templates": "different shared passages of eight words",
    "tokens_out": "tokens written",
    "text_bytes": "bytes that the caller wrote",
    "holds": "calls that a safeguard held, blocked or cut",
}
"""What a shape may ask about a subject in the hunt's time, in words."""


class Fingerprint(msgspec.Struct, frozen=True, tag="fingerprint", tag_field="is", forbid_unknown_fields=True):
    """A text that was used again: its 8-word shingles, of which ``least`` have to be shared. The text itself is not kept."""

    shingles: tuple[int, ...]
    least: int = 3


class Example(msgspec.Struct, frozen=True, tag="example", tag_field="is", forbid_unknown_fields=True):
    """Texts about the same thing: the topic sketch of an example, and how near is near (cosine)."""

    sketch: bytes
    similarity: float = 0.85


class Seen(msgspec.Struct, frozen=True, tag="seen", tag_field="is", forbid_unknown_fields=True):
    """What a detector saw. An empty ``kind`` or ``direction`` stands for every one."""

    detector: str
    kind: str = ""
    direction: Literal["", "request", "answer"] = ""


class Condition(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """``feature`` is one of ``FEATURES``; one bound at least is given, and both include their number."""

    feature: str
    at_least: float | None = None
    at_most: float | None = None


class Shape(msgspec.Struct, frozen=True, tag="shape", tag_field="is", forbid_unknown_fields=True):
    """A shape of behavior: all conditions hold of a subject over the whole time of the hunt."""

    conditions: tuple[Condition, ...]


class Pattern(msgspec.Struct, frozen=True, tag="pattern", tag_field="is", forbid_unknown_fields=True):
    """Words in kept content. ``exact``: in this very case; otherwise letters count the same in either."""

    text: str
    exact: bool = False


Indicator = Fingerprint | Example | Seen | Shape | Pattern


class Hunt(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One hunt over ``[since, until)``. Empty ``organizations`` or ``models``: all of them."""

    id: str
    indicator: Indicator
    since: Moment
    until: Moment = FOREVER
    organizations: tuple[str, ...] = ()
    models: tuple[str, ...] = ()
    why: str = ""
    v: int = 1


class Found(msgspec.Struct, frozen=True):
    """One subject (``person/ID`` or ``agent/ID``) that the indicator holds of. ``score``: the hits, or the nearest similarity."""

    who: str
    organization: str
    hits: int
    score: float
    first: Moment
    last: Moment
    calls: tuple[str, ...]


_decoder = msgspec.json.Decoder(Hunt, strict=True)


def parsed(data: bytes) -> Hunt:
    """A hunt from its JSON. Raises Refused with every fault."""
    try:
        hunt = _decoder.decode(data)
    except (msgspec.MsgspecError, UnicodeDecodeError) as wrong:
        raise Refused(Fault("bad_hunt", str(wrong)[:200], "hunt", "see docs/hunt.md for its form")) from None
    faults = list(_faults(hunt))
    if faults:
        raise Refused(*faults)
    return hunt


def checked(hunt: Hunt) -> Hunt:
    """A new hunt itself. Raises Refused with every fault.

    What it looks for has to be something that can be seen; plugins have a hyphen in their names, and may come and go.
    """
    faults: list[Fault] = []
    if isinstance(hunt.indicator, Seen) and (name := hunt.indicator.detector) not in DETECTORS and "-" not in name:
        what = f"there is no detector {name[:40]!r}" if name else "no detector is named"
        mend = f"name one of {', '.join(DETECTORS)}, or a plugin, which has a hyphen in its name"
        faults.append(Fault("bad_hunt", what, "indicator.detector", mend))
    try:
        found = parsed(msgspec.json.encode(hunt))
    except Refused as refused:
        raise Refused(*faults, *(each for each in refused.faults if each.where not in {one.where for one in faults})) from None
    if faults:
        raise Refused(*faults)
    return found


def sentence(hunt: Hunt) -> str:
    """What is looked for, in one sentence without content."""
    match hunt.indicator:
        case Fingerprint(least=least):
            return f"texts that share {least} or more passages of eight words with a given text"
        case Example(similarity=near):
            return f"texts about the same thing as an example (similarity {near:.2f} or more)"
        case Seen(detector=detector, kind=kind, direction=direction):
            where = f" in the {direction}" if direction else ""
            return f"what the detector {detector} saw{f' of kind {kind}' if kind else ''}{where}"
        case Shape(conditions=conditions):
            return "whoever has " + " and ".join(_said(each) for each in conditions)
        case Pattern(text=text):
            return f"a pattern of {len(text)} characters in kept content"


def _said(condition: Condition) -> str:
    low, high = condition.at_least, condition.at_most
    bounds = [f"at least {low:g}"] if low is not None else []
    bounds += [f"at most {high:g}"] if high is not None else []
    return f"{' and '.join(bounds)} {FEATURES[condition.feature]}"


def _faults(hunt: Hunt) -> list[Fault]:
    faults: list[Fault] = []

    def wrong(what: str, where: str, mend: str) -> None:
        faults.append(Fault("bad_hunt", what, where, mend))

    if hunt.v != 1:
        wrong(f"version {hunt.v} of a hunt is not known here", "v", "run a version of Safeconduct that knows it")
    if (
        not hunt.id
        or len(hunt.id) > MOST_NAMES
        or not all(each.isalnum() or each == "-" for each in hunt.id)
        or not hunt.id.isascii()
    ):
        wrong(f"{hunt.id[:80]!r} is no id of a hunt", "id", "use small letters, digits and hyphens")
    if hunt.since >= hunt.until:
        wrong("it ends before it begins", "until", "let until come after since")
    if len(hunt.organizations) > MOST_NAMES or len(hunt.models) > MOST_NAMES:
        wrong(f"more than {MOST_NAMES} organizations or models are named", "organizations", "leave them out to search all")
    return [*faults, *_of_indicator(hunt.indicator)]


def _of_indicator(indicator: Indicator) -> list[Fault]:
    faults: list[Fault] = []

    def wrong(what: str, where: str, mend: str) -> None:
        faults.append(Fault("bad_hunt", what, where, mend))

    match indicator:
        case Fingerprint(shingles=shingles, least=least):
            if not 0 < least <= len(shingles) <= MOST_SHINGLES:
                mend = f"give 1 to {MOST_SHINGLES} shingles and ask for no more than there are: a longer text has more"
                wrong(f"{least} of {len(shingles)} shingles cannot be shared", "indicator.shingles", mend)
        case Example(sketch=sketch, similarity=near):
            if len(sketch) != SKETCH_BYTES or not any(sketch):
                wrong(
                    f"a sketch has {SKETCH_BYTES} bytes, and not all of them zero",
                    "indicator.sketch",
                    "make it with safeconduct hunt new",
                )
            if not 0.0 < near <= 1.0:
                wrong(f"{near:g} is no similarity", "indicator.similarity", "give one above 0 and up to 1")
        case Seen(detector=detector):
            if not detector:
                wrong("no detector is named", "indicator.detector", "name one, like secrets")
        case Shape(conditions=conditions):
            faults += _of_shape(conditions)
        case Pattern(text=text):
            if not LEAST_TEXT <= len(text) <= MOST_TEXT:
                wrong(f"a pattern has {LEAST_TEXT} to {MOST_TEXT} characters", "indicator.text", "give a more telling one")
    return faults


def _of_shape(conditions: tuple[Condition, ...]) -> list[Fault]:
    faults = []
    if not 0 < len(conditions) <= MOST_CONDITIONS:
        faults.append(
            Fault("bad_hunt", "it has no conditions, or too many", "indicator.conditions", f"give 1 to {MOST_CONDITIONS}")
        )
    for number, each in enumerate(conditions):
        where = f"indicator.conditions[{number}]"
        if each.feature not in FEATURES:
            mend = f"one of: {', '.join(FEATURES)}"
            faults.append(Fault("bad_hunt", f"{each.feature[:40]!r} is no feature", where, mend))
        if each.at_least is None and each.at_most is None:
            faults.append(Fault("bad_hunt", "it has no bound", where, "give at_least or at_most"))
    return faults
