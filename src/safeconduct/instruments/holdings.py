"""From what the registry keeps of instruments to what can be compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

from safeconduct.instruments.document import read
from safeconduct.instruments.force import Held
from safeconduct.terms.moments import FOREVER, Moment


class Recorded(Protocol):
    """One version of one instrument, as the registry keeps it. Annexes are the text of each file by name."""

    @property
    def id(self) -> str: ...
    @property
    def version(self) -> int: ...
    @property
    def text(self) -> str: ...
    @property
    def annexes(self) -> Mapping[str, str]: ...
    @property
    def activated_at(self) -> Moment | None: ...
    @property
    def withdrawn_at(self) -> Moment | None: ...


def holdings(records: Iterable[Recorded]) -> list[Held]:
    """Every version that was ever activated, read again from its own text.

    A version that ended because a newer one was activated is held until the newer one takes effect, not until somebody
    pressed the button: between the two there must be no gap in which nobody is forbidden anything.

    Raises Refused when a stored document does not read; whoever decides must then refuse.
    """
    activated = [record for record in records if record.activated_at is not None]
    starts = {(record.id, record.version): record.activated_at for record in activated}
    held: list[Held] = []
    for record in activated:
        newer = {moment for (name, version), moment in starts.items() if name == record.id and version > record.version}
        replaced = record.withdrawn_at in newer
        withdrawn = FOREVER if record.withdrawn_at is None or replaced else record.withdrawn_at
        files = {name: text.encode() for name, text in record.annexes.items()}
        instrument = read(record.text, files, f"{record.id}.toml")
        held.append(Held(instrument, record.version, FOREVER if record.activated_at is None else record.activated_at, withdrawn))
    return held
