"""A crowd for a running installation: people with keys, letters that name some of them, and live streams for all of them.

The streams are held by processes of their own (``crowd_client``), so that a busy test does not look like a late gateway.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

from safeconduct.assembly.desk import open_desk
from safeconduct.assembly.home import Home
from safeconduct.assembly.seed import ORGANIZATION
from safeconduct.desk.desk import Desk
from safeconduct.office import acts
from safeconduct.registry import keys
from safeconduct.registry.roster import RosterReading
from safeconduct.terms.moments import SECOND, Moment, show
from support.letters import put_in_force, steps, take_back
from support.stand import Stand

MODEL = "claude-mythos-5"
READY_SECONDS = 90.0
SETTINGS = "\n[gateway]\ndrain_seconds = 1.0\n"  # who still streams when the test is over need not be waited for
TESTS = Path(__file__).parents[1]
YEAR: Moment = 365 * 86_400 * SECOND


@dataclass(frozen=True)
class Member:
    """One of the crowd. ``group`` is what letters tell them apart by."""

    number: int
    name: str
    group: str
    key: str = field(repr=False)


@dataclass(frozen=True)
class Seen:
    """One stream as its caller saw it; see ``crowd_watch``."""

    member: Member
    status: int
    events: int
    passed: int
    intact: bool
    terminal: str
    after: int
    answer: str
    last: int
    ended: int
    complete: bool

    @property
    def undisturbed(self) -> bool:
        return self.status == 200 and self.intact and not self.terminal and not self.ended

    @property
    def cut_well(self) -> bool:
        """Ended by the one event that the dialect's own clients understand, after whole events only, and not torn."""
        if not (self.intact and self.terminal and not self.after and self.complete):
            return False
        event, _, data = self.terminal.partition("\n")
        tree = json.loads(data.removeprefix("data:"))
        return event == "event: error" and tree["type"] == "error" and bool(tree["error"]["type"] and tree["error"]["message"])


def settle(home: Path, groups: Mapping[str, int]) -> list[Member]:
    """Make a home with so many people in each group, a key for each, and terms that let all of them use ``MODEL``."""
    environ = {**os.environ, "SAFECONDUCT_HOME": str(home)}
    subprocess.run([sys.executable, "-m", "safeconduct", "init"], env=environ, check=True, capture_output=True, timeout=60)
    with (home / "safeconduct.toml").open("a") as file:
        file.write(SETTINGS)
    names = [(f"{group}-{number:05d}", group) for group, size in groups.items() for number in range(size)]
    pepper = Home(home).secret("pepper")
    texts = [keys.mint(os.urandom(keys.RANDOM_BYTES)) for _ in names]
    with open_desk(environ) as desk:
        desk.import_roster(RosterReading("crowd.csv", _roster(names, desk.now()), ORGANIZATION), file="crowd.csv")
        issued = tuple(
            acts.IssueKey(f"key-{name}", keys.digest(pepper, text), "person", name, ORGANIZATION)
            for (name, _), text in zip(names, texts, strict=True)
        )
        desk.perform(acts.Batch(issued, "keys of the crowd"))
        put_in_force(desk, TERMS)
    return [Member(number, name, group, text) for number, ((name, group), text) in enumerate(zip(names, texts, strict=True))]


def _roster(names: Sequence[tuple[str, str]], now: Moment) -> Iterator[bytes]:
    """The lines of a roster of the crowd."""
    yield b"person,name,employed_there,vetting,source,verifier,method,verified_at,expires_at\n"
    for name, group in names:
        yield f"{name},{name},true,{group},made up,crowd,for a test,{show(now - SECOND)},{show(now + YEAR)}\n".encode()


_HEAD = '[instrument]\nid = "{id}"\nauthority = "acme-platform"\nkind = "{kind}"\neffective = 2026-01-01T00:00:00Z\n'
_RULE = '[[rule]]\nid = "{id}"\neffect = "{effect}"\nmodels = ["' + MODEL + '"]\ncohort = \'{cohort}\'\nsay = "{say}"\n'
TERMS = _HEAD.format(id="crowd-terms", kind="program_terms") + _RULE.format(
    id="everyone", effect="permit", cohort="principal.employed_there", say="Employees may."
)


def letter(name: str, group: str) -> str:
    """A letter that forbids the model to one group."""
    rule = _RULE.format(id="named", effect="forbid", cohort=f'principal.vetting == "{group}"', say="A license is required.")
    return _HEAD.format(id=name, kind="requirement") + rule


def prepare(desk: Desk, text: str) -> acts.Act:
    """Everything up to the activation; returns the act that is left, which the second officer does."""
    *before, last = steps(desk.registry, text)
    for step in before:
        desk.perform(step.act, actor=step.actor)
    return last.act


class Crowd:
    """Live streams for these members; all of them have begun when it exists."""

    def __init__(self, folder: Path, members: Sequence[Member], processes: list[subprocess.Popen[str]]) -> None:
        self.members = {each.number: each for each in members}
        self._folder = folder
        self._processes = processes

    def look(
        self, windows: Sequence[tuple[int, int]] = (), undisturbed: Sequence[int] = (), since: int = 0
    ) -> tuple[list[Seen], list[list[int]]]:
        """What every stream has seen, and for each window (ns) how late events of the undisturbed streams came (us).

        ``since`` (ns) is the moment from which on the provider's events are counted as ``passed``.
        """
        seen: list[Seen] = []
        late: list[list[int]] = [[] for _ in windows]
        for index, process in enumerate(self._processes):
            path = self._folder / f"report-{index}.json"
            _tell(process, {"report": str(path), "since": since, "windows": windows, "undisturbed": list(undisturbed)})
            _said(process, "reported")
            report: dict[str, Any] = json.loads(path.read_text())
            seen += [Seen(self.members[row.pop("number")], **row) for row in report["streams"]]
            for mine, theirs in zip(late, report["late"], strict=True):
                mine += theirs
        return seen, late

    def ended(self) -> int:
        """How many streams have ended so far. Cheap: asking does not hold up the streams."""
        count = 0
        for process in self._processes:
            _tell(process, {"count": 1})
            count += int(_said(process, "count")["count"])
        return count

    def wait_ended(self, count: int, seconds: float) -> None:
        """Wait until so many streams have ended, or so long."""
        end = time.monotonic() + seconds
        while self.ended() < count and time.monotonic() < end:
            time.sleep(0.05)


@contextmanager
def crowd(stand: Stand, members: Sequence[Member], *, pace_ms: int, model: str = MODEL, processes: int = 1) -> Iterator[Crowd]:
    """Open a stream for each member and hold it. Raises AssertionError when one does not begin within the bound."""
    folder = stand.home.parent
    environ = {**os.environ, "PYTHONPATH": str(TESTS)}
    with ExitStack() as stack:
        running = []
        for index in range(processes):
            path = folder / f"crowd-{index}.json"
            streams = [(each.number, each.key) for each in members[index::processes]]
            path.write_text(json.dumps({"port": stand.port, "model": model, "pace_ms": pace_ms, "streams": streams}))
            command = [sys.executable, "-m", "support.crowd_client", str(path)]
            process = subprocess.Popen(command, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            stack.callback(_end, process)
            running.append(process)
        begun = sum(int(_said(process, "ready")["ready"]) for process in running)
        assert begun == len(members), f"{len(members) - begun} streams did not begin"
        yield Crowd(folder, members, running)


def _tell(process: subprocess.Popen[str], words: dict[str, Any]) -> None:
    assert process.stdin is not None
    process.stdin.write(json.dumps(words) + "\n")
    process.stdin.flush()


def _said(process: subprocess.Popen[str], word: str) -> dict[str, Any]:
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], READY_SECONDS)
    assert readable, f"the crowd did not say {word} in time"
    said: dict[str, Any] = json.loads(process.stdout.readline() or "{}")
    assert word in said, f"the crowd failed instead of saying {word}"
    return said


def _end(process: subprocess.Popen[str]) -> None:
    if process.stdin is not None:
        process.stdin.close()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    if process.stdout is not None:
        process.stdout.close()


def share(values: Sequence[int], part: float) -> int:
    """The value below which this part of the values lies (nearest rank); 0 of none."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0


def established(port: int) -> int:
    """How many connections to a port of this machine are open, as its listener sees them (state 01 in proc(5) net/tcp)."""
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    ends = (line.split()[1:4] for line in lines)
    return sum(1 for local, _, state in ends if state == "01" and int(local.rpartition(":")[2], 16) == port)


def ask(stand: Stand, member: Member, model: str = MODEL) -> tuple[int, str]:
    """One whole call; returns status and body."""
    body = json.dumps({"model": model, "max_tokens": 50, "messages": [{"role": "user", "content": "Hello"}]}).encode()
    headers = {"content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": member.key}
    connection = HTTPConnection("127.0.0.1", stand.port, timeout=10)
    try:
        connection.request("POST", "/v1/messages", body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def restore(stand: Stand, instrument: str) -> Moment:
    """Withdraw a letter, with the agreement of a second officer; returns the moment it counted from."""
    with open_desk(stand.environ) as desk:
        return take_back(desk, instrument)[-1].at
