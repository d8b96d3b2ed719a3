"""What is on its way to the vault, and who waits for it? One worker's deposits.

Sealing and writing are the vault's. Here it is seen to that whoever waits hears, once: that it is durable, that it is not, or,
when the vault says nothing for too long, that nobody will wait any longer (P12).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

from safeconduct.audit.entries import CallDecided, CallEnded
from safeconduct.gateway.ports import Vault
from safeconduct.terms.moments import Moment

PATIENCE_SECONDS = 10.0  # a disk that takes longer to store one call than this is no vault; a provider's client waits longer


@dataclass(frozen=True, slots=True)
class Content:
    """What is to be kept of one call: ``part`` is ``request`` or ``answer``, ``subject`` the caller's leaf pseudonym."""

    call: str
    part: str
    subject: str
    organization: str
    kept_class: str
    at: Moment
    data: bytes


class Deposits:
    """What one worker has given to its vault and not heard of yet. Without a vault nothing can be kept."""

    def __init__(self, loop: asyncio.AbstractEventLoop, vault: Vault | None, fault: Callable[[Exception], None]) -> None:
        self._loop = loop
        self._vault = vault
        self._fault = fault
        self._waiting: dict[int, tuple[Callable[[bool], None], asyncio.TimerHandle]] = {}
        self._given = 0
        self._empty = asyncio.Event()

    def __len__(self) -> int:
        return len(self._waiting)

    def keep(self, content: Content, entry: CallDecided | CallEnded, then: Callable[[bool], None]) -> None:
        """Have the content sealed and say in ``entry`` where it lies; ``then`` hears, in a later turn, whether it is durable.

        Where it is not, the entry names no place any more.
        """
        self._given += 1
        number = self._given

        def told(durable: bool) -> None:
            if not durable:
                entry.kept_place = entry.kept_sha256 = ""
            then(durable)

        self._waiting[number] = told, self._loop.call_later(PATIENCE_SECONDS, self._heard, number, False)
        kept = None
        if self._vault is not None:
            try:
                kept = self._vault.keep(
                    call=content.call,
                    part=content.part,
                    subject=content.subject,
                    organization=content.organization,
                    kept_class=content.kept_class,
                    at=content.at,
                    data=content.data,
                    then=lambda durable: self._heard(number, durable),
                )
            except Exception as fault:  # noqa: BLE001 - a door: whatever the vault fails of, it has not kept this
                self._fault(fault)
        if kept is None:
            self._loop.call_soon(self._heard, number, False)
        else:
            entry.kept_sha256, entry.kept_place = kept.sha256, kept.place

    def _heard(self, number: int, durable: bool) -> None:
        waiting = self._waiting.pop(number, None)
        if waiting is None:
            return  # nobody waits any longer
        then, timer = waiting
        timer.cancel()
        then(durable)
        if not self._waiting:
            self._empty.set()

    async def settle(self, seconds: float) -> None:
        """Wait until everything is durable, or so long; then tell whoever still waits that it is not."""
        if self._waiting:
            self._empty.clear()
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._empty.wait()
        for number in list(self._waiting):
            self._heard(number, False)
