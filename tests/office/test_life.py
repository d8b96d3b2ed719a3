"""The life of a letter: every step against every status, every mistake with its sentence, and never one person alone."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from hashlib import sha256

import pytest

from safeconduct.exchange.rules import Rules
from safeconduct.office import acts
from safeconduct.office.act import plan
from safeconduct.office.life import next_step
from safeconduct.registry.papers import InstrumentRecord
from safeconduct.terms.faults import Refused
from support.letters import FIRST, SECOND, put_in_force, steps, take_back
from support.registry_world import DAY, FABLE, T0, World, letter, small_world

DIGEST = "d" * 64


def office() -> World:
    world = small_world()
    world.act(acts.RegisterAuthority("provider", "Provider"))
    world.act(acts.CatalogModel(FABLE))
    return world


def refused(world: World, act: acts.Act, actor: str = SECOND) -> dict[str, str]:
    with pytest.raises(Refused) as caught:
        world.act(act, actor)
    return {fault.code: f"{fault.what}; {fault.mend}" for fault in caught.value.faults}


def last(world: World) -> InstrumentRecord:
    return world.registry.instrument_versions("letter")[-1]


def until(world: World, status: str, text: str = "") -> World:
    """Bring version 1 of the letter to a status."""
    for step in steps(world.registry, text or letter("one")):
        if world.registry.instrument_versions("letter") and last(world).status == status and last(world).transcribed_by:
            return world
        world.act(step.act, step.actor)
        if isinstance(step.act, acts.EnterInstrument) and status == "draft":
            return world
    if status == "superseded":
        put_in_force(world, letter("two"))
    if status == "withdrawn":
        take_back(world, "letter")
    return world


ACTS: dict[str, Callable[[], acts.Act]] = {
    "transcribe": lambda: acts.TranscribeInstrument("letter", letter("one"), version=1),
    "check": lambda: acts.CheckInstrument("letter", 1),
    "preview": lambda: acts.RecordPreview("letter", 1, DIGEST),
    "approve": lambda: acts.ApproveInstrument("letter", 1, sha256(letter("one").encode()).hexdigest()),
    "activate": lambda: acts.ActivateInstrument("letter", 1),
    "withdraw": lambda: acts.WithdrawInstrument("letter", 1),
}
LEADS = {
    ("draft", "transcribe"): "draft",
    ("draft", "check"): "checked",
    ("draft", "withdraw"): "withdrawn",
    ("checked", "transcribe"): "checked",
    ("checked", "check"): "checked",
    ("checked", "preview"): "previewed",
    ("checked", "withdraw"): "withdrawn",
    ("previewed", "transcribe"): "previewed",
    ("previewed", "check"): "previewed",
    ("previewed", "preview"): "previewed",
    ("previewed", "approve"): "approved",
    ("previewed", "withdraw"): "withdrawn",
    ("approved", "preview"): "previewed",
    ("approved", "approve"): "approved",
    ("approved", "activate"): "active",
    ("approved", "withdraw"): "withdrawn",
    ("active", "withdraw"): "active",  # it forbids: it waits for a second officer
    ("superseded", "withdraw"): "superseded",
}
STATUSES = ("draft", "checked", "previewed", "approved", "active", "superseded", "withdrawn")


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("name", ACTS)
def test_every_step_from_every_status_leads_where_it_should_or_is_refused_with_the_next_one(status: str, name: str) -> None:
    world = until(office(), status)
    record = world.registry.instrument_versions("letter")[0]
    assert record.status == status
    actor = "officer-c"  # has done nothing so far
    if (status, name) in LEADS:
        world.act(ACTS[name](), actor)
        assert world.registry.instrument_versions("letter")[0].status == LEADS[status, name]
        return
    before = world.registry.version
    told = refused(world, ACTS[name](), actor)
    assert set(told) <= {"out_of_turn", "already_withdrawn"}
    if "out_of_turn" in told:
        assert next_step(record) in told["out_of_turn"]
    assert world.registry.version == before


def test_p9_nobody_approves_his_own_letter() -> None:
    """Neither who entered it, nor who previewed it, nor an account; and nothing is in force without that approval."""
    world = until(office(), "checked")
    sha = last(world).sha256
    world.act(acts.RecordPreview("letter", 1, DIGEST), "officer-c")
    for actor, code in ((FIRST, "own_work"), ("officer-c", "own_work"), ("os:root", "officer_wanted")):
        assert code in refused(world, acts.ApproveInstrument("letter", 1, sha), actor)
        assert "out_of_turn" in refused(world, acts.ActivateInstrument("letter"), actor)
    world.act(acts.ApproveInstrument("letter", 1, sha), "officer-d")
    assert "approved_already" in refused(world, acts.ApproveInstrument("letter", 1, sha), "officer-d")
    world.act(acts.ActivateInstrument("letter"), FIRST)
    assert last(world).status == "active"


def test_p9_no_sequence_of_acts_by_one_person_puts_anything_in_force() -> None:
    world = office()
    text = letter("one")
    todo = [acts.EnterInstrument("letter", text), *(make() for make in ACTS.values()), *(make() for make in ACTS.values())]
    for act in todo:
        try:
            world.act(act, FIRST)
        except Refused:
            continue
        assert last(world).activated_at is None


def test_an_approval_names_the_text_and_the_preview_that_were_read() -> None:
    world = until(office(), "previewed")
    shown = last(world).preview
    assert shown is not None
    assert "changed_text" in refused(world, acts.ApproveInstrument("letter", 1, "0" * 64, shown.digest))
    assert "changed_preview" in refused(world, acts.ApproveInstrument("letter", 1, last(world).sha256, DIGEST))
    world.act(acts.ApproveInstrument("letter", 1, last(world).sha256, shown.digest), SECOND)
    [approval] = last(world).approvals
    assert (approval.actor, approval.sha256, approval.preview) == (SECOND, last(world).sha256, shown.digest)


def test_a_preview_is_stale_once_anything_else_that_can_be_in_force_changed() -> None:
    world = until(office(), "previewed")
    sha = last(world).sha256
    put_in_force(world, letter("other").replace('"letter"', '"other"'))
    told = refused(world, acts.ApproveInstrument("letter", 1, sha))
    assert "instrument preview letter" in told["stale_preview"]
    assert "stale_preview" in refused(world, acts.RecordPreview("letter", 1, DIGEST, basis=1), FIRST)
    world.act(acts.RecordPreview("letter", 1, DIGEST), FIRST)
    world.fact("ann", "vetting", "enhanced")  # the population drifts all the time; that alone makes no preview stale
    world.act(acts.ApproveInstrument("letter", 1, sha), SECOND)


def test_an_approval_counts_only_while_its_preview_does() -> None:
    """What came into force after the approval may change who loses what: preview and approve again, then activate."""
    world = until(office(), "approved")
    put_in_force(world, letter("other").replace('"letter"', '"other"'))
    told = refused(world, acts.ActivateInstrument("letter"))
    assert "preview and approve it again" in told["stale_preview"]
    world.act(acts.RecordPreview("letter", 1, DIGEST), FIRST)
    world.act(acts.ApproveInstrument("letter", 1, last(world).sha256), SECOND)
    world.act(acts.ActivateInstrument("letter"), FIRST)
    assert last(world).status == "active"


def test_letters_activated_in_one_act_do_not_make_each_other_stale() -> None:
    world = until(office(), "approved")
    for step in steps(world.registry, letter("other").replace('"letter"', '"other"'))[:-1]:
        world.act(step.act, step.actor)
    world.act(acts.Batch((acts.ActivateInstrument("letter"), acts.ActivateInstrument("other")), "both"), FIRST)
    assert {each.status for each in world.registry.instruments()} == {"active"}


def test_the_trail_says_whom_a_preview_counted() -> None:
    world = until(office(), "previewed")
    world.act(acts.RecordPreview("letter", 1, DIGEST, {"seats": 9, "lost": 3, "gained": 0}), FIRST)
    assert [mark.note for mark in last(world).trail if mark.what == "previewed"] == ["nobody was counted", "3 lost, 0 gained"]


def test_a_new_preview_takes_the_approval_back() -> None:
    world = until(office(), "approved")
    world.act(acts.RecordPreview("letter", 1, DIGEST), FIRST)
    assert (last(world).status, last(world).approvals) == ("previewed", ())


def test_a_preview_that_cannot_be_one_is_refused() -> None:
    world = until(office(), "checked")
    figures = {str(number): number for number in range(100)}
    told = refused(world, acts.RecordPreview("letter", 1, "no digest", figures, ("nobody",), basis=10_000), FIRST)
    assert set(told) == {"bad_digest", "bad_figures", "unknown_authority", "bad_basis"}


@pytest.mark.parametrize(
    ("break_", "code"),
    [
        (lambda text: text.replace('"provider"', '"provder"'), "unknown_authority"),
        (lambda text: text.replace("2026-01-01T00:00:00Z", "2026-01-01T00:00:00"), "wrong_value"),
        (lambda text: text.replace("claude-fable-5", "claude-fabel-5"), "unknown_model"),
        (lambda text: text.replace("'true'", "'principal.organization == Organization::\"acm\"'"), "unknown_organization"),
        (lambda text: text.replace('id = "letter"', 'id = "other"'), "other_instrument"),
    ],
)
def test_an_officers_mistake_is_caught_before_anything_is_kept(break_: Callable[[str], str], code: str) -> None:
    world = office()
    told = refused(world, acts.EnterInstrument("letter", break_(letter("one"))), FIRST)
    assert code in told, told
    assert world.registry.instruments() == []


def test_a_second_transcription_that_differs_names_every_difference() -> None:
    world = until(office(), "draft")
    told = refused(world, acts.TranscribeInstrument("letter", letter("one").replace("2026-01-01", "2026-01-11")))
    assert "effective: the first transcription has" in told["transcription"]
    assert "own_work" in refused(world, acts.TranscribeInstrument("letter", letter("one")), FIRST)
    world.act(acts.TranscribeInstrument("letter", letter("one") + "# typed by the second officer\n"), SECOND)
    assert last(world).transcribed_by == (SECOND,)
    assert "transcribed" in refused(world, acts.TranscribeInstrument("letter", letter("one")))


def test_the_operators_own_paper_needs_no_transcription_but_a_letter_of_others_does() -> None:
    world = office()
    world.act(acts.EnterInstrument("letter", letter("one")), FIRST)
    world.act(acts.CheckInstrument("letter"), FIRST)
    world.act(acts.RecordPreview("letter", 1, DIGEST), FIRST)
    told = refused(world, acts.ApproveInstrument("letter", 1, last(world).sha256))
    assert "only officer-a has read the original" in told["not_transcribed"]
    own = letter("one").replace("requirement", "organization_policy")
    assert not any(isinstance(step.act, acts.TranscribeInstrument) for step in steps(world.registry, own))
    put_in_force(world, own)


def test_the_trail_tells_who_did_what_and_when() -> None:
    world = office()
    put_in_force(world, letter("one"))
    world.at(T0 + DAY)
    take_back(world, "letter")
    assert [(mark.what, mark.actor) for mark in last(world).trail] == [
        ("entered", FIRST),
        ("transcribed", SECOND),
        ("checked", FIRST),
        ("previewed", FIRST),
        ("approved", SECOND),
        ("activated", SECOND),
        ("withdrawn", FIRST),
    ]
    assert last(world).trail[-1].at == T0 + DAY


def test_p9_withdrawing_what_forbids_waits_and_withdrawing_what_permits_does_not() -> None:
    world = office()
    put_in_force(world, letter("one"))
    made = plan(acts.WithdrawInstrument("letter"), world.registry, FIRST, world.now)
    assert [draft.kind for draft in made.changes] == ["request.opened"]
    permit = (
        letter("one").replace('"forbid"', '"permit"').replace('"requirement"', '"authorization"').replace('"letter"', '"open"')
    )
    put_in_force(world, permit)
    made = plan(acts.WithdrawInstrument("open"), world.registry, FIRST, world.now)
    assert [draft.kind for draft in made.changes] == ["instrument.withdrawn"]


def test_p9_withdrawing_what_obliges_waits() -> None:
    world = office()
    duties = 'duties = [{ name = "retain", value = "none" }]\n'
    put_in_force(world, letter("one").replace('"forbid"', '"oblige"') + duties)
    made = plan(acts.WithdrawInstrument("letter"), world.registry, FIRST, world.now)
    assert [draft.kind for draft in made.changes] == ["request.opened"]


def test_without_a_version_the_obvious_one_is_meant() -> None:
    world = office()
    put_in_force(world, letter("one"))
    world.act(acts.EnterInstrument("letter", letter("two")), FIRST)
    take_back(world, "letter")
    assert [each.status for each in world.registry.instruments()] == ["withdrawn", "draft"]
    assert "unknown_version" in refused(world, acts.CheckInstrument("letter", 7))
    assert "unknown_instrument" in refused(world, acts.CheckInstrument("nothing"))
    assert "same_instrument" in refused(world, acts.EnterInstrument("letter", letter("two")))
    world.act(acts.EnterInstrument("letter", letter("one")), FIRST)  # withdrawn for good; entered again it is a new version
    assert last(world).version == 3


def test_what_was_sound_when_approved_is_asked_again_when_activated() -> None:
    world = until(office(), "approved")
    world.act(acts.WithdrawModel(FABLE.id))
    assert "unknown_model" in refused(world, acts.ActivateInstrument("letter"))


def test_p9_an_account_is_no_second_reader() -> None:
    """Whoever has an officer key has an account as well: only an officer's word can be the second one."""
    world = office()
    world.act(acts.RegisterAuthority("bis", "BIS"))
    annex = "name\nAcme\n"
    text = letter("one", annex=annex).replace('"provider"', '"bis"')
    files = {"a.csv": annex}
    world.act(acts.EnterInstrument("letter", text, files), FIRST)
    assert "officer_wanted" in refused(world, acts.TranscribeInstrument("letter", text, files), "os:ops")
    world.act(acts.MatchAnnex("letter", "a", "Acme", "acme"), FIRST)
    assert "officer_wanted" in refused(world, acts.MatchAnnex("letter", "a", "Acme", "acme"), "os:ops")
    world.act(acts.MatchAnnex("letter", "a", "Acme", "sub"), "os:ops")
    world.act(acts.MatchAnnex("letter", "a", "Acme", "sub"), FIRST)
    assert last(world).chosen() == {("a", "Acme"): "sub"}


def test_p9_what_was_asked_about_one_version_is_not_done_to_another() -> None:
    world = office()
    put_in_force(world, letter("one"))
    (asked,) = world.at(T0 + DAY).act(acts.WithdrawInstrument("letter", None, "superfluous"), FIRST)
    put_in_force(world.at(T0 + 2 * DAY), letter("two"))
    world.at(T0 + 3 * DAY).act(acts.ApproveRequest(asked.subject), SECOND)
    assert [each.status for each in world.registry.instrument_versions("letter")] == ["withdrawn", "active"]


def test_p1_an_older_version_activated_last_leaves_no_gap() -> None:
    """Approved first and activated last: whichever is in force, one of them is."""
    world = office()
    *before, activation = steps(world.registry, letter("one"))
    for step in before:
        world.act(step.act, step.actor)
    put_in_force(world.at(T0 + DAY), letter("two"))
    world.at(T0 + 2 * DAY)
    with contextlib.suppress(Refused):
        world.act(activation.act, activation.actor)
    in_force = [rule.id for rule in Rules()(world.registry, T0 + 3 * DAY).compiled.rules]
    assert len(in_force) == 1
