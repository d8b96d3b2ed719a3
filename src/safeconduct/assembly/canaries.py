"""What do organizations watch, and how do the detectors of a running worker come to look for it?

Lists are registry material (``registry.canaries``): acts of officers, in the change feed, in backups. Fingerprints are keyed by a
secret of the home, so that neither registry nor log tells what they are of. What a canary is and how a text is searched for one
is the detector's (``detectors.canaries``). Every text is searched for the canaries of every organization, because the string of
one is most telling in the hands of another.

INVARIANT (P8): no string and no word of a document is kept, shown or told in an error.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Sequence
from hashlib import blake2b
from typing import Final

import msgspec

from safeconduct.assembly.home import SECRET_BYTES, Home
from safeconduct.assembly.safeguards import RULES, Inlines, enabled
from safeconduct.detectors.canaries import Canaries, fingerprint, prints
from safeconduct.detectors.rules import Rules
from safeconduct.exchange.view import View
from safeconduct.office.acts import ListCanaries
from safeconduct.office.canaries import MOST_OF_ONE
from safeconduct.registry.canaries import PRINT_BYTES, CanaryList, in_force
from safeconduct.registry.state import Registry
from safeconduct.safeguards.ports import Enabled
from safeconduct.settings.load import Settings
from safeconduct.storage.files.disk import Disk
from safeconduct.storage.files.keystore import create_secret, load_or_create
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import FOREVER, Moment

KEY: Final = "canary.key"
FILE: Final = "canaries.json"  # where lists stood before they were registry material
EVERY: Final = 0.1  # seconds between two looks at what is to be looked for


def listing(
    home: Home,
    organization: str,
    name: str,
    *,
    lines: Sequence[str] = (),
    document: str = "",
    replace: bool = False,
    why: str = "",
) -> ListCanaries:
    """The act that adds a list of one string a line, or of the rows of a document. Raises Refused with every bad line."""
    key = load_or_create(home.secrets / KEY, secrets.token_bytes, SECRET_BYTES)
    strings = _joined(_strings(key, lines))
    documents = _joined(prints(key, document, MOST_OF_ONE + 1)) if document else ""
    return ListCanaries(organization, name, strings, documents, replace, why)


class _Watched(msgspec.Struct, frozen=True):
    organization: str
    name: str
    strings: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()


class _Kept(msgspec.Struct, frozen=True):
    key: bytes
    lists: tuple[_Watched, ...] = ()


def left_over(home: Home) -> bool:
    """Whether lists still stand where they stood before they were registry material."""
    return (home.path / FILE).exists()


def want_taken_over(home: Home) -> None:
    """Raises Refused where lists still stand in the file: nobody would look for them."""
    if left_over(home):
        what = "lists of canaries stand in a file that is not looked at any more"
        raise Refused(Fault("canaries_left_over", what, str(home.path / FILE), "run: safeconduct canary import"))


def taking_over(home: Home) -> tuple[ListCanaries, ...]:
    """The acts that add the lists of the file. Its key becomes the home's, if the home has none. Raises Refused, also for a home
    whose key is another: fingerprints cannot be made anew without the strings.
    """
    path = home.path / FILE
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        raise Refused(Fault("nothing_to_import", "there are no lists in a file", str(path), "nothing needs to be done")) from None
    except (OSError, msgspec.MsgspecError) as error:
        what = f"the lists of canaries cannot be read: {type(error).__name__}"
        raise Refused(Fault("canaries_unreadable", what, str(path), "mend the file, or take it away")) from error
    held = home.secrets / KEY
    if not held.exists():
        create_secret(held, kept.key)
    if not secrets.compare_digest(home.secret(KEY), kept.key):
        mend = "add the strings and documents anew, then take the file away"
        raise Refused(Fault("another_key", "the lists were made under another key", str(path), mend))
    return tuple(
        ListCanaries(each.organization, each.name, _joined(each.strings), _joined(each.documents)) for each in kept.lists
    )


def taken_over(home: Home) -> None:
    """The lists of the file are in the registry: take the file away, durably. Raises OSError."""
    (home.path / FILE).unlink()
    Disk().sync_directory(home.path)


def looked_for(home: Home, lists: Sequence[CanaryList]) -> Canaries | None:
    """The lists as one value for the detector; None where there are none. Raises Refused."""
    if not lists:
        return None
    key = home.secret(KEY)
    seal = blake2b(key=key, digest_size=8)
    for each in lists:
        for part in (each.strings, each.documents):
            seal.update(len(part).to_bytes(8))
            seal.update(part)
    strings, documents = _each(one.strings for one in lists), _each(one.documents for one in lists)
    return Canaries(key, strings, documents, seal.hexdigest())


def watched(home: Home, registry: Registry, now: Moment) -> Canaries | None:
    """What is looked for at ``now``, by this registry. Raises Refused."""
    return looked_for(home, in_force(registry.canaries, registry.organizations, now)[0])


def detectors(home: Home, settings: Settings, registry: Registry, now: Moment) -> Enabled:
    """The detectors of a worker that starts now. Raises Refused."""
    want_taken_over(home)
    return enabled(settings, watched(home, registry, now))


class Following:
    """One worker's detectors, kept to what the registry says is looked for. Lists are prepared beside the loop.

    INVARIANT (P5): a list that was added or removed counts in every worker within a second, in live streams, too.
    INVARIANT (P1): lists that cannot be had blind the detectors, and what nobody looked at does not leave.
    """

    def __init__(self, home: Home, view: View, clock: Callable[[], Moment], tell: Callable[[Exception], None]) -> None:
        self._home, self._view, self._clock, self._tell = home, view, clock, tell
        self._version = -1
        self._until: Moment = FOREVER
        self._lists: tuple[CanaryList, ...] | None = None
        self._told = ""

    async def follow(self) -> None:
        """Look again and again, until cancelled."""
        while True:
            await self.look()
            await asyncio.sleep(EVERY)

    async def look(self) -> None:
        """Renew the detectors, if something else is to be looked for."""
        registry, now, inlines = self._view.registry, self._clock(), self._view.safeguards.inline
        if not isinstance(inlines, Inlines) or (registry.version == self._version and now < self._until):
            return
        version = registry.version
        lists, until = in_force(registry.canaries, registry.organizations, now)
        if lists != self._lists:
            try:
                rules = await asyncio.to_thread(self._made, inlines.rules, lists)
            except Exception as fault:  # noqa: BLE001 - a door: whatever stands in the way, looking goes on and is not pretended
                inlines.blind = True
                if self._told != type(fault).__name__:
                    self._tell(fault)
                self._told = type(fault).__name__
                return
            self._told = ""
            inlines.renew(rules)
            self._view.safeguards.renew(dict.fromkeys(RULES, rules.version))
        self._lists, self._version, self._until = lists, version, until

    def _made(self, before: Rules, lists: Sequence[CanaryList]) -> Rules:
        canaries = looked_for(self._home, lists)
        same = (canaries and canaries.seal) == (before.canaries and before.canaries.seal)
        return before if same else before.renewed(canaries=canaries, legends=before.legends)


def _strings(key: bytes, lines: Sequence[str]) -> set[str]:
    """The fingerprints of the lines that are not empty. Raises Refused with every line that is no canary, by its number."""
    found, faults = set(), []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            found.add(fingerprint(key, line.strip()))
        except ValueError as wrong:
            faults.append(Fault("bad_canary", str(wrong), f"line {number}", "mend the line, or give the file as a document"))
    if faults:
        raise Refused(*faults)
    return found


def _joined(found: Iterable[str]) -> str:
    return "".join(sorted(set(found)))


def _each(parts: Iterable[bytes]) -> frozenset[str]:
    return frozenset(part[at : at + PRINT_BYTES].hex() for part in parts for at in range(0, len(part), PRINT_BYTES))
