"""A detector that does not find its own sample is named."""

from __future__ import annotations

from collections.abc import Sequence

from safeconduct.gateway.samples import SAMPLES, blind
from safeconduct.safeguards.ports import DetectorFailed, Nothing
from safeconduct.terms.blocks import Block, Origin
from safeconduct.terms.findings import Finding
from support import detecting


class Broken(Nothing):
    """Errs at everything."""

    def scan(self, blocks: Sequence[Block], wanted: frozenset[str], /) -> list[Finding]:
        raise DetectorFailed("secrets")

    def scan_text(self, path: str, text: str, origin: Origin, /) -> list[Finding]:
        raise DetectorFailed("secrets")


def test_detectors_that_work_find_their_samples() -> None:
    assert blind(detecting.rules(), SAMPLES.keys()) == ()


def test_a_detector_that_finds_nothing_is_named() -> None:
    assert blind(Nothing(), SAMPLES.keys()) == ("personal", "secrets")


def test_a_detector_that_errs_is_named() -> None:
    assert blind(Broken(), ["secrets"]) == ("secrets",)


def test_a_detector_that_is_not_enabled_is_not_missed() -> None:
    assert blind(Nothing(), ["canaries"]) == ()
