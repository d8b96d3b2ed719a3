"""Which settings are there, and what are their defaults? Shapes only; ``load`` reads and judges them (docs/settings.md)."""

from __future__ import annotations

import msgspec


class GatewaySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The door for calls. Times in seconds, sizes in bytes."""

    listen: str = "127.0.0.1:8462"
    workers: int = 1
    max_body_bytes: int = 32 * 1024 * 1024
    max_buffered_bytes: int = 256 * 1024 * 1024
    max_connections: int = 8192
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    keepalive_seconds: float = 90.0
    write_seconds: float = 60.0
    drain_seconds: float = 30.0
    stale_seconds: float = 2.0
    unrestricted_tiers: list[str] = msgspec.field(default_factory=lambda: ["standard"])


class UpstreamSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One provider. ``url`` in the form its SDK expects; ``credential`` names a place, never the secret itself."""

    url: str
    dialects: list[str]
    credential: str = ""
    credential_header: str = "authorization"
    connect_seconds: float = 10.0
    first_byte_seconds: float = 600.0
    idle_seconds: float = 300.0
    max_connections: int = 4096
    simulated: bool = False


class WitnessSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A witness that cosigns the log (C2SP tlog-witness): its submission prefix, and its public key as name+hash+key."""

    url: str
    vkey: str


class LogSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The log. ``origin`` names it in every checkpoint (C2SP tlog-checkpoint)."""

    origin: str = "safeconduct.local/log"
    node: str = "node-1"
    merge_delay_seconds: float = 10.0
    store: str = ""
    heads: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_key_id: str = ""
    s3_secret: str = ""
    witness: dict[str, WitnessSettings] = {}
    witness_quorum: int = 0
    require_witness_seconds: float = 0.0


class VaultClassSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A retention class: how many days after the end of its month content of this class is kept.

    ``protected``: a law makes us keep it; erasing a person waits for its time.
    """

    days: int
    protected: bool = False


class VaultKeySettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where an organization's key lies: the public half in a file, the private one in a file or a PKCS#11 token."""

    public: str
    private: str = ""
    module: str = ""
    pin: str = ""


class VaultSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Kept content: classes besides those that are always there, and keys of organizations that do not lie apart."""

    class_: dict[str, VaultClassSettings] = msgspec.field(name="class", default_factory=dict)
    key: dict[str, VaultKeySettings] = {}


class ReconcileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The nightly comparison of registry and vault with the log. ``at`` is a time of day in UTC; empty: never by itself."""

    at: str = "03:00"


class WatchSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The watch over calls. ``alerts_per_thousand`` people and day.

    ``egress``: countries and sources of logins that tell no place. ``retain_days``: how long signals are kept for hunts.
    """

    on: bool = True
    alerts_per_thousand: float = 5.0
    egress: list[str] = []
    retain_days: int = 30


class JudgeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The judge: a ``model`` of the catalog, asked about texts as rare as ``gray`` among benign ones. Empty: there is none."""

    model: str = ""
    gray: float = 0.05
    deadline_seconds: float = 10.0
    per_minute: int = 600


class ReuseSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Restricted output that reappears: whether fingerprints of answers are kept, for how many days, in how many megabytes."""

    on: bool = False
    days: int = 30
    most_megabytes: int = 1_000


class SafeguardSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Detectors. ``base``: every call is looked at and findings noted, whatever the rules say. ``scorers`` is how many processes
    run the models; ``plugins`` are the detectors of others that are enabled; ``legends`` are the organization's own markings.
    ``hold_bytes`` and ``hold_ms`` bound what may wait of an answer that is looked at while it streams.
    """

    base: bool = True
    scorers: int = 1
    deadline_ms: int = 2_000
    plugins: list[str] = []
    legends: list[str] = []
    hold_bytes: int = 16 * 1024
    hold_ms: int = 400
    judge: JudgeSettings = JudgeSettings()
    reuse: ReuseSettings = ReuseSettings()


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    gateway: GatewaySettings = GatewaySettings()
    log: LogSettings = LogSettings()
    upstream: dict[str, UpstreamSettings] = {}
    vault: VaultSettings = VaultSettings()
    reconcile: ReconcileSettings = ReconcileSettings()
    safeguards: SafeguardSettings = SafeguardSettings()
    watch: WatchSettings = WatchSettings()
