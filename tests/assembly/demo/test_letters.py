"""The documents of the story: readable, sound, and about the right organizations."""

from __future__ import annotations

from safeconduct.assembly.demo.letters import letters
from safeconduct.assembly.demo.population import populate
from safeconduct.assembly.demo.verdicts import MODELS, State
from safeconduct.instruments.check import check
from safeconduct.instruments.document import Instrument, Kind, read

WORLD = populate(200, 40)


def _read() -> dict[State, list[Instrument]]:
    return {
        state: [read(one.text, {name: text.encode() for name, text in one.annexes.items()}, one.id) for one in documents]
        for state, documents in letters(WORLD).items()
    }


def test_every_document_is_sound_and_named_as_it_is() -> None:
    for state, documents in letters(WORLD).items():
        for letter, instrument in zip(documents, _read()[state], strict=True):
            assert letter.id == instrument.id
            assert check(instrument) == []


def test_the_states_come_about_by_the_kinds_of_june() -> None:
    kinds = {state: [one.kind for one in found] for state, found in _read().items()}
    assert kinds == {
        State.AUTHORIZED: [Kind.PROGRAM_TERMS, Kind.AUTHORIZATION],
        State.LETTER: [Kind.REQUIREMENT],
        State.EXEMPTION: [Kind.EXEMPTION],
        State.LIFTED: [Kind.LIFT],
    }
    (letter,) = _read()[State.LETTER][0].rules
    assert set(letter.models) == set(MODELS)


def test_the_annexes_list_what_the_tables_say_line_by_line() -> None:
    found = _read()
    partners = {(line.organization, str(line.scope)) for line in found[State.AUTHORIZED][1].annexes[0].lines}
    listed = {(line.organization, str(line.scope)) for line in found[State.EXEMPTION][0].annexes[0].lines}
    assert partners == {(each.id, scope) for each in WORLD.organizations for scope in each.partner}
    assert listed == {(each.id, scope) for each in WORLD.organizations for scope in each.listed}
    assert {scope for _, scope in listed} == {"", "and contractors", "and subsidiaries"}
