"""Everybody who answers about a call knows the same retention classes: those of the settings, too."""

from __future__ import annotations

from pathlib import Path

import pytest

from safeconduct.assembly.home import existing
from safeconduct.assembly.inquiries import open_inquiries
from safeconduct.assembly.rules import rules_at, rules_of
from safeconduct.settings.load import Settings
from safeconduct.settings.sections import VaultClassSettings, VaultSettings
from safeconduct.terms.content import CLASS_DAYS
from support.registry_cli import Home


def test_the_classes_of_the_settings_come_to_those_that_are_always_there(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with open_inquiries(home.environ) as asked:
        plain = rules_of(Settings())(asked.today, asked.now)
        more = rules_of(Settings(vault=VaultSettings(class_={"decade": VaultClassSettings(3650)})))(asked.today, asked.now)
        assert (plain.classes, more.classes) == (CLASS_DAYS, {**CLASS_DAYS, "decade": 3650})
        assert plain.hash == more.hash, "the settings are recorded by their own hash"


def test_questions_are_answered_by_the_settings_of_the_home(tmp_path: Path) -> None:
    home = Home(tmp_path)
    existing(home.environ).settings_file.write_text("[vault.class.decade]\ndays = 3650\n")
    with open_inquiries(home.environ) as asked:
        assert asked.policy(asked.today, asked.now).classes["decade"] == 3650
        assert rules_at(asked.home)(asked.today, asked.now).classes["decade"] == 3650


@pytest.mark.parametrize("name", ["standard", "flagged", "export"])
def test_the_classes_that_are_always_there_are(name: str) -> None:
    assert name in rules_of(Settings())._classes
