"""One answer for each row, in its place, and the answer is that of deciding alone."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.batch import Answer, Answering, Question
from safeconduct.office import acts
from safeconduct.policy.decide import Policy
from safeconduct.registry.state import Registry
from safeconduct.terms.moments import Moment, show
from support.inquiry_worlds import MODELS, NOON, Town, letter, plainly, policy_at, seats
from support.registry_world import DAY, PSEUDONYM_KEY, T0


def answering(town: Town) -> Answering:
    kept: dict[Moment, tuple[Registry, Policy]] = {}

    def judge(at: Moment) -> tuple[Registry, Policy]:
        if at not in kept:
            registry = Registry.fold(town.world.changes, PSEUDONYM_KEY, until=at)
            kept[at] = registry, policy_at(registry, at)
        return kept[at]

    return Answering(judge, NOON)


@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_p6_each_row_is_answered_as_it_would_be_alone_at_its_own_moment(seed: int) -> None:
    town = Town(seed)
    town.standing_rules()
    town.world.at(NOON + DAY)
    town.suspend_some()
    rows, expected = [], []
    moments = (NOON, NOON + 2 * DAY, NOON + DAY)
    for number, seat in enumerate(seats(town.registry, NOON)):
        at, model = moments[number % 3], MODELS[number % 2]
        kind, name, organization, project = seat
        rows.append(Question(f"{kind}/{name}", model.id, organization, project, show(at)))
        registry = Registry.fold(town.world.changes, PSEUDONYM_KEY, until=at)
        expected.append(plainly(registry, policy_at(registry, at), at, seat, model))
    given_ = answering(town).answer(rows)
    assert [(each.decision, each.code, each.rules, each.error) for each in given_] == [
        (one.effect, one.code, " ".join(one.rules), "") for one in expected
    ]


def test_bad_rows_are_answered_in_their_place() -> None:
    town = Town(3)
    town.standing_rules()
    name = next(person.id for person, _ in town.registry.everyone() if len(person.memberships) == 1)
    rows = [
        Question(name, "claude-fable-5"),
        Question("", "claude-fable-5"),
        Question(name, ""),
        Question(name, "claude-fable-5", at="yesterday"),
        Question("nobody", "claude-fable-5"),
        Question("agent/nobody", "claude-fable-5"),
        Question(error="the line is no JSON"),
        Question(name, "no-such-model"),
        Question("x" * 999, "claude-fable-5"),
        Question("robo", "claude-fable-5"),
    ]
    answers = answering(town).answer(rows)
    assert len(answers) == len(rows)
    assert [bool(each.error) for each in answers] == [False, True, True, True, True, True, True, False, True, False]
    assert answers[6] == Answer(error="the line is no JSON")
    assert answers[7].code == "model_not_found"
    assert all(each.decision == "" for each in answers if each.error)


def test_somebody_of_two_organizations_has_to_say_which() -> None:
    town = Town(4)
    name = next(person.id for person, _ in town.registry.everyone() if len(person.memberships) == 2)
    (answer,) = answering(town).answer([Question(name, "claude-fable-5")])
    assert "name the organization" in answer.error


def test_a_standing_is_remembered_only_while_it_holds() -> None:
    town = Town(5, people=0)
    town.world.act(acts.RegisterPerson("ann", "cobalt", ends=T0 + DAY))
    town.enact(letter("terms", "authorization", [("true", ["claude-fable-5"])]))
    registry, policy = town.registry, policy_at(town.registry, NOON)
    rows = [Question("ann", "claude-fable-5", at=show(at)) for at in (NOON, NOON + DAY, NOON)]
    answers = Answering(lambda _: (registry, policy), NOON).answer(rows)
    assert [(each.decision, each.code) for each in answers] == [
        ("permit", "permitted"),
        ("deny", "membership_ended"),
        ("permit", "permitted"),
    ]
