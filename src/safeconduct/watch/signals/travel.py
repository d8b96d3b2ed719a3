"""Was somebody at two places faster than anybody travels? And what identity providers say about keys and devices.

Logins through egress that says nothing about a place (VPN, a company's own) are passed over; so are two logins of one device,
which cannot be at two places: its network is.
"""

from __future__ import annotations

from math import asin, cos, radians, sin, sqrt
from typing import Final

from safeconduct.terms.signals import IdentitySignal
from safeconduct.watch.detected import DAY, HOUR, Detected
from safeconduct.watch.knobs import Knobs
from safeconduct.watch.subject import ID_CHARACTERS, MOST_DEVICES, Subject, remember

KIND: Final = "travel"
LEAKED: Final = "leaked"
FASTEST: Final = 900.0  # km/h
LEAST_KM: Final = 300.0  # what places looked up by address are wrong by
EARTH_KM: Final = 6371.0
KNOWN_FOR: Final = 7 * DAY


def see(subject: Subject, signal: IdentitySignal, knobs: Knobs) -> Detected | None:
    """Look at one event of an identity provider."""
    if signal.kind == "credential_leaked":
        return Detected(LEAKED, 4.0, "A credential was reported as leaked.", certain=True, half_life=7 * DAY)
    if signal.kind != "login":
        return None
    device = signal.device[:ID_CHARACTERS]
    known = subject.devices.get(device, 0) if device else 0
    if device:
        remember(subject.devices, device, known or signal.at, MOST_DEVICES)
    if signal.source in knobs.egress or signal.country in knobs.egress:
        return None
    if signal.latitude is None or signal.longitude is None or not device:
        return None
    before, subject.login = subject.login, (signal.at, signal.latitude, signal.longitude, device)
    if before is None or before[3] == device:
        return None
    km = distance(before[1], before[2], signal.latitude, signal.longitude)
    hours = max(abs(signal.at - before[0]) / HOUR, 0.05)
    if km < LEAST_KM or km / hours <= FASTEST:
        return None
    new = not known or signal.at - known < KNOWN_FOR
    sentence = f"Two devices logged in {km:,.0f} km apart within {hours:.1f} hours{', one of them new' if new else ''}."
    return Detected(KIND, 3.6 if new else 2.2, sentence, half_life=3 * DAY)


def distance(latitude: float, longitude: float, other_latitude: float, other_longitude: float) -> float:
    """Kilometers along the great circle (haversine); degrees."""
    one, other = radians(latitude), radians(other_latitude)
    half = sin((other - one) / 2) ** 2 + cos(one) * cos(other) * sin(radians(other_longitude - longitude) / 2) ** 2
    return 2 * EARTH_KM * asin(min(1.0, sqrt(half)))
