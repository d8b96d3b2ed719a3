"""What we plant: the same for a seed, of both sides, no text twice on them, and numbers with checksums right."""

from __future__ import annotations

import pytest

from evaluation import planted, planted_marks

_SETS = {"secrets": planted.secrets, "markings": planted_marks.markings, "personal": planted_marks.personal}


@pytest.mark.parametrize("name", _SETS)
def test_same_seed_same_texts(name: str) -> None:
    assert _SETS[name](3) == _SETS[name](3)
    assert _SETS[name](3) != _SETS[name](4)


@pytest.mark.parametrize("name", _SETS)
def test_both_sides_and_no_text_on_both(name: str) -> None:
    made = _SETS[name]()
    good = {text for kind, texts in made.items() if not kind.startswith("not_") for text in texts}
    bad = {text for kind, texts in made.items() if kind.startswith("not_") for text in texts}
    assert len(good) > 50
    assert len(bad) >= 25
    assert not good & bad


def test_cards_have_their_checksum() -> None:
    assert planted_marks._luhn("453201511283036") == "4532015112830366"


def test_ibans_have_their_checksum() -> None:
    for text in planted_marks.personal()["iban"]:
        iban = text.removeprefix("Please pay to ").split(",")[0].replace(" ", "")
        assert int(iban[4:] + "1314" + iban[2:4]) % 97 == 1
