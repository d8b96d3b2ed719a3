"""Between two times: who lost, who gained, and what had changed for them."""

from __future__ import annotations

from safeconduct.inquiry.differences import Different, differences
from safeconduct.inquiry.rulings import Rulings
from safeconduct.inquiry.seats import survey
from safeconduct.office import acts
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import FOREVER
from support.inquiry_worlds import NOON, Town, letter, policy_at, side
from support.registry_world import DAY, PSEUDONYM_KEY, T0

FABLE = "claude-fable-5"


def _town() -> Town:
    town = Town(1, people=0)
    for name in ("ann", "ben", "cat"):
        town.world.act(acts.RegisterPerson(name, "cobalt"))
        town.world.act(acts.RecordFact(name, "us_citizen", "yes", "hr", "v", "paper", T0, T0 + DAY if name == "ben" else FOREVER))
    town.enact(letter("terms", "authorization", [('principal.us_person.ear == "yes"', [FABLE])]))
    return town


def _diff(town: Town, **only: str) -> list[Different]:
    earlier = Registry.fold(town.world.changes, PSEUDONYM_KEY, until=NOON)
    later = NOON + 2 * DAY
    policies = policy_at(earlier, NOON), policy_at(town.registry, later)
    first = Rulings(side(earlier, NOON, *policies), policies[0])
    second = Rulings(side(town.registry, later, *policies), policies[1])
    return differences(survey([first.side, second.side], keep=-1), first, second, **only)


def test_a_fact_that_expired_and_a_person_who_was_suspended() -> None:
    town = _town()
    town.world.at(NOON + DAY).act(acts.Suspend("person", "cat"))
    town.world.act(acts.RegisterPerson("dan", "cobalt"))
    town.world.act(acts.RecordFact("dan", "us_citizen", "yes", "hr", "v", "paper", T0, FOREVER))
    found = {each.names: (str(each.change), each.before, each.after, each.because) for each in _diff(town)}
    assert found[("ben",)] == (
        "lost",
        "permitted",
        "fact_expired",
        ("rule terms/r0 no longer decides", "fact us_person.ear: yes, now expired"),
    )
    assert found[("cat",)][2] == "person_suspended"
    assert "person suspended" in found[("cat",)][3]
    assert found[("dan",)][0] == "gained"
    assert found[("dan",)][3] == ("joined",)
    assert ("ann",) not in found


def test_a_letter_that_came_in_between() -> None:
    town = _town()
    town.world.at(NOON + DAY)
    town.enact(letter("stop", "requirement", [("true", [FABLE])]))
    found = _diff(town, organization="cobalt", model=FABLE)
    assert sum(each.seats for each in found) == 3
    assert all("rule stop/r0 decides now" in each.because for each in found)
    assert _diff(town, organization="acme") == []
    assert [each.names for each in _diff(town, person="ann")] == [("ann",)]
