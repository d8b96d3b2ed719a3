"""What may be written in an instrument file: tables, keys, types and their published JSON Schema.

The parser converts field by field against these structs, and the schema file is generated from them, so the two agree.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

Id = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=64,
        description="ASCII lower-case letters, digits, '-', '_' and '.'; starts with a letter or digit.",
        extra_json_schema={"pattern": "^[a-z0-9][a-z0-9._-]*$"},
    ),
]
Sha256 = Annotated[
    str,
    Meta(min_length=64, max_length=64, description="64 lower-case hex digits.", extra_json_schema={"pattern": "^[0-9a-f]{64}$"}),
]
Zoned = Annotated[dt.datetime, Meta(tz=True, description="RFC 3339 with a zone, such as 2026-06-12T17:21:00-04:00.")]
Sentence = Annotated[str, Meta(min_length=1, max_length=500, description="One sentence that a caller may be shown.")]
RuleName = Annotated[str, Meta(min_length=3, max_length=129, description="Another instrument's rule: <instrument>/<rule>.")]
Cohort = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=4_000,
        description="A Cedar condition over the caller (principal.*), and nothing but one expression. 'true' is everybody.",
    ),
]
Selector = Annotated[
    str, Meta(min_length=1, max_length=128, description="A canonical model id, tier:<tier>, or family:<family>.")
]
Fallback = Annotated[
    str, Meta(min_length=1, max_length=128, description="The canonical id of the model that held callers are served instead.")
]

Kind = Literal["requirement", "exemption", "authorization", "lift", "program_terms", "organization_policy"]
Effect = Literal["forbid", "permit", "oblige"]
Band = Literal["low", "elevated", "high", "severe"]
StepName = Literal["watch", "step_up", "throttle", "lower_model", "hold", "suspend", "revoke"]
Target = Literal["person", "agent", "key", "project", "organization", "model"]
DutyName = Literal["redact", "retain", "approve", "cap", "safeguard"]


class DutyForm(Struct, forbid_unknown_fields=True):
    """What must be done with a call that this rule permits, or with any permitted call of those it obliges."""

    name: DutyName
    value: Annotated[str, Meta(min_length=1, max_length=128)]


class InstrumentForm(Struct, forbid_unknown_fields=True):
    """The head: who says it, what kind of document it is, and from when to when it holds."""

    id: Id
    authority: Id
    kind: Kind
    effective: Zoned
    title: Annotated[str, Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    regime: Id | UnsetType = UNSET
    received: Zoned | UnsetType = UNSET
    until: Zoned | UnsetType = UNSET
    text_sha256: Sha256 | UnsetType = UNSET


class RuleForm(Struct, forbid_unknown_fields=True):
    """One rule: exactly one of effect, exempts, lifts."""

    id: Id
    effect: Effect | UnsetType = UNSET
    exempts: RuleName | UnsetType = UNSET
    lifts: RuleName | UnsetType = UNSET
    models: Annotated[list[Selector], Meta(min_length=1, max_length=200)] | UnsetType = UNSET
    cohort: Cohort | UnsetType = UNSET
    say: Sentence | UnsetType = UNSET
    mend: Sentence | UnsetType = UNSET
    duties: Annotated[list[DutyForm], Meta(max_length=20)] | UnsetType = UNSET
    fallback: Fallback | UnsetType = UNSET


class GuardForm(Struct, forbid_unknown_fields=True):
    """A protected cohort: suspending or cutting its callers needs the approval of the authority named here."""

    id: Id
    cohort: Cohort
    authority: Id
    say: Sentence


class RungForm(Struct, forbid_unknown_fields=True):
    """One line of a ladder: what a band of risk, and every higher one, calls for."""

    id: Id
    band: Band
    step: StepName
    minutes: Annotated[int, Meta(ge=1, le=527_040, description="How long such a measure lasts; at most 366 days.")]
    automatic: bool = False
    targets: Annotated[list[Target], Meta(min_length=1, max_length=6)] | UnsetType = UNSET
    rate: Annotated[int, Meta(ge=1, le=100_000, description="Calls per minute, for throttle alone.")] | UnsetType = UNSET
    message: Annotated[str, Meta(min_length=1, max_length=200, description="Said to the caller.")] | UnsetType = UNSET
    fallback: Fallback | UnsetType = UNSET
    rehearsal: bool = False


class AnnexForm(Struct, forbid_unknown_fields=True):
    """A list a cohort can refer to: a CSV file beside the instrument, with columns organization and scope."""

    id: Id
    file: Annotated[str, Meta(min_length=1, max_length=200, description="A plain file name, no folder.")]
    sha256: Sha256


class DocumentForm(Struct, forbid_unknown_fields=True):
    """An instrument file."""

    instrument: InstrumentForm
    rule: Annotated[list[RuleForm], Meta(max_length=500)] = []
    annex: Annotated[list[AnnexForm], Meta(max_length=50)] | UnsetType = UNSET
    guard: Annotated[list[GuardForm], Meta(max_length=50)] | UnsetType = UNSET
    ladder: Annotated[list[RungForm], Meta(max_length=50)] | UnsetType = UNSET


def json_schema() -> dict[str, Any]:
    """The published JSON Schema (draft 2020-12) of an instrument file, as read from TOML."""
    body = msgspec.json.schema(DocumentForm)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": "urn:safeconduct:instrument:1",
        "title": "Safeconduct instrument",
        **body,
    }


def identifier_holds(text: str) -> bool:
    """Whether a text is an id as ``Id`` describes. Checked by hand: the pattern above is for other people's validators."""
    allowed = "abcdefghijklmnopqrstuvwxyz0123456789._-"
    return 0 < len(text) <= 64 and text[0] not in "._-" and all(letter in allowed for letter in text)


def sha256_holds(text: str) -> bool:
    return len(text) == 64 and all(letter in "0123456789abcdef" for letter in text)
