"""A preview says of the whole what deciding seat by seat, before and after, says of each."""

from __future__ import annotations

from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.inquiry.candidates import entered_and_activated
from safeconduct.inquiry.preview import Change, Preview, by, compare, count_live, count_use, preview
from safeconduct.inquiry.rulings import ABSENT, Ruling, Rulings
from safeconduct.inquiry.seats import survey
from safeconduct.terms.standing import Model
from support.inquiry_worlds import MODELS, NOON, Town, annexes_of, letter, plainly, policy_at, seats, side
from support.registry_world import DAY

YES = Ruling(True, "permit", "permitted", "t/r", ("t/r",), ())
CAPPED = Ruling(True, "permit", "permitted", "t/r", ("t/r",), ("cap=1@t/r",))
NO = Ruling(False, "deny", "forbidden", "l/r", ("l/r",), ())
NAMES = frozenset(model.id for model in MODELS)


def previewed(town: Town, text: str, listed: str = "", limit: int = -1) -> tuple[Preview, Rulings, Rulings]:
    name = text.split('id = "')[1].split('"')[0]
    trial = entered_and_activated(town.registry, name, text, annexes_of(text), NOON)
    policies = policy_at(town.registry, NOON), policy_at(trial, NOON)
    here = side(town.registry, NOON, *policies)
    before, after = Rulings(here, policies[0]), Rulings(side(trial, NOON, *policies), policies[1])
    census = survey([here], keep=-1)
    return preview(census, before, after, concerned=NAMES, listed=listed, limit=limit), before, after


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_the_figures_are_those_of_deciding_seat_by_seat(seed: int) -> None:
    town = Town(seed)
    town.standing_rules()
    town.suspend_some()
    found, before, after = previewed(town, town.text("requirement"))
    lines: Counter[tuple[str, str, str, str, str]] = Counter()
    lost = gained = concerned = verified = total = 0
    for seat in seats(town.registry, NOON):
        changes, known, unready = set(), False, False
        for model in MODELS:
            was = plainly(before.side.registry, before.policy, NOON, seat, model)
            would = plainly(after.side.registry, after.policy, NOON, seat, model)
            change = compare(was, would)
            if change is not None:
                changes.add(change)
                why = was if change is Change.GAINED else would
                lines[change, seat[2], model.id, why.code, why.rule] += 1
            if was.known or would.known:
                known, unready = True, unready or would.code.startswith("fact_")
        total += 1
        lost += Change.LOST in changes
        gained += Change.GAINED in changes
        concerned += known
        verified += known and not unready
    assert (found.seats, found.lost, found.gained) == (total, lost, gained)
    assert (found.readiness.seats, found.readiness.verified) == (concerned, verified)
    assert dict(by(found.lines, "change", "organization", "model", "code", "rule")) == dict(lines)


def test_names_are_those_who_lose() -> None:
    town = Town(11)
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]))
    found, before, after = previewed(town, town.text("requirement"), "lost")
    lost = {(one[1], one[2]) for one in seats(town.registry, NOON) if _loses(before, after, one)}
    assert {(each.seat, each.organization) for each in found.names} == lost
    few, _, _ = previewed(town, letter("all", "requirement", [("true", sorted(NAMES))]), "lost", 3)
    assert len(few.names) == 3


def _loses(before: Rulings, after: Rulings, seat: tuple[str, str, str, str]) -> bool:
    return any(
        plainly(before.side.registry, before.policy, NOON, seat, model).permits
        and not plainly(after.side.registry, after.policy, NOON, seat, model).permits
        for model in MODELS
    )


def test_a_letter_changes_nothing_before_it_takes_effect() -> None:
    town = Town(12)
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]))
    found, _, _ = previewed(town, letter("later", "requirement", [("true", sorted(NAMES))], effective=NOON + DAY))
    assert (found.lost, found.gained, found.lines) == (0, 0, [])


def test_what_changes_for_whom() -> None:
    assert compare(YES, NO) is Change.LOST
    assert compare(ABSENT, YES) is Change.GAINED
    assert compare(YES, CAPPED) is Change.DUTIES
    assert compare(NO, ABSENT) is compare(YES, YES) is None


def test_the_digest_is_of_what_was_shown() -> None:
    town = Town(13)
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]))
    first, _, _ = previewed(town, letter("one", "requirement", [("true", ["claude-fable-5"])]))
    same, _, _ = previewed(town, letter("one", "requirement", [("true", ["claude-fable-5"])]), "lost")
    other, _, _ = previewed(town, letter("one", "requirement", [("true", ["claude-mythos-5"])]))
    assert first.digest() == same.digest() != other.digest()


def test_sessions_and_past_calls_of_those_who_lose_are_counted() -> None:
    town = Town(14)
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]))
    text = letter("one", "requirement", [("true", ["claude-fable-5"])])
    found, before, after = previewed(town, text)
    someone = next(one for one in seats(town.registry, NOON) if _loses(before, after, one))
    kind, name, home, _ = someone
    told = [(kind, name, home, "claude-fable-5", 3), (kind, name, home, "claude-mythos-5", 2), (kind, name, home, "gone", 1)]
    count_live(found, told, before, after)
    assert found.live == {"claude-fable-5": 3}
    pseudonym = before.side.registry.standing_for(organization=home, now=NOON, **{kind: name}).leaf_pseudonym  # type: ignore[arg-type]
    census = survey([before.side], callers=frozenset({pseudonym}))
    count_use(found, census, {pseudonym: {"claude-fable-5": 7, "claude-mythos-5": 5}, "sc_other": {}}, before, after)
    assert found.used == {"claude-fable-5": 7}
    assert found.figures()["live"] == 3


def test_guarded_callers_who_would_lose_are_counted_by_guard_and_authority() -> None:
    town = Town(15)
    guard = '[[guard]]\nid = "mission"\nauthority = "provider"\nsay = "Critical."\n'
    cohort = "cohort = 'principal.organization == Organization::\"cobalt\"'\n"
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]) + guard + cohort)
    found, before, after = previewed(town, letter("one", "requirement", [("true", ["claude-fable-5"])]))
    lost = [one for one in seats(town.registry, NOON) if _loses(before, after, one) and one[2] == "cobalt"]
    assert lost, "nobody of cobalt would lose anything"
    assert found.guarded == {"terms/mission (provider)": len(lost)}
    assert found.figures()["guarded"] == len(lost)


def test_an_obligation_takes_from_nobody_and_shows_whom_it_holds_to_other_duties() -> None:
    town = Town(3)
    town.enact(letter("terms", "authorization", [("true", sorted(NAMES))]))
    found, before, after = previewed(town, letter("keep", "obligation", [("true", sorted(NAMES))]), listed="duties")
    held = {seat for seat in seats(town.registry, NOON) if any(_served(before, seat, model) for model in MODELS)}
    assert (found.lost, found.gained, found.duties, found.reach) == (0, 0, len(held), len(held))
    kind, name, home, _ = next(iter(sorted(held)))
    pseudonym = before.side.registry.standing_for(organization=home, now=NOON, **{kind: name}).leaf_pseudonym  # type: ignore[arg-type]
    census = survey([before.side], callers=frozenset({pseudonym}))
    seat = census.callers[pseudonym]
    served = {model.id for model in MODELS if before.of(seat.pair[0], seat.seat, model.id).permits}
    count_use(found, census, {pseudonym: dict.fromkeys(NAMES, 5)}, before, after)
    assert (found.used, found.bound) == ({}, dict.fromkeys(served, 5))


def test_a_letter_about_models_that_nobody_may_use_says_that_it_reaches_nobody() -> None:
    found, _, _ = previewed(Town(3), letter("keep", "obligation", [("true", sorted(NAMES))]))
    assert (found.seats > 0, found.duties, found.reach) == (True, 0, 0)


def _served(before: Rulings, seat: tuple[str, str, str, str], model: Model) -> bool:
    return plainly(before.side.registry, before.policy, NOON, seat, model).permits
