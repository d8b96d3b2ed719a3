"""What a process tree has cost so far: CPU in nanoseconds and memory. Linux only: reads /proc.

CPU comes from /proc/<pid>/task/<tid>/schedstat, which counts nanoseconds on a CPU and not sampled ticks, so a two-second
window on a busy machine still tells microseconds per call. A thread that has ended takes its share with it: take both
readings while the target lives, and measure targets whose threads live on.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_PROC = Path("/proc")


@dataclass(frozen=True, slots=True)
class Memory:
    """Megabytes: `worker` is the resident set of the process that used the most CPU, `tree` the proportional set of all."""

    worker: float
    tree: float


def tree(pid: int) -> list[int]:
    """The process and all its descendants that live now."""
    children: dict[int, list[int]] = {}
    for entry in _PROC.iterdir():
        if not entry.name.isdigit():
            continue
        try:
            stat = (entry / "stat").read_text()
        except OSError:
            continue  # ended between the listing and the reading
        parent = int(stat[stat.rindex(")") + 2 :].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found, todo = [], [pid]
    while todo:
        one = todo.pop()
        found.append(one)
        todo.extend(children.get(one, ()))
    return found


def _cpu_of(pid: int) -> int:
    total = 0
    try:
        for task in (_PROC / str(pid) / "task").iterdir():
            total += int((task / "schedstat").read_text().split()[0])
    except OSError:
        pass  # ended while we looked
    return total


def _role(pid: int) -> str:
    """What a process is called by the one who started it: the module after -m, else the program."""
    words = (_PROC / str(pid) / "cmdline").read_text().split("\0")
    if "-m" in words[:-1]:
        return words[words.index("-m") + 1].rpartition(".")[2]
    script = next((word for word in words if word and not Path(word).name.startswith("python")), words[0])
    return Path(script).name


def threads_ns(pid: int) -> dict[str, int]:
    """Nanoseconds of every thread of the tree, by `<process role>/<main or side>`: tells who in a target pays."""
    found: dict[str, int] = {}
    for one in tree(pid):
        try:
            for task in (_PROC / str(one) / "task").iterdir():
                name = f"{_role(one)}/{'main' if task.name == str(one) else 'side'}"
                found[name] = found.get(name, 0) + int((task / "schedstat").read_text().split()[0])
        except OSError:
            continue
    return found


def cpu_ns(pid: int) -> int:
    """Nanoseconds on a CPU, summed over all threads of all processes of the tree."""
    return sum(_cpu_of(one) for one in tree(pid))


def _field_kb(path: Path, name: str) -> int:
    try:
        lines = path.read_text().splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith(name)), 0)


def memory(pid: int) -> Memory:
    """Memory of the tree now."""
    pids = tree(pid)
    busiest = max(pids, key=_cpu_of)
    worker = _field_kb(_PROC / str(busiest) / "status", "VmRSS:")
    proportional = sum(_field_kb(_PROC / str(one) / "smaps_rollup", "Pss:") for one in pids)
    return Memory(worker=worker / 1024, tree=proportional / 1024)
