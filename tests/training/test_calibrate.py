import numpy as np
import pytest

from safeconduct.detectors.models.calibration import DETECTORS, HEADS
from training.calibrate import JUDGING, SHARES, WORST, calibrate
from training.rows import Row

DICE = np.random.Generator(np.random.PCG64(4))


def world(harder: float) -> tuple[list[Row], list[dict[str, float]]]:
    """Two ordinary sources, one of which scores ``harder`` higher than the other, and some text in another language."""
    rows, raw = [], []
    for source, lift, text, count in (
        ("s-labs", 0.0, "please sort the list for the team", 2000),
        ("arena-hard", harder, "what is the plan for this week", 2000),
        ("own-languages", -2.0, "Привет, как дела сегодня", 100),
    ):
        for _ in range(count):
            rows.append(Row(text, source, "ordinary", 0.0, 0.0, role="calibrate"))
            score = {f"{head}.{detector}": float(DICE.normal() + lift) for head in HEADS for detector in DETECTORS}
            raw.append(score)
    return rows, raw


@pytest.mark.parametrize("harder", [0.0, 1.5])
def test_no_ordinary_source_gives_more_than_the_worst_share_of_alarms(harder: float) -> None:
    rows, raw = world(harder)
    built = calibrate(rows, raw)
    for source in ("s-labs", "arena-hard"):
        shares = np.array(
            [built.joined("en", "misuse", scores)[0] for row, scores in zip(rows, raw, strict=True) if row.source == source]
        )
        assert len(shares) >= JUDGING
        for nominal in (0.05, 0.01):
            assert (shares <= nominal).mean() <= WORST * nominal + 0.002


def test_a_share_means_what_it_says_where_sources_agree() -> None:
    rows, raw = world(0.0)
    built = calibrate(rows, raw)
    shares = np.array(
        [built.joined("en", "injection", scores)[0] for row, scores in zip(rows, raw, strict=True) if row.language == ""]
    )
    assert (shares[:4000] <= 0.1).mean() == pytest.approx(0.1, abs=0.02)


def test_another_language_has_thresholds_of_its_own() -> None:
    rows, raw = world(0.0)
    built = calibrate(rows, raw)
    assert built.share("cyrillic", "misuse.encoder", 0.5) < built.share("en", "misuse.encoder", 0.5)
    assert built.share("arabic", "misuse.encoder", 0.5) == built.share("cyrillic", "misuse.encoder", 0.5)


def test_the_tail_is_dense() -> None:
    assert min(SHARES) == 0.0005
    assert list(SHARES) == sorted(SHARES, reverse=True)
    assert sum(share <= 0.01 for share in SHARES) >= 10
