"""The package's own detectors keep the contract that plugins are held to."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

import pytest

from safeconduct.detectors.contract import Manifest
from safeconduct.terms.blocks import Block
from safeconduct.terms.findings import Finding
from safeconduct.testing import detectors
from support import detecting


class _Own:
    """One of the rule detectors alone."""

    def __init__(self, manifest: Manifest) -> None:
        self.manifest = manifest

    def scan(self, blocks: Sequence[Block]) -> list[Finding]:
        return detecting.rules().scan(blocks, frozenset({self.manifest.name}))


@pytest.mark.parametrize("manifest", detecting.rules().manifests(), ids=lambda manifest: manifest.name)
def test_our_own_detectors_conform(manifest: Manifest) -> None:
    own = _Own(manifest)
    examples = [text for text in detecting.samples(Random(5)) if own.scan([Block("$", text, "user")])]
    assert examples
    detectors.conforms(own, examples=examples[:3])
