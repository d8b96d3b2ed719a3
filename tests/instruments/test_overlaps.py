"""Rules that can never fire, shadow each other or contradict each other: found by trying all callers that can be told apart."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings

from safeconduct.instruments.check import Known, Severity, check, review, warnings
from safeconduct.instruments.compile import compile_rules
from safeconduct.instruments.document import Instrument
from safeconduct.policy.decide import Policy
from safeconduct.terms.standing import Standing
from support.policy_conditions import Condition, conditions
from support.policy_june import GLASSWING, LETTER_12, LETTER_26, LETTER_30, MODELS, MYTHOS, held, instrument
from support.policy_worlds import CALL, NOW, callers, letter

COHORT = 'principal.us_person.ear != "yes"'
EXEMPT = 'principal.organization in Annex::"trusted-partners" && principal.employed_there'
ORGANIZATIONS = frozenset({"acme", "borealis", "cobalt"})


def known(*active: str, files: dict[str, bytes] | None = None) -> Known:
    letters = tuple(instrument(text, files) for text in active)
    return Known(MODELS, ORGANIZATIONS, letters, active=frozenset(one.id for one in letters))


def codes(text: str, *active: str) -> list[tuple[Severity, str]]:
    return [(one.severity, one.fault.code) for one in review(instrument(text), known(*active))]


FAULT, WARNING = Severity.FAULT, Severity.WARNING


def test_the_june_letters_are_in_each_others_way_nowhere() -> None:
    assert codes(LETTER_12, GLASSWING) == []
    assert codes(LETTER_26, GLASSWING, LETTER_12) == []
    assert codes(LETTER_30, GLASSWING, LETTER_12, LETTER_26) == []
    assert codes(GLASSWING, LETTER_12, LETTER_26) == []


@pytest.mark.parametrize(
    "cohort",
    [
        'principal.nationality.contains("IR") && !principal.nationality.contains("IR")',
        'principal.residence == "IR" && principal.residence == "KP"',
        'principal.us_person.ear == "yes" && principal.us_person.ear == "no"',
        'principal.employed_there && !(principal.employed_there || principal.tier == "x")',
        'principal.organization == Organization::"acme" && principal.organization == Organization::"cobalt"',
    ],
)
def test_a_condition_that_contradicts_itself_can_never_fire(cohort: str) -> None:
    [fault] = check(instrument(LETTER_12.replace(COHORT, cohort)))
    assert (fault.code, fault.where) == ("never_fires", "letter.toml:14")
    assert "contradicts itself" in fault.what
    assert "||" in fault.mend
    guard = f'\n[[guard]]\nid = "g"\nauthority = "us-cisa"\ncohort = \'{cohort}\'\nsay = "Ask."\n'
    [fault] = check(instrument(LETTER_12 + guard))
    assert fault.code == "never_fires"
    assert "protects nobody" in fault.what


def test_a_condition_that_everybody_meets_without_saying_so_is_told() -> None:
    text = LETTER_12.replace(COHORT, 'principal.residence != "IR" || principal.residence != "KP"')
    assert codes(text) == [(WARNING, "catches_everybody")]
    assert codes(LETTER_12.replace(COHORT, "true")) == []  # it says so
    assert codes(LETTER_12.replace(COHORT, 'principal.residence != "IR"')) == []


def test_an_exemption_that_never_meets_its_target_is_refused() -> None:
    text = LETTER_26.replace(EXEMPT, 'principal.us_person.ear == "yes"')
    assert codes(text, LETTER_12) == [(FAULT, "exempts_nobody")]
    [fault] = check(instrument(text), replace(known(LETTER_12), active=frozenset()))  # also before the letter is active
    assert fault.code == "exempts_nobody"
    assert COHORT in fault.mend


def test_an_exemption_that_comes_when_the_prohibition_has_ended_is_told() -> None:
    ending = LETTER_12.replace("\n\n[[rule]]", "\nuntil = 2026-06-26T00:00:00-04:00\n\n[[rule]]")
    assert codes(LETTER_26, ending) == [(WARNING, "never_together")]
    assert codes(LETTER_26, ending.replace("00:00-04:00\n\n", "00:01-04:00\n\n")) == []


def test_an_exemption_of_everybody_should_be_a_lift() -> None:
    assert codes(
        LETTER_26.replace(EXEMPT, "true").replace('"claude-mythos-5"]', '"claude-mythos-5", "claude-fable-5"]'), LETTER_12
    ) == [(WARNING, "exempts_everybody")]
    assert codes(LETTER_26.replace(EXEMPT, "true"), LETTER_12) == []  # for one of two models only


def test_a_permit_that_a_prohibition_takes_away_whole_is_told() -> None:
    everybody = LETTER_12.replace(COHORT, "true")
    [fault] = warnings(instrument(everybody), known(GLASSWING))[:1]
    assert fault.code == "conflict"
    assert fault.what.startswith('"us-bis-2026-06-12/foreign-persons" forbids all that "glasswing/')
    assert fault.what.endswith("permits, from 2026-06-12T21:21:00Z")
    assert codes(everybody, GLASSWING) == [(WARNING, "conflict"), (WARNING, "conflict")]
    assert codes(GLASSWING, everybody) == [(WARNING, "conflict"), (WARNING, "conflict")]
    exempting = LETTER_26
    assert codes(GLASSWING, everybody, exempting) == [(WARNING, "conflict")]  # partners are let through, the others are not
    assert codes(GLASSWING, everybody, LETTER_30) == []  # lifted
    assert codes(everybody) == []  # nothing is active


def test_a_conflict_needs_the_same_models_and_the_same_time() -> None:
    everybody = LETTER_12.replace(COHORT, "true")
    other = everybody.replace('["claude-fable-5", "claude-mythos-5"]', '["gpt-5.6-cyber"]')
    assert codes(other, GLASSWING) == []
    ended = GLASSWING.replace('\n\n[[rule]]\nid = "partners"', '\nuntil = 2026-06-12T17:21:00-04:00\n\n[[rule]]\nid = "partners"')
    assert ended != GLASSWING
    assert codes(everybody, ended) == []


def test_an_instrument_that_takes_away_what_it_gives_is_refused() -> None:
    forbid = '\n[[rule]]\nid = "no"\neffect = "forbid"\nmodels = ["tier:restricted"]\ncohort = \'{}\'\nsay = "No."\n'
    text = GLASSWING.replace("\n[[annex]]", forbid.format("true") + "\n[[annex]]")
    [fault] = check(instrument(text), known())
    assert fault.code == "conflict"
    assert '"no" forbids it all' in fault.what
    text = GLASSWING.replace("\n[[annex]]", forbid.format('principal.organization in Annex::"partners"') + "\n[[annex]]")
    assert codes(text) == [(FAULT, "conflict")]
    text = GLASSWING.replace("\n[[annex]]", forbid.format('principal.tier == "red"') + "\n[[annex]]")
    assert codes(text) == []


def test_a_rule_that_adds_nothing_is_told() -> None:
    second = LETTER_12.replace('"us-bis-2026-06-12"', '"us-doc"').replace(COHORT, f'{COHORT} && principal.tier == "red"')
    assert codes(second, LETTER_12) == [(WARNING, "shadowed")]
    assert codes(LETTER_12, second) == []  # the broader one is news
    assert codes(second, LETTER_12, LETTER_26) == []  # it catches the exempt
    earlier = second.replace(" = 2026-06-12", " = 2026-06-11")
    assert codes(earlier, LETTER_12) == []  # for a day it is the only one
    ending = LETTER_12.replace("\n\n[[rule]]", "\nuntil = 2027-01-01T00:00:00Z\n\n[[rule]]")
    assert codes(second, ending) == []  # afterwards it is the only one
    wider = second.replace('"claude-mythos-5"]', '"claude-mythos-5", "gpt-5.6-cyber"]')
    assert codes(wider, LETTER_12) == []


def test_of_two_rules_alike_in_one_instrument_the_later_is_told() -> None:
    twice = LETTER_12 + LETTER_12[LETTER_12.index("[[rule]]") :].replace('"foreign-persons"', '"again"')
    [fault] = warnings(instrument(twice), known())
    assert (fault.code, fault.what) == (
        "shadowed",
        'Rule "again" changes nothing: "us-bis-2026-06-12/foreign-persons" already forbids all of it',
    )


def test_a_permit_is_shadowed_by_a_broader_one_only_with_the_same_duties() -> None:
    broad = GLASSWING.replace('"glasswing"', '"broad"').replace('principal.organization in Annex::"partners"', "true")
    assert codes(GLASSWING, broad) == [(WARNING, "shadowed"), (WARNING, "shadowed")]
    assert codes(GLASSWING, broad.replace("4000", "9000")) == [(WARNING, "shadowed")]  # "partners" asks for more


def test_annexes_are_compared_by_whom_they_list() -> None:
    """Partners of one list are all on another: the narrower list adds nothing, and one company more makes it news."""
    sort = 'effect = "forbid"\nmodels = ["tier:restricted"]\nsay = "No."\n'
    rule = f'[[rule]]\nid = "r"\n{sort}cohort = \'principal.organization in Annex::"a"\'\n'
    head = '[instrument]\nid = "{}"\nauthority = "x"\nkind = "requirement"\neffective = 2026-01-01T00:00:00Z\n'
    annex = '[[annex]]\nid = "a"\nfile = "a.csv"\nsha256 = "@a.csv@"\n'

    def listing(name: str, data: bytes) -> Instrument:
        return instrument(head.format(name) + rule + annex, {"a.csv": data})

    wide = listing("wide", b"organization,scope\nacme,and contractors\nborealis,\n")
    against = Known(MODELS, ORGANIZATIONS, (wide,), active=frozenset({"wide"}))
    assert [one.code for one in warnings(listing("narrow", b"organization\nacme\n"), against)] == ["shadowed"]
    assert warnings(listing("other", b"organization\nacme\ncobalt\n"), against) == []
    assert warnings(listing("below", b"organization,scope\nborealis,and subsidiaries\n"), against) == []
    assert [one.code for one in warnings(listing("below", b"organization,scope\nacme,and contractors\n"), against)] == [
        "shadowed"
    ]


def test_where_it_is_too_much_to_try_nothing_is_claimed() -> None:
    lot = " && ".join(f'principal.training.contains("{index}")' for index in range(13))
    assert codes(LETTER_12.replace(COHORT, f'{lot} && !principal.training.contains("3")')) == []


@settings(max_examples=60, deadline=None)
@given(conditions(), conditions(), conditions(), callers())
def test_what_is_found_is_true_of_every_caller(
    permit: Condition, forbid: Condition, exemption: Condition, caller: Standing
) -> None:
    """Findings are claims about everybody; here they are held against the engine's own decisions."""
    texts = [letter(kind, (one,)) for kind, one in (("authorization", permit), ("requirement", forbid), ("exemption", exemption))]
    lists = {"list.csv": b"organization,scope\nacme,\nborealis,\n", "other.csv": b"organization,scope\ncobalt,\n"}
    letters = [instrument(text, lists) for text in texts]
    base = Known(MODELS, ORGANIZATIONS, tuple(letters), active=frozenset(one.id for one in letters))
    found = {(one.id, finding.fault.code) for one in letters for finding in review(one, base)}

    def permits(*names: str) -> bool:
        chosen = [held(one) for one in letters if one.id in names]
        return Policy(compile_rules(chosen, NOW), MODELS).decide(caller, MYTHOS, CALL, NOW).permits

    if ("authorization", "never_fires") in found:
        assert not permits("authorization")
    if ("authorization", "conflict") in found:
        assert not permits("authorization", "requirement", "exemption")
    if ("exemption", "exempts_nobody") in found:
        assert permits("authorization", "requirement", "exemption") == permits("authorization", "requirement")
    if ("exemption", "exempts_everybody") in found:
        assert permits("authorization", "requirement", "exemption") == permits("authorization")
    if ("requirement", "catches_everybody") in found:
        assert not permits("authorization", "requirement")


ORDER = """[instrument]
id = "{name}"
authority = "{name}"
kind = "requirement"
effective = 2026-01-01T00:00:00Z
[[rule]]
id = "keep"
effect = "oblige"
models = {models}
cohort = '{cohort}'
say = "{name} says so."
duties = [{{ name = "retain", value = "{value}" }}]
"""


def order(name: str, value: str, cohort: str = "true", models: str = '["claude-mythos-5"]') -> str:
    return ORDER.format(name=name, value=value, cohort=cohort, models=models)


GERMANY, FRANCE = 'principal.residence == "DE"', 'principal.residence == "FR"'


@pytest.mark.parametrize(
    ("ban", "conflict"),
    [
        (order("acme", "none"), True),
        (order("acme", "none", FRANCE), True),  # nobody whose residence is unknown is in neither
        (order("acme", "none", f"!({GERMANY})"), True),
        (order("acme", "none", 'principal.tier == "red"'), True),
        (order("acme", "none", models='["claude-fable-5"]'), False),
        (order("acme", "standard"), False),
    ],
)
def test_an_order_to_keep_and_a_ban_on_keeping_are_told_where_a_caller_can_be_under_both(ban: str, conflict: bool) -> None:
    keep = order("ministry", "export", GERMANY)
    for text, active in ((ban, keep), (keep, ban)):
        found = [one for one in review(instrument(text), known(active)) if one.fault.code == "retention_conflict"]
        assert [one.severity for one in found] == ([WARNING] if conflict else [])
        for one in found:
            assert '"ministry/keep" asks that content is kept (export), and "acme/keep" forbids it' in one.fault.what


def test_a_permit_that_asks_for_keeping_conflicts_where_it_certainly_holds() -> None:
    permit = GLASSWING.replace("cap", "retain").replace("max_output_tokens=4000", "standard")
    assert codes(order("acme", "none"), permit) == [(WARNING, "retention_conflict")]
    elsewhere = order("acme", "none", 'principal.organization == Organization::"zeta"')
    assert (WARNING, "retention_conflict") not in codes(elsewhere, permit)


def test_a_conflict_within_one_instrument_is_told_once() -> None:
    both = order("ministry", "export") + ORDER[ORDER.index("[[rule]]") :].format(
        name="x", value="none", cohort="true", models='["claude-mythos-5"]'
    ).replace('"keep"', '"drop"')
    assert codes(both) == [(WARNING, "retention_conflict")]


def test_an_obligation_that_adds_nothing_or_catches_everybody_is_told() -> None:
    everywhere, germany = order("ministry", "export"), order("second", "export", GERMANY)
    assert codes(germany, everywhere) == [(WARNING, "shadowed")]
    assert codes(everywhere, germany) == []
    assert codes(order("second", "standard", GERMANY), everywhere) == []  # other duties
    assert codes(order("ministry", "export", f"{GERMANY} || !({GERMANY})")) == [(WARNING, "catches_everybody")]
    assert codes(order("ministry", "export", f"{GERMANY} && !({GERMANY})")) == [(FAULT, "never_fires")]


def test_an_obligation_is_in_the_way_of_no_permit_and_no_prohibition() -> None:
    assert codes(order("ministry", "export"), GLASSWING, LETTER_12) == []
