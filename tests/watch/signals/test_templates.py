"""One template that many accounts fill in, told apart from a team's own, from one text that is sent around, and from chance."""

from __future__ import annotations

from random import Random

import pytest

from safeconduct.watch.signals import templates as module
from safeconduct.watch.signals.templates import KEEP_DAYS, Templates
from safeconduct.watch.subject import Subject, fresh
from support.watching import DAY, HOUR, MONDAY, call

FIXED = [Random(5).getrandbits(64) for _ in range(20)]
FIXED = [Random(f"fixed {number}").getrandbits(64) for number in range(40)]


def somebody(number: int, organizations: int, purpose: str = "code") -> Subject:
    subject = fresh(f"person/{number}", MONDAY)
    subject.organization, subject.purpose = f"org-{number % organizations}", purpose
    return subject


def text(rnd: Random, *, own: int = 10, signed: bool = False, fixed: int = 0) -> tuple[int, ...]:
    found = sorted(FIXED[fixed : fixed + 20] + [rnd.getrandbits(64) for _ in range(own)])
    return tuple(each - 2**64 if signed and each >= 2**63 else each for each in found)


def campaign(
    people: int,
    texts: int,
    *,
    organizations: int = 4,
    own: int = 10,
    table: Templates | None = None,
    signed: bool = False,
    fixed: int = 0,
    at: int = MONDAY,
) -> list[tuple[float, bool]]:
    table = table or Templates(1 << 14)
    rnd, found = Random(9), []
    subjects = [somebody(number, organizations) for number in range(people)]
    for number in range(people * texts):
        subject = subjects[number % people]
        seen = table.see(subject, call(at + number * HOUR // 10, shingles=text(rnd, own=own, signed=signed, fixed=fixed)))
        found.append((seen.weight, seen.certain) if seen else (0.0, False))
    return found


def test_a_template_that_runs_across_organizations_is_certain() -> None:
    found = campaign(30, 4)
    assert found[-1] == (4.0, True)
    assert found[:7] == [(0.0, False)] * 7, "eight accounts make it one"


def test_the_sign_of_a_hash_does_not_matter() -> None:
    assert campaign(30, 4, signed=True) == campaign(30, 4)


def test_a_teams_own_template_weighs_little_and_is_never_certain() -> None:
    found = campaign(15, 6, organizations=1)
    assert max(weight for weight, _ in found) < 1.5
    assert not any(certain for _, certain in found)


def test_more_accounts_than_a_team_has_are_certain_even_in_one_organization() -> None:
    assert campaign(80, 3, organizations=1)[-1] == (4.0, True)


def test_few_accounts_and_texts_that_are_mostly_their_own_say_nothing() -> None:
    assert max(campaign(4, 30)) == (0.0, False)
    assert max(campaign(30, 4, own=100)) == (0.0, False)


def test_one_text_that_is_sent_around_is_no_template() -> None:
    table, shingles = Templates(1 << 14), text(Random(1))
    seen = [table.see(somebody(number % 40, 4), call(MONDAY + number, shingles=shingles)) for number in range(120)]
    assert not any(seen)


def test_chance_makes_no_template() -> None:
    table, rnd = Templates(1 << 14), Random(2)
    for number in range(3_000):
        shingles = tuple(rnd.getrandbits(64) for _ in range(30))
        assert table.see(somebody(number % 100, 5), call(MONDAY + number, shingles=shingles)) is None


def test_what_nobody_used_for_a_week_makes_room() -> None:
    table = Templates(1)
    table.see(somebody(1, 1), call(MONDAY, shingles=tuple(range(12))))
    before = table.dump()
    table.see(somebody(2, 1), call(MONDAY + (KEEP_DAYS + 2) * DAY, shingles=tuple(range(1 << 30, (1 << 30) + 12))))
    assert table.dump() == before == b""


def flood(table: Templates, accounts: int, texts: int, *, at: int = MONDAY) -> None:
    """Accounts that work together each send the same texts of nothing but chance, so that each slot is shared."""
    rnd = Random(4)
    group = [somebody(1_000 + number, 1) for number in range(accounts)]
    for number in range(texts):
        shingles = tuple(rnd.getrandbits(64) for _ in range(64))
        for each in group:
            table.see(each, call(at + number, shingles=shingles))


def test_a_few_who_work_together_cannot_fill_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 256)
    table = Templates(1 << 14)
    flood(table, 3, 1_000)
    held = len(table.dump()) // 24
    assert held <= 3 * 256
    assert campaign(30, 4, table=table)[-1] == (4.0, True), "and a campaign is found all the same"


def test_a_full_table_makes_room_by_whom_fewest_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHARE", 1 << 20)
    table = Templates(1 << 12)
    campaign(30, 4, table=table)
    flood(table, 6, 600, at=MONDAY + HOUR)
    assert campaign(30, 2, table=table)[-1] == (4.0, True), "what many share stays"
    assert campaign(30, 4, table=table, fixed=20)[-1] == (0.0, False), "while a table that was filled by hand is full"
    later = MONDAY + 2 * DAY
    assert campaign(30, 4, table=table, fixed=20, at=later)[-1] == (4.0, True), "a few hold it for no more than a day"


def test_a_snapshot_has_room_for_what_most_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_KEPT", 20)
    table, again = Templates(1 << 14), Templates(1 << 14)
    flood(table, 3, 60)
    campaign(30, 4, table=table)
    again.load(table.dump())
    assert len(again.dump()) // 24 == 20
    assert campaign(1, 2, table=again)[-1] == (4.0, True)


def test_a_campaign_is_known_again_after_a_restart() -> None:
    first, again = Templates(1 << 14), Templates(1 << 14)
    campaign(30, 4, table=first)
    again.load(first.dump())
    assert campaign(1, 2, table=again)[-1] == (4.0, True)


def test_damaged_bytes_are_let_go() -> None:
    table = Templates(16)
    for data in (b"", b"x" * 23, b"\xff" * 24):
        table.load(data)
    assert table.dump() == b""
