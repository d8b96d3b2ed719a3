"""Conditions: what a rule may ask about a caller, and which recorded fact answers it.

One table, read by the room that checks and compiles instruments and by the room that decides. The Cedar schema beside
this module is the published form of the same vocabulary; a test holds the two together.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files

SCHEMA_TEXT: str = files("safeconduct.terms").joinpath("conditions.cedarschema").read_text(encoding="utf-8")


class Shape(StrEnum):
    """What values an attribute takes."""

    TEXT = "text"
    TEXTS = "texts"
    COUNTRY = "country"  # ISO 3166-1 alpha-2
    COUNTRIES = "countries"
    YES_NO = "yes_no"  # "yes" or "no"; not known is a state, never a value
    FLAG = "flag"
    ORGANIZATION = "organization"


@dataclass(frozen=True, slots=True)
class Attribute:
    """``path`` as written after ``principal.``; ``fact`` the registry's fact name, empty for what is always known.

    ``label`` is how a sentence to the caller names it. ``evidence`` names the recorded facts that a derived fact rests on; it
    is empty for a fact that is recorded itself. ``shown_by`` says in words what such evidence shows.
    """

    path: str
    shape: Shape
    fact: str = ""
    label: str = ""
    evidence: tuple[str, ...] = ()
    shown_by: str = ""


_STATUS = ("us_citizen", "nationality", "permanent_residence", "protected_individual")
_SHOWN = "citizenship, permanent residence or protected status"

ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("organization", Shape.ORGANIZATION),
    Attribute("project", Shape.TEXT),
    Attribute("purpose", Shape.TEXT),
    Attribute("tier", Shape.TEXT),
    Attribute("risk", Shape.TEXT),
    Attribute("us_person.ear", Shape.YES_NO, "us_person.ear", "U.S. person status under the EAR", _STATUS, _SHOWN),
    Attribute("us_person.itar", Shape.YES_NO, "us_person.itar", "U.S. person status under the ITAR", _STATUS, _SHOWN),
    Attribute(
        "us_person.bulk",
        Shape.YES_NO,
        "us_person.bulk",
        "U.S. person status under the bulk-data rule",
        (*_STATUS, "location"),
        "citizenship, permanent residence, protected status or presence in the United States",
    ),
    Attribute("nationality", Shape.COUNTRIES, "nationality", "nationality"),
    Attribute("nationality_recent", Shape.COUNTRY, "nationality.recent", "most recent nationality"),
    Attribute("permanent_residence", Shape.COUNTRIES, "permanent_residence", "permanent residence"),
    Attribute("residence", Shape.COUNTRY, "residence", "country of residence"),
    Attribute("location", Shape.COUNTRY, "location", "present location"),
    Attribute("vetting", Shape.TEXT, "vetting", "vetting"),
    Attribute("training", Shape.TEXTS, "training", "training"),
    Attribute("assurance", Shape.TEXT, "assurance", "identity assurance"),
    Attribute("employed_there", Shape.FLAG, "employed_there", "employment with the organization"),
)

BY_PATH: dict[str, Attribute] = {attribute.path: attribute for attribute in ATTRIBUTES}
BY_FACT: dict[str, Attribute] = {attribute.fact: attribute for attribute in ATTRIBUTES if attribute.fact}
