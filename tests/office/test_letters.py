"""An instrument is held against what the registry holds at that moment."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.desk import open_desk
from safeconduct.office.acts import EnterInstrument
from safeconduct.office.letters import known_of, sound, stored
from safeconduct.terms.faults import Refused
from support.policy_home import peopled
from support.policy_june import LETTER_12, LETTER_30


def test_what_is_known_is_the_newest_of_each_but_the_one_asked_about(tmp_path: Path) -> None:
    home = peopled(tmp_path)
    with open_desk(home.environ) as desk:
        with pytest.raises(Refused, match="does not exist"):
            sound(LETTER_30, {}, "letter.toml", desk.registry)
        desk.perform(EnterInstrument("us-bis-2026-06-12", LETTER_12.replace("foreign-persons", "first-draft")))
        desk.perform(EnterInstrument("us-bis-2026-06-12", LETTER_12))
        known = known_of(desk.registry)
        [letter] = known.instruments
        assert [rule.id for rule in letter.rules] == ["foreign-persons"]
        assert known.organizations == {"acme", "borealis", "cobalt", "zeta"}
        assert {model.id for model in known.models} == {"claude-mythos-5", "claude-fable-5", "gpt-5.6-cyber"}
        assert known_of(desk.registry, besides="us-bis-2026-06-12").instruments == ()
        assert sound(LETTER_30, {}, "letter.toml", desk.registry).id == "us-bis-2026-06-30"


def test_a_stored_document_that_does_not_read_is_left_out(tmp_path: Path) -> None:
    home = peopled(tmp_path)
    with open_desk(home.environ) as desk:
        registry = desk.registry
        with pytest.raises(Refused):
            stored("no toml", {}, "x.toml")
        assert known_of(registry).instruments == ()
