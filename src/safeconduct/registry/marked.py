"""What was noted about this person, agent, key, project, organization or model? Found where its record is."""

from __future__ import annotations

from collections.abc import Iterator

from safeconduct.registry.effects.tables import State
from safeconduct.registry.measures import NO_MARKS, Marks, MeasureRecord
from safeconduct.registry.population import Population
from safeconduct.registry.records import Agent, Key, Organization, Person, Project


def marks_of(state: State, population: Population, who: str) -> Marks:
    """The measures taken about ``KIND/ID``, and its risk; none for what is not known. Raises OSError."""
    kind, _, name = who.partition("/")
    match kind:
        case "person":
            found: Person | Key | Agent | Project | Organization | None = population.person(name)
        case "key":
            found = population.key(name)
        case "agent":
            found = state.agents.get(name)
        case "project":
            found = state.projects.get(name)
        case "organization":
            found = state.organizations.get(name)
        case _:
            return state.model_marks.get(name, NO_MARKS) if kind == "model" else NO_MARKS
    return NO_MARKS if found is None else found.marks


def measure_of(state: State, population: Population, name: str) -> MeasureRecord | None:
    """The measure of this id; None when there is none, or it is long over. Raises OSError."""
    who = population.measured(name)
    if who is None:
        return None
    return next((each for each in marks_of(state, population, who).measures if each.id == name), None)


def everything(state: State, population: Population) -> Iterator[tuple[str, Marks]]:
    """All that has marks, as ``KIND/ID``: a stream. Raises OSError."""
    for kind, table in (("organization", state.organizations), ("project", state.projects), ("agent", state.agents)):
        yield from ((f"{kind}/{name}", each.marks) for name, each in table.items() if each.marks is not NO_MARKS)
    yield from ((f"model/{name}", each) for name, each in state.model_marks.items())
    for who in population.marked():
        marks = marks_of(state, population, who)
        if marks != NO_MARKS:  # what was noted may be gone again
            yield who, marks
