"""Would somebody lift by this act what lies on himself? An officer may be a person here, too (``officer link``).

What lies on a person: measures and risk of the person, of the agents that answer to the person, and of the keys of either;
suspensions of any of these; calls of theirs that are held; content of theirs that is held back from erasing; cases about them.
So does what was asked for and waits: a measure, a stop by any other name, a look into a case about them.
Who asks, and whoever agreed, has to be somebody else. To take more from oneself needs nobody, nor to take back what one asked
oneself; to appeal is everybody's right.

INVARIANT (P9): nobody lifts a measure, a risk or a hold on himself, alone or as the second.
"""

from __future__ import annotations

from typing import Final

from safeconduct.office import acts, persons
from safeconduct.office.acts import Act
from safeconduct.office.asking import Asking
from safeconduct.registry.papers import Request
from safeconduct.registry.state import Registry
from safeconduct.terms.measures import BANDS

MOST_LINKS: Final = 64  # of a chain of agents; a longer one, or a ring, is nobody's


def wants_another(act: Act, ask: Asking) -> None:
    """Refuse the act where it lifts something that lies on who asks it or on who agreed."""
    for actor in dict.fromkeys((ask.actor, *sorted(ask.agreed))):
        officer = persons.officer_named(ask.registry, actor)
        if officer is not None and officer.person and _lifts(act, ask, officer.person):
            what = f"this lies on {actor}, and nobody lifts what lies on himself"
            ask.refuse("own_matter", what, "ask an officer whom it does not concern; or say something against it: appeal")


def _lifts(act: Act, ask: Asking, person: str) -> bool:
    registry = ask.registry
    match act:
        case acts.UndoMeasure(id=name):
            found = registry.measure(name)
            return found is not None and is_of(registry, found.who, person)
        case acts.MoveRisk(who=who):
            return is_of(registry, who, person) and _lowers(act, ask)
        case acts.Restore(kind=kind, id=name):
            return is_of(registry, f"{kind}/{name}", person)
        case acts.ReleaseHeld(organization=organization, caller=caller):
            return bool(caller) and caller == registry.leaf_pseudonym(organization, person)
        case acts.ReleaseHold(id=name):
            hold = registry.holds.get(name)
            return hold is not None and hold.kind == "person" and hold.target == person
        case acts.CloseCase(id=name) | acts.JudgeCase(id=name) | acts.MergeCase(id=name):
            case = registry.cases.get(name)
            return case is not None and any(is_of(registry, who, person) for who in case.about)
        case acts.DeclineRequest(id=name):
            request = registry.requests.get(name)
            if request is None or request.asker == ask.actor:
                return False
            return any(is_of(registry, who, person) for who in _weighs_on(registry, request))
        case _:
            return False


def _weighs_on(registry: Registry, request: Request) -> tuple[str, ...]:
    """Whom (``KIND/ID``) an act that waits would take something from, or look into. Read from its words as they stand: one that
    an older version wrote, and that cannot be read any more, is still there to be declined.
    """
    said = {name: str(request.body.get(name, "")) for name in ("who", "kind", "id", "person", "case")}
    match request.act:
        case acts.TakeMeasure.act:
            return (said["who"],)
        case acts.Suspend.act | acts.End.act:
            return (f"{said['kind']}/{said['id']}",)
        case acts.RevokeKey.act:
            return (f"key/{said['id']}",)
        case acts.LeaveOrganization.act:
            return (f"person/{said['person']}",)
        case acts.AskReading.act:
            case = registry.cases.get(said["case"])
            return case.about if case is not None else ()
        case _:
            return ()


def _lowers(act: acts.MoveRisk, ask: Asking) -> bool:
    marks = ask.registry.marks(act.who)
    before = marks.band(ask.now)
    if act.band not in BANDS or marks.risk is None or before == BANDS[0]:
        return False
    return BANDS.index(act.band) < BANDS.index(before) or act.until < marks.risk.until


def is_of(registry: Registry, who: str, person: str) -> bool:
    """Whether ``KIND/ID`` is this person, an agent that answers to the person, or a key of either."""
    kind, _, name = who.partition("/")
    if kind == "key":
        key = registry.keys.get(name)
        if key is None:
            return False
        kind, name = key.holder_kind, key.holder
    for _ in range(MOST_LINKS):
        if kind == "person":
            return name == person
        agent = registry.agents.get(name) if kind == "agent" else None
        if agent is None:
            return False
        kind, name = agent.sponsor_kind, agent.sponsor
    return False
