"""How is the officers' API served? The desk of this home behind the door, on an address of its own."""

from __future__ import annotations

import secrets
import socket
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import msgspec
import uvicorn

from safeconduct.api.door import Door
from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.held import Waiting, waiting
from safeconduct.assembly.home import Home, existing
from safeconduct.assembly.officer_key import VARIABLE
from safeconduct.assembly.watch_reading import explained
from safeconduct.desk.desk import Desk, Done
from safeconduct.office.acts import Act
from safeconduct.registry.state import Registry
from safeconduct.terms.faults import Fault, Refused
from safeconduct.terms.moments import Moment
from safeconduct.witness.prompt import PromptProtocol

MAX_CONNECTIONS = 64
KEEPALIVE_SECONDS = 15


class Seat:
    """The desk with an officer at it, and what lies beside the registry: notes of what is held, and what the watch knows."""

    def __init__(self, desk: Desk, home: Home) -> None:
        self._desk, self._home = desk, home

    @property
    def registry(self) -> Registry:
        return self._desk.registry

    def now(self) -> Moment:
        return self._desk.now()

    def perform(self, act: Act, /) -> Done:
        return self._desk.perform(act)

    def held(self) -> list[Waiting]:
        return waiting(self._home, self.registry, self._home.settings().gateway.unrestricted_tiers, self.now())

    def explained(self, who: str, /) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.to_builtins(explained(self._home, who, self.now()))
        return found

    def fresh_measure(self) -> str:
        return f"M-{secrets.token_hex(6)}"


def serve(environ: Mapping[str, str], host: str, port: int, names: Collection[str], tell: Callable[[str], None]) -> None:
    """Answer until SIGTERM or SIGINT. ``names`` are further hosts it answers to; ``tell`` hears the URL.

    Raises Refused, also when there is no home or the address is taken.
    """
    bare = {name: value for name, value in environ.items() if name != VARIABLE}  # who acts is told by each request

    @contextmanager
    def sit(key: str) -> Iterator[Seat]:
        with open_desk(bare) as desk:
            desk.sit(key)
            yield Seat(desk, existing(bare))

    with open_desk(bare):
        pass  # what is wrong with the home is said now, not to the first officer
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except OSError as wrong:
            what = f"cannot listen there: {wrong.strerror}"
            raise Refused(Fault("port_taken", what, f"{host}:{port}", "give another --listen HOST:PORT")) from wrong
        listener.listen(MAX_CONNECTIONS)
        shown = f"[{host}]" if ":" in host else host
        bound = listener.getsockname()[1]
        hosts = {f"{shown}:{bound}", f"localhost:{bound}", *names}
        config = uvicorn.Config(
            Door(sit, hosts, time.monotonic),
            http=PromptProtocol,
            loop="uvloop",
            ws="none",
            lifespan="off",
            log_level="warning",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            limit_concurrency=MAX_CONNECTIONS,
            timeout_keep_alive=KEEPALIVE_SECONDS,
            timeout_graceful_shutdown=5,
        )
        tell(f"http://{shown}:{bound}")
        uvicorn.Server(config).run(sockets=[listener])
