"""Which models exist, under which names?

A catalog entry is read here and checked against the entries already there. A name, canonical or alias, means one model;
it is matched byte for byte and resolved once. Names that differ only in case would be read as one by people, so the
second of them is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from safeconduct.registry.names import is_id, is_model_name, is_text
from safeconduct.terms.call import Dialect
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.standing import Model

SPOKEN: Final[Mapping[str, frozenset[str]]] = {
    "anthropic": frozenset({Dialect.MESSAGES.value}),
    "openai": frozenset({Dialect.CHAT.value, Dialect.RESPONSES.value}),
}
"""Dialects that the upstreams every settings file knows speak; a call leaves in the dialect it came in."""

DIALECTS: Final = frozenset(dialect.value for dialect in Dialect)

MAX_ALIASES: Final = 32


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    id: str
    upstream: str
    served_as: str = ""
    dialects: tuple[str, ...] = ()
    tier: str = "standard"
    family: str = ""
    display_name: str = ""
    aliases: tuple[str, ...] = ()
    max_output_tokens: int = 0


def read_model(written: Mapping[str, Any], where: str) -> Model:
    """Read one entry from a table. What is left out: ``served_as`` is the id, ``dialects`` all that ``anthropic`` or
    ``openai`` speaks (for any other upstream they must be given).

    Raises Refused with every fault; ``where`` names the place the entry came from.
    """
    try:
        entry = msgspec.convert(written, _Written)
    except msgspec.ValidationError as wrong:
        fault = Fault("model_malformed", f"this is no catalog entry: {wrong}", where, "give id and upstream; see the model docs")
        raise Refused(fault) from wrong
    model = Model(
        id=entry.id,
        upstream=entry.upstream,
        served_as=entry.served_as or entry.id,
        dialects=frozenset(entry.dialects) or SPOKEN.get(entry.upstream, frozenset()),
        tier=entry.tier,
        family=entry.family or entry.id,
        display_name=entry.display_name or entry.id,
        aliases=tuple(dict.fromkeys(entry.aliases)),
        max_output_tokens=entry.max_output_tokens,
    )
    faults = faults_in(model, where)
    if faults:
        raise Refused(*faults)
    return model


def faults_in(model: Model, where: str) -> list[Fault]:
    """Everything that is wrong with an entry by itself."""
    faults = []
    for name in (model.id, model.served_as, *model.aliases):
        if not is_model_name(name):
            mend = "use 1 to 128 of the ASCII characters A-Z a-z 0-9 . _ - : / @ [ ]"
            faults.append(Fault("model_name", f"{name!r} is no model name", where, mend))
    if not is_id(model.upstream):
        mend = "use the name of an upstream in the settings, like anthropic or openai"
        faults.append(Fault("model_upstream", f"{model.upstream!r} is no upstream name", where, mend))
    spoken = SPOKEN.get(model.upstream, DIALECTS)
    unspoken = sorted(model.dialects - spoken)
    if unspoken:
        what = f"{model.upstream} does not speak {', '.join(unspoken)}"
        faults.append(Fault("model_dialect", what, where, f"use {', '.join(sorted(spoken))}"))
    if not model.dialects:
        mend = f"list what it speaks: {', '.join(sorted(DIALECTS))}"
        faults.append(Fault("model_dialect", f"{model.id} lists no dialects", where, mend))
    if not is_id(model.tier):
        faults.append(Fault("model_tier", f"{model.tier!r} is no tier", where, "use lower-case letters, digits and . _ -"))
    if not is_model_name(model.family):
        faults.append(Fault("model_family", f"{model.family!r} is no family", where, "use letters, digits and . _ -"))
    if not is_text(model.display_name):
        faults.append(Fault("model_display_name", "the display name is not one printable line", where, "shorten it"))
    if model.max_output_tokens < 0:
        faults.append(Fault("model_tokens", "max_output_tokens is negative", where, "use 0 for no limit of ours"))
    if len(model.aliases) > MAX_ALIASES:
        faults.append(Fault("model_aliases", f"more than {MAX_ALIASES} aliases", where, "drop some"))
    return faults


def collisions(model: Model, others: Iterable[Model], where: str) -> list[Fault]:
    """Faults for names of ``model`` that another entry already has, whatever their case."""
    names = {name.lower(): name for name in (model.id, *model.aliases)}
    faults = []
    if len(names) < 1 + len(model.aliases):
        faults.append(Fault("model_alias_repeats", "an alias repeats the id or another alias", where, "name each once"))
    for other in others:
        if other.id == model.id:
            continue
        for name in (other.id, *other.aliases):
            taken = names.get(name.lower())
            if taken is not None:
                what = f"{taken!r} already means {other.id}" + ("" if taken == name else f", written {name!r}")
                faults.append(Fault("model_name_taken", what, where, "choose another name or withdraw the other model first"))
    return faults
