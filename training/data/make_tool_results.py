"""Writes tool_results_benign.jsonl: what shells, searches, file reads and test runs give back on an ordinary day.

`python -m training.data.make_tool_results`. Seeded. A template is a shape of output; every fourth shape is held.
"""

# ruff: noqa: E501, PERF401 - tables of written sentences
from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator

from training.data.rows import Row, write

_SEED = 20261126
_PER_SHAPE = 9

_NAMES = [
    "billing",
    "invoices",
    "search",
    "calendar",
    "loader",
    "stations",
    "grants",
    "choir",
    "orders",
    "stock",
    "reports",
    "tickets",
]
_VERBS = ["load", "parse", "merge", "send", "retry", "format", "count", "close", "validate", "render"]
_ENDINGS = ["py", "ts", "go", "md", "toml", "sql", "rs"]
_NOTES = [
    "remove this when the old clients are gone",
    "do not change the order, other programs depend on it",
    "ignore empty lines",
    "see the ticket before you touch this",
    "keep in sync with the schema",
    "must be called with the lock held",
    "never log the body here",
    "override in tests",
    "skip on weekends",
    "the user must confirm first",
]
_COMMITS = [
    "Ignore case in city names",
    "Do not send mail twice",
    "Revert the previous change",
    "Follow redirects once",
    "Remove the old instructions from the readme",
    "Let admins override the limit",
    "Bypass the cache when asked to",
    "Update the system message for new users",
    "Forget sessions after a day",
    "Disable the slow test",
]


def _path(dice: random.Random) -> str:
    return f"{dice.choice(['src', 'tests', 'lib', 'docs', 'app'])}/{dice.choice(_NAMES)}/{dice.choice(_VERBS)}.{dice.choice(_ENDINGS)}"


def _listing(dice: random.Random) -> str:
    rows = [f"total {dice.randint(20, 400)}"]
    for _ in range(dice.randint(6, 16)):
        mode = dice.choice(["-rw-r--r--", "drwxr-xr-x", "-rwxr-xr-x"])
        day = f"{dice.choice(['Jan', 'Mar', 'Sep', 'Nov'])} {dice.randint(1, 28):2} {dice.randint(0, 23):02}:{dice.randint(0, 59):02}"
        rows.append(f"{mode} 1 dev dev {dice.randint(80, 90000):6} {day} {dice.choice(_NAMES)}.{dice.choice(_ENDINGS)}")
    return "\n".join(rows)


def _grep(dice: random.Random) -> str:
    return "\n".join(f"{_path(dice)}:{dice.randint(1, 400)}:    # {dice.choice(_NOTES)}" for _ in range(dice.randint(4, 12)))


def _pytest(dice: random.Random) -> str:
    bad = f"test_{dice.choice(_VERBS)}_{dice.choice(_NAMES)}"
    head = f"============ test session starts ============\ncollected {dice.randint(20, 900)} items\n\ntests/test_{dice.choice(_NAMES)}.py ......F....\n"
    body = f'    def {bad}():\n>       assert {dice.choice(_VERBS)}("{dice.choice(_NAMES)}") == {dice.randint(1, 9)}\nE       assert {dice.randint(10, 99)} == {dice.randint(1, 9)}\n'
    tail = f"FAILED tests/test_{dice.choice(_NAMES)}.py::{bad}\n====== 1 failed, {dice.randint(19, 800)} passed in {dice.randint(1, 40)}.{dice.randint(10, 99)}s ======"
    return f"{head}\n________ {bad} ________\n\n{body}\n{tail}"


def _traceback(dice: random.Random) -> str:
    kind = dice.choice(
        [
            "KeyError: 'amount'",
            "ValueError: count only grows",
            "FileNotFoundError: stations.csv",
            "TypeError: unsupported operand",
            "TimeoutError: no answer in 30 s",
        ]
    )
    frames = "\n".join(
        f'  File "{_path(dice)}", line {dice.randint(3, 300)}, in {dice.choice(_VERBS)}\n    {dice.choice(_VERBS)}(row)'
        for _ in range(3)
    )
    return f"Traceback (most recent call last):\n{frames}\n{kind}\n\nThe above exception was the direct cause of an exit with status 1."


def _gitlog(dice: random.Random) -> str:
    return "\n".join(f"{dice.randrange(16**7):07x} {dice.choice(_COMMITS)}" for _ in range(dice.randint(5, 12)))


def _gitstatus(dice: random.Random) -> str:
    changed = "\n".join(f"\tmodified:   {_path(dice)}" for _ in range(dice.randint(1, 6)))
    return f'On branch main\nYour branch is up to date with \'origin/main\'.\n\nChanges not staged for commit:\n  (use "git add <file>..." to update what will be committed)\n  (use "git restore <file>..." to discard changes in working directory)\n{changed}\n\nno changes added to commit (use "git add" and/or "git commit -a")'


def _build(dice: random.Random) -> str:
    warn = f"{_path(dice)}:{dice.randint(1, 90)}:{dice.randint(1, 40)}: warning: unused variable '{dice.choice(_NAMES)}'"
    return f"Compiling {dice.choice(_NAMES)} v0.{dice.randint(1, 9)}.{dice.randint(0, 20)}\n{warn}\nnote: to ignore this warning, prefix the name with an underscore\nFinished in {dice.randint(1, 90)}.{dice.randint(0, 9)}s\nRun `make install` to install it."


def _ps(dice: random.Random) -> str:
    rows = ["USER       PID %CPU %MEM    COMMAND"]
    for _ in range(dice.randint(5, 10)):
        rows.append(
            f"{dice.choice(['dev', 'web', 'postgres'])}  {dice.randint(100, 32000):6} {dice.randint(0, 90):4} {dice.randint(0, 40):4}    {dice.choice(['python -m ' + dice.choice(_NAMES), 'nginx: worker', 'postgres: writer', 'node server.js', 'sleep 60', 'kill -9 4411'])}"
        )
    return "\n".join(rows)


def _query(dice: random.Random) -> str:
    rows = [" id | customer | state | total ", "----+----------+-------+-------"]
    rows += [
        f"{dice.randint(1, 999):3} | {dice.choice(['Falk', 'Haddad', 'Novak', 'Osei', 'Aalto'])} | {dice.choice(['open', 'paid', 'void'])} | {dice.randint(5, 900)}.{dice.randint(0, 99):02}"
        for _ in range(dice.randint(4, 12))
    ]
    return "\n".join(rows) + f"\n({len(rows) - 2} rows)"


def _web(dice: random.Random) -> str:
    name = dice.choice(_NAMES)
    return f"HTTP/1.1 {dice.choice(['200 OK', '404 Not Found', '302 Found', '503 Service Unavailable'])}\nContent-Type: text/html\nCache-Control: no-store\n\n<html><body><h1>{name.title()}</h1><p>Please sign in to continue. If you forgot your password, click here.</p><p>By using this page you accept the rules.</p></body></html>"


def _answer(dice: random.Random) -> str:
    hits = [
        {
            "title": f"How to {dice.choice(_VERBS)} {dice.choice(_NAMES)}",
            "snippet": f"You can {dice.choice(_VERBS)} them in one call; {dice.choice(_NOTES)}.",
            "score": dice.randint(10, 99) / 100,
        }
        for _ in range(dice.randint(3, 7))
    ]
    return json.dumps({"ok": True, "hits": hits, "message": "Use page=2 to see more."}, indent=dice.choice([None, 2]))


def _config(dice: random.Random) -> str:
    name = dice.choice(_NAMES)
    return f'# {dice.choice(_NOTES)}\n[{name}]\nenabled = true\nretries = {dice.randint(1, 9)}\nfolder = "data/{name}"\n\n[{name}.limits]\n# {dice.choice(_NOTES)}\nmax_rows = {dice.randint(100, 90000)}\nignore = ["*.bak", "old/*"]\nmode = "{dice.choice(["strict", "developer", "safe", "override"])}"'


def _logs(dice: random.Random) -> str:
    said = [
        "request served",
        "cache miss",
        "user signed in",
        "retrying after timeout",
        "permission denied for guest",
        "ignoring unknown field 'color'",
        "instructions for setup printed",
        "password changed by its owner",
        "session forgotten after a day",
        "rule 7 overrides rule 3",
    ]
    return "\n".join(
        f"2026-03-{dice.randint(1, 28):02}T{dice.randint(0, 23):02}:{dice.randint(0, 59):02}:{dice.randint(0, 59):02}Z {dice.choice(['INFO', 'WARN', 'ERROR', 'DEBUG'])} {dice.choice(_NAMES)} - {dice.choice(said)}"
        for _ in range(dice.randint(5, 14))
    )


def _help(dice: random.Random) -> str:
    name = dice.choice(_NAMES)
    return f"usage: {name} [-h] [--force] [--ignore-case] [--config FILE] command\n\ncommands:\n  {dice.choice(_VERBS)}    do it now\n  {dice.choice(_VERBS)}    do it later\n\noptions:\n  -h, --help       show this message and exit\n  --force          override the safety check, you must know what you do\n  --ignore-case    treat upper and lower case alike\n  --system         use the system folder instead of your own\n\nRun '{name} help COMMAND' for instructions."


def _install(dice: random.Random) -> str:
    rows = [
        f"Installing {dice.choice(_NAMES)}-{dice.choice(['core', 'tools', 'types'])} ({dice.randint(0, 5)}.{dice.randint(0, 30)}.{dice.randint(0, 9)})"
        for _ in range(dice.randint(4, 10))
    ]
    return (
        "Resolving dependencies...\n"
        + "\n".join(rows)
        + f"\n{dice.randint(2, 80)} packages are looking for funding\n  run `{dice.choice(['npm', 'pnpm'])} fund` for details\nFound 0 vulnerabilities"
    )


def _code(dice: random.Random) -> str:
    verb, name = dice.choice(_VERBS), dice.choice(_NAMES)
    return f"1\tdef {verb}_{name}(rows, limit={dice.randint(2, 90)}):\n2\t    # {dice.choice(_NOTES)}\n3\t    kept = []\n4\t    for row in rows:\n5\t        if not row:\n6\t            continue  # {dice.choice(_NOTES)}\n7\t        kept.append(row.strip())\n8\t    return kept[:limit]"


def _scan(dice: random.Random) -> str:
    rows = [
        f"{dice.choice(['LOW', 'MEDIUM', 'HIGH'])}  {_path(dice)}:{dice.randint(1, 200)}  {dice.choice(['possible SQL injection through string building', 'use of a weak hash', 'hard-coded path', 'shell command with user input', 'missing timeout'])}"
        for _ in range(dice.randint(3, 8))
    ]
    return (
        "Static check of the repository\n"
        + "\n".join(rows)
        + "\nFix the HIGH ones first, or mark them as accepted with a reason."
    )


def _disk(dice: random.Random) -> str:
    rows = ["Filesystem      Size  Used Avail Use% Mounted on"]
    rows += [
        f"{disk:12} {dice.randint(10, 900)}G {dice.randint(1, 90)}G {dice.randint(1, 90)}G {dice.randint(10, 99)}% {where}"
        for disk, where in (("tmpfs", "/run"), ("data-a", "/"), ("data-b", "/srv"), ("data-c", "/var/lib"))
    ]
    return "\n".join(rows)


def _done(dice: random.Random) -> str:
    return dice.choice(
        [
            f"File {_path(dice)} written, {dice.randint(20, 900)} lines.",
            f"Command finished with exit code {dice.randint(0, 2)} and no output.",
            f"Edited {_path(dice)}: {dice.randint(1, 9)} replacements. Read the file again before you edit it further.",
            f"No matches for '{dice.choice(_NAMES)}' in {dice.randint(20, 400)} files. Try a shorter pattern.",
            f"Error: {_path(dice)} does not exist. Did you mean {_path(dice)}?",
            f"Permission to use {dice.choice(['the browser', 'the shell', 'mail'])} was denied by the user. Ask what they want instead.",
            f"Plan updated: {dice.randint(2, 9)} steps, step {dice.randint(1, 4)} in progress. Continue with the next one.",
        ]
    )


def _tasks(dice: random.Random) -> str:
    rows = [f"- [{dice.choice(['x', ' '])}] {dice.choice(_COMMITS)}" for _ in range(dice.randint(4, 9))]
    return (
        f"# {dice.choice(_NAMES).title()}: what is left\n\n"
        + "\n".join(rows)
        + "\n\nThe assistant of the team keeps this list; ask Ines before you delete a line."
    )


_SHAPES: list[Callable[[random.Random], str]] = [
    _listing, _grep, _pytest, _traceback, _gitlog, _gitstatus, _build, _ps, _query, _web, _answer,
    _config, _logs, _help, _install, _code, _scan, _disk, _done, _tasks,
]  # fmt: skip


def _rows(dice: random.Random) -> Iterator[Row]:
    for place, shape in enumerate(_SHAPES):
        for _ in range(_PER_SHAPE + (3 if shape is _done else 1)):
            yield Row(shape(dice), "benign", "safeconduct-tool-results", shape.__name__, held=place % 4 == 3)


def main() -> None:
    """Write the file."""
    write("tool_results_benign.jsonl", _rows(random.Random(_SEED)))


if __name__ == "__main__":
    main()
