"""Which commands of a line of shell destroy, open a door, or carry something away?

Everyday work passes: build folders are removed, branches pushed, files found and deleted by name. What is told apart here is
whether somebody should look first; ``ambiguous`` means that this cannot be told from the line. Commands in other commands
(``sudo``, ``env``, ``xargs``, ``bash -c``, ``ssh host``) are judged like commands of the line. What makes
a single program dangerous is told by ``programs``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from safeconduct.safeguards import shell
from safeconduct.safeguards.places import DEVICES, is_door, is_secret
from safeconduct.safeguards.programs import INTERPRETERS, JUDGES, SENDERS, SHELLS, Danger, bundles, executed, sends
from safeconduct.safeguards.shell import Command, Word
from safeconduct.safeguards.tables import listed, phrases

DEEPEST: Final = 4  # commands in arguments of commands
FETCHERS: Final = listed("curl wget fetch http https xh aria2c")
_HOOKS: Final = phrases(  # what shells are told to evaluate when they are set up
    "$(ssh-agent|$(direnv |$(brew shellenv|$(pyenv |$(rbenv |$(nodenv |$(starship |$(zoxide |$(minikube |$(dircolors|$(conda |"
    "$(opam |$(fnm |$(mise |$(gpg-agent|$(register-python-argcomplete "
)
_PREFIXES: Final = listed("sudo doas env nohup nice time command exec builtin stdbuf setsid timeout ionice chroot xargs watch")


def dangers(line: shell.Line, depth: int = 0) -> list[Danger]:
    """What a line does that somebody should look at first; each kind of thing once."""
    found: list[Danger] = []
    if line.unclear:
        found.append(Danger("ambiguous", f"the command cannot be read for certain: {line.unclear}"))
    commands = [bare(each) for each in line.commands]
    for command in commands:
        found += _redirected(command)
        found += _of(command, depth)
    found += _piped(commands)
    return list(dict.fromkeys(found))


def destroying(line: shell.Line, depth: int = 0) -> list[Command]:
    """The simple commands of a line that destroy, those in arguments of commands included."""
    found: list[Command] = []
    for command in map(bare, line.commands):
        judge = JUDGES.get(command.name) or JUDGES.get(command.name.partition(".")[0])
        told = (*(judge(command) if judge is not None else ()), *_redirected(command))
        if any(each.kind == "destructive" for each in told):
            found.append(command)
        if depth < DEEPEST:
            for each in inner(command):
                found += destroying(shell.read(each), depth + 1)
    return found


def of(command: Command) -> list[Danger]:
    """What one command does that somebody should look at first, as far as it is told by itself."""
    command = bare(command)
    return [*_redirected(command), *_of(command, 0)]


def bare(command: Command) -> Command:
    """The command behind ``sudo``, ``env`` and the like; what is left has lost its prefixes."""
    for _ in range(DEEPEST):
        name = command.name
        if name not in _PREFIXES:
            return command
        words = list(command.words[1:])
        while words and (
            words[0].text.startswith("-") or _value(words[0].text) or (name in ("timeout", "nice") and _counts(words[0].text))
        ):
            takes = (
                words[0].text in ("-u", "-n", "-I", "-P", "-L", "-E", "-k", "-s", "-g", "-c", "-a")
                and len(words) > 1
                and name != "xargs"
            )
            takes = takes or (name == "xargs" and words[0].text in ("-n", "-I", "-P", "-L", "-a", "-d", "-s") and len(words) > 1)
            if name == "timeout" and _counts(words[0].text):
                words = words[1:]
                break
            words = words[2:] if takes else words[1:]
        if not words:
            return command
        command = msgspec.structs.replace(command, words=tuple(words))
        if name == "xargs":
            return msgspec.structs.replace(command, words=(*command.words, Word("$(xargs)", open=True)))
    return command


def inner(command: Command) -> list[str]:
    """The lines of shell that a command runs because an argument says so."""
    name, args = command.name, command.args
    if name in SHELLS or name in ("su", "script"):
        return [args[at + 1] for at in range(len(args) - 1) if bundles(args[at], "c")][:1]
    if name == "eval":
        return [" ".join(args)]
    if name == "ssh":
        rest = _after_host(args)
        return [" ".join(rest)] if rest else []
    if name in ("docker", "podman", "kubectl") and "exec" in args:
        at = args.index("exec")
        rest = [each for each in args[at + 1 :] if not each.startswith("-") or each == "-c"]
        return [" ".join(quoted(each) for each in rest[1:])] if len(rest) > 1 else []
    if name == "find":
        return [" ".join(each) for each in executed(args)]
    return []


def _of(command: Command, depth: int) -> Iterator[Danger]:
    if not command.words:
        return
    if command.words[0].open or _expands(command):
        yield Danger("ambiguous", "which program runs is only known when it runs")
        return
    judge = JUDGES.get(command.name) or JUDGES.get(command.name.partition(".")[0])
    if judge is not None:
        yield from judge(command)
    lines = inner(command)
    if lines and depth >= DEEPEST:
        yield Danger("ambiguous", "commands are nested too deep to be read")
        return
    for each in lines:
        opened = command.name in SHELLS | {"eval"} and any(word.open for word in command.words[1:])
        if opened and each.strip().startswith(_HOOKS):
            continue
        if opened and each.strip().startswith(("$", "`")):
            yield Danger("ambiguous", "what a shell runs is only known when it runs")
        else:
            yield from dangers(shell.read(each), depth + 1)


def _expands(command: Command) -> bool:
    """Whether the name of a program is a pattern, or several words in braces: the shell writes another in its place.

    A pattern with nothing behind it is most often one of ``case``, and names no program.
    """
    name = command.words[0].text
    if "=" in name or name in ("[", "[["):
        return False
    braces = "{" in name and ("," in name or ".." in name)
    return braces or (len(command.words) > 1 and any(sign in name for sign in "*?["))


def _redirected(command: Command) -> Iterator[Danger]:
    for each in command.redirects:
        target = each.target.text
        if "/dev/tcp/" in target or "/dev/udp/" in target:
            yield Danger("door", "a shell is connected with another host")
        elif ">" in each.operator and target.startswith(DEVICES):
            yield Danger("destructive", "a device is written over")
        elif ">" in each.operator and is_door(target):
            yield Danger("door", "a file that says who may enter is written")


def _piped(commands: Iterable[Command]) -> Iterator[Danger]:
    """What comes about only together: code that is fetched and run, and secrets that are read and sent."""
    pipes: dict[int, list[Command]] = {}
    for command in commands:
        pipes.setdefault(command.pipe, []).append(command)
    lines = [sorted(each, key=lambda one: one.place) for each in pipes.values() if len(each) > 1]
    for line in lines:
        fetched = secret = decoded = False
        for command in line:
            name = command.name
            if name in SHELLS | INTERPRETERS and not _script(command):
                if fetched:
                    yield Danger("downloaded_code", "code from another host is run unseen")
                elif decoded:
                    yield Danger("ambiguous", "decoded text is run")
            if secret and name in SENDERS and not (name == "curl" and not sends(command.args)):
                yield Danger("exfiltration", "a file that holds credentials is sent away")
            fetched = fetched or name in FETCHERS
            decoded = decoded or (
                name in ("base64", "xxd", "openssl", "rev", "tr")
                and any(a in ("-d", "-D", "--decode", "-r") for a in command.args)
            )
            secret = secret or _reads_secret(command)


def _script(command: Command) -> bool:
    """Whether an interpreter runs a file or an argument, so that what is piped to it is data."""
    rest = [each for each in command.args if not each.startswith("-") or each == "-"]
    if command.name in SHELLS and any(bundles(each, "s") for each in command.args):
        return False
    return bool(rest) and rest[0] != "-"


def _reads_secret(command: Command) -> bool:
    if command.name in ("env", "printenv") or (command.name == "set" and not command.args):
        return True
    words = (*command.args, *(each.target.text for each in command.redirects if each.operator == "<"))
    return any(is_secret(each) for each in words)


def quoted(text: str) -> str:
    """A word as the shell reads it back."""
    return "'" + text.replace("'", "'\\''") + "'" if any(sign in text for sign in " ;|&<>$()\"'\\\n*") else text


def _after_host(args: tuple[str, ...]) -> list[str]:
    at = 0
    while at < len(args) and args[at].startswith("-"):
        at += 2 if args[at] in ("-i", "-p", "-l", "-o", "-L", "-R", "-D", "-F", "-J") else 1
    return list(args[at + 1 :])


def _counts(text: str) -> bool:
    return text.rstrip("smhd").replace(".", "", 1).isdigit()


def _value(text: str) -> bool:
    name, equals, _ = text.partition("=")
    return bool(equals) and name.isidentifier()
