"""``safeconduct held``: what waits is listed, shown without what it was, released by one or by two, and declined."""

from __future__ import annotations

from pathlib import Path

from safeconduct.assembly.process import clock
from safeconduct.cli import held, main
from safeconduct.gateway.held import HeldFile
from safeconduct.terms.held import Held
from support.officers import two
from support.registry_cli import Home

ID, OTHER = "H-0123456789ab", "H-ba9876543210"


def homes(tmp_path: Path) -> tuple[Home, Home]:
    home = Home(tmp_path)
    file = HeldFile(home.folder / "run" / "held-0.jsonl")
    now = clock()
    note = Held(ID, now, "call_1", "sc_1", "acme", model="unknown-model", direction="answer", tool="Bash")
    file.tell(Held(OTHER, now - 1, "call_0", "sc_1", "acme", direction="request", kinds=("markings.banner",)))
    file.tell(note)
    return two(home)


def test_what_waits_is_listed_and_shown(tmp_path: Path) -> None:
    mira, _ = homes(tmp_path)
    assert [(row["id"], row["state"]) for row in mira.read(held.app, "list")] == [(OTHER, "waiting"), (ID, "waiting")]
    shown = mira.read(held.app, "show", ID)
    assert (shown["tool"], shown["takes"], shown["caller"]) == ("Bash", "two officers", "sc_1")
    mira.run(held.app, "show", "H-000000000000", code=1)


def test_p9_two_release_what_a_restricted_model_is_about(tmp_path: Path) -> None:
    mira, noor = homes(tmp_path)
    mira.run(held.app, "release", ID, "--why", "looked at it")
    assert mira.read(held.app, "show", ID)["state"] == "waiting"
    noor.run(main.app, "request", "approve", "--yes")
    shown = mira.read(held.app, "show", ID)
    assert (shown["state"], shown["decided by"], shown["agreed"]) == ("released", "officer:mira", "officer:noor")
    assert [row["id"] for row in mira.read(held.app, "list")] == [OTHER]


def test_to_decline_takes_one_and_a_reason(tmp_path: Path) -> None:
    mira, _ = homes(tmp_path)
    mira.run(held.app, "decline", ID, code=2)
    mira.run(held.app, "decline", ID, "--why", "no")
    assert {row["id"]: row["state"] for row in mira.read(held.app, "list", "--all")} == {OTHER: "waiting", ID: "declined"}
