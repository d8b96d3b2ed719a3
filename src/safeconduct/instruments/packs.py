"""What does a rule pack say? Reads dated, sourced lists of countries that conditions refer to by name.

A condition may say ``principal.nationality.containsAny(Pack::"us-country-groups/D5")``. The list that counts is that of the
pack entered last before the moment that is asked about; ``expand`` writes it into the condition, so that the compiled policy,
and with it the hash of every decision, depends on the list itself. A pack is data, never code. Who may enter one, and who has
to agree, is the office's question.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from safeconduct.instruments.fields import Reading, struct_of, tables_of
from safeconduct.instruments.forms import Id, Sha256, identifier_holds
from safeconduct.instruments.lines import Lines, locate
from safeconduct.terms.countries import COUNTRIES, COUNTRY_MEND
from safeconduct.terms.faults import Fault, Refused

TEXT_LIMIT = 200_000  # there are some 250 country codes; a pack with hundreds of lists of them stays below this

_Text = Annotated[str, Meta(min_length=1, max_length=1_000)]


class PackForm(Struct, forbid_unknown_fields=True):
    """The head of a pack. ``signature`` is base64 of an Ed25519 signature by its publisher over the pack's content."""

    id: Id
    version: dt.date
    source: _Text
    retrieved: dt.date
    sha256: Sha256
    note: _Text | UnsetType = UNSET
    signature: Annotated[str, Meta(min_length=88, max_length=88)] | UnsetType = UNSET


class ListForm(Struct, forbid_unknown_fields=True):
    """One list. ``id`` is what conditions name after the slash; letters and digits as its source writes it (D5, E1)."""

    id: Annotated[str, Meta(min_length=1, max_length=64)]
    name: _Text
    countries: Annotated[list[Annotated[str, Meta(min_length=2, max_length=2)]], Meta(min_length=1, max_length=300)]


@dataclass(frozen=True, slots=True)
class CountryList:
    """A named list of ISO 3166-1 alpha-2 codes, sorted. ``line`` is where it stands in its file."""

    id: str
    name: str
    countries: tuple[str, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Pack:
    """One version of a pack. ``content_sha256`` is that of what it says, ``sha256`` that of the file's own text (hex)."""

    id: str
    version: str
    source: str
    retrieved: str
    note: str
    lists: tuple[CountryList, ...]
    content_sha256: str
    signature: bytes
    sha256: str

    def countries(self, name: str) -> tuple[str, ...] | None:
        """The countries of one list; None where the pack has no such list."""
        return next((one.countries for one in self.lists if one.id == name), None)

    def content(self) -> bytes:
        """What is hashed and signed: the same for every way of writing the same pack."""
        lists = [_List(one.id, one.name, one.countries) for one in self.lists]
        return _content(self.id, self.version, self.source, self.retrieved, self.note, lists)


class _List(Struct, frozen=True):
    id: str
    name: str
    countries: tuple[str, ...]


Packs = Mapping[str, Pack]
Expr = dict[str, Any]


def read_pack(text: str, name: str = "pack.toml") -> Pack:
    """Read a pack. Raises Refused with every fault found, each with ``name:line`` and how to mend it."""
    if len(text) > TEXT_LIMIT:
        raise Refused(Fault("pack_too_long", f"The file is longer than {TEXT_LIMIT} characters", f"{name}:1", "Split the pack"))
    try:
        tree = tomllib.loads(text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise Refused(Fault("toml_syntax", f"The file is not TOML: {error}", f"{name}:1", "Mend the syntax")) from error
    lines, reading = locate(text), Reading(name)
    for key in tree:
        if key not in ("pack", "list"):
            place = lines.keys.get(("", 0, key)) or lines.of(key)
            reading.fault("unknown_key", f'The table or key "{key}" is unknown', place, "Use [pack] and [[list]]")
    head = _head(tree, reading, lines)
    lists = _lists(tree, reading, lines)
    if head is None or reading.faults:
        raise Refused(*reading.faults)
    signature = _signature(head, reading, lines)
    note, version, retrieved = "" if head.note is UNSET else head.note, head.version.isoformat(), head.retrieved.isoformat()
    told = [_List(one.id, one.name, one.countries) for one in lists]
    content = _content(head.id, version, head.source, retrieved, note, told)
    found = hashlib.sha256(content).hexdigest()
    if found != head.sha256:
        what = f"The pack does not say what its sha256 stands for: its content comes to {found}"
        mend = "Fetch the right file again, or, if this is the right one, write its sha256 here"
        reading.fault("pack_hash", what, lines.of("pack", 0, "sha256"), mend)
    if head.retrieved < head.version:
        what = f"The pack was retrieved on {head.retrieved}, before its version of {head.version} existed"
        reading.fault("pack_dates", what, lines.of("pack", 0, "retrieved"), "Correct one of the dates")
    if reading.faults:
        raise Refused(*reading.faults)
    return Pack(
        id=head.id,
        version=version,
        source=head.source,
        retrieved=retrieved,
        note=note,
        lists=lists,
        content_sha256=found,
        signature=signature,
        sha256=hashlib.sha256(text.encode()).hexdigest(),
    )


def expand(body: Any, packs: Packs, unknown: set[str] | None = None) -> Any:
    """A copy of a condition (Cedar's JSON form) with each ``Pack::"id/list"`` written out as a set of countries.

    Names that no pack has are collected in ``unknown`` and left as they are; without it they raise ValueError: a list that
    is not there must never count as an empty one.
    """
    match body:
        case {"Value": {"__entity": {"type": "Pack", "id": str(named)}}}:
            pack, _, one = named.partition("/")
            countries = packs[pack].countries(one) if pack in packs else None
            if countries is not None:
                return {"Set": [{"Value": country} for country in countries]}
            if unknown is None:
                raise ValueError(f'no pack has the list "{named}"')
            unknown.add(named)
            return body
        case dict():
            return {key: expand(value, packs, unknown) for key, value in body.items()}
        case list():
            return [expand(value, packs, unknown) for value in body]
    return body


def differences(old: Pack, new: Pack) -> tuple[str, ...]:
    """One sentence for each list that a newer version adds, drops or changes; for the officers who decide about it."""
    before = {one.id: set(one.countries) for one in old.lists}
    after = {one.id: set(one.countries) for one in new.lists}
    told = [f"{name}: dropped" for name in sorted(before.keys() - after.keys())]
    told += [f"{name}: new, {' '.join(sorted(after[name]))}" for name in sorted(after.keys() - before.keys())]
    for name in sorted(before.keys() & after.keys()):
        gone, come = sorted(before[name] - after[name]), sorted(after[name] - before[name])
        parts = [f"without {' '.join(gone)}"] if gone else []
        parts += [f"with {' '.join(come)}"] if come else []
        if parts:
            told.append(f"{name}: now {' and '.join(parts)}")
    return tuple(told)


def _head(tree: dict[str, Any], reading: Reading, lines: Lines) -> PackForm | None:
    table = tree.get("pack")
    if not isinstance(table, dict):
        reading.fault("missing_table", "There is no [pack] table", 1, "Begin the file with [pack] and its id")
        return None
    return struct_of(PackForm, table, "pack", 0, reading, lines)


def _lists(tree: dict[str, Any], reading: Reading, lines: Lines) -> tuple[CountryList, ...]:
    found: dict[str, CountryList] = {}
    for index, table in tables_of(tree, "list", reading, lines):
        form = struct_of(ListForm, table, "list", index, reading, lines)
        if form is None:
            continue
        line, place = lines.of("list", index), lines.of("list", index, "countries")
        if not identifier_holds(form.id.lower()):
            reading.fault("wrong_id", f'"{form.id}" is no usable name', lines.of("list", index, "id"), "Use letters and digits")
        if form.id in found:
            reading.fault("duplicate_id", f'The list "{form.id}" was already given', line, "Give each list its own id")
        for country in form.countries:
            if country not in COUNTRIES:
                reading.fault("wrong_country", f'"{country}" is no country code', place, COUNTRY_MEND)
        for country in sorted({one for one in form.countries if form.countries.count(one) > 1}):
            reading.fault("duplicate_country", f'"{country}" is listed twice', place, "Name each country once")
        found[form.id] = CountryList(form.id, form.name, tuple(sorted(form.countries)), line)
    if "list" not in tree:
        reading.fault("missing_table", "The pack has no list", 1, "Add at least one [[list]]")
    return tuple(found[name] for name in sorted(found))


def _signature(head: PackForm, reading: Reading, lines: Lines) -> bytes:
    if head.signature is UNSET:
        return b""
    try:
        signature = base64.b64decode(head.signature, validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if len(signature) != 64:
        place = lines.of("pack", 0, "signature")
        reading.fault("wrong_signature", "The signature is not 64 bytes in base64", place, "Copy it from the publisher again")
    return signature


def _content(name: str, version: str, source: str, retrieved: str, note: str, lists: list[_List]) -> bytes:
    content = {"id": name, "version": version, "source": source, "retrieved": retrieved, "note": note, "lists": lists}
    return msgspec.json.encode(content, order="sorted")
