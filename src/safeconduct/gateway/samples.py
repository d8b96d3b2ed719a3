"""Do the inline detectors still find what they have to? Each is asked now and then about a sample of its own.

What the watch makes of one that does not is the watch's. Lists of an installation (canaries) have no sample here: what they hold
is known by its hash alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from safeconduct.safeguards.ports import DetectorFailed, Detectors
from safeconduct.terms.blocks import Origin
from safeconduct.terms.moments import SECOND, Moment

EVERY: Final[Moment] = 30 * SECOND
SAMPLES: Final = {
    "secrets": "a sample: ghp_" + "4z7hwIWPxs66XOuILzCcT9AWzUR8BXLiHMA7",
    "personal": "a sample: a.b@rhyta.com",
}
"""Made up; nobody's key and nobody's address."""


def blind(inline: Detectors, enabled: Collection[str]) -> tuple[str, ...]:
    """The enabled detectors that do not find their own sample, sorted. One that errs does not find it, either."""
    lost = []
    for name in sorted(SAMPLES.keys() & set(enabled)):
        try:
            found = inline.scan_text("$", SAMPLES[name], Origin.USER)
        except DetectorFailed:
            found = []
        if all(each.detector != name for each in found):
            lost.append(name)
    return tuple(lost)
