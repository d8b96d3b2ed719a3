"""Does a developer's tool do what the person asked for? Commands and files at hand, compared with the taint.

Everyday work is not asked for word by word: what is built, tested and edited passes. What reaches beyond (trust, settings, other
machines, code from elsewhere; ``reach``) is held to the person's words where its values come from texts of others. Acts of other
tools are judged in ``intent``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from safeconduct.safeguards import dangers, links, places, tracing
from safeconduct.safeguards.deeds import Deed, Target
from safeconduct.safeguards.orders import Order
from safeconduct.safeguards.reach import Reach
from safeconduct.safeguards.shell import Command
from safeconduct.safeguards.tables import listed
from safeconduct.safeguards.taint import Taint

_DESTINATION: Final = "tainted_destination"
_VERB: Final = "tainted_verb"
_TOPICS: Final = {  # what a person calls files that say whom a project trusts
    "workflows": ("ci", "workf", "pipel", "actio", "job", "build"),
    ".gitlab-ci": ("ci", "pipel", "job"),
    "mcp": ("mcp",),
    "claude": ("claud", "agent", "instr"),
    "agents.md": ("agent", "instr"),
    "husky": ("hook",),
    "pre-commit": ("hook", "lint"),
    "hooks": ("hook",),
    "rc": ("shell", "alias", "path", "regis"),
    "devcontainer": ("conta",),
    "codeowners": ("owner",),
    "vscode": ("vscod", "edito", "task", "setti"),
}


def judge(deed: Deed, taint: Taint, foreign: list[Target], linked: list[Order]) -> Iterator[tuple[str, str]]:
    """The kinds of findings about a command, or a file that is written."""
    surely = [each for each in linked if each.sure]
    unwanted = {"send", "publish"}.isdisjoint(taint.wants) and not taint.delegates
    if deed.carries and foreign and (unwanted or surely or (linked and not taint.delegates)):
        yield _DESTINATION, "something is carried to a host that nobody but an untrusted text names"
    elif surely and (deed.carries or deed.writes or foreign or links.spelled_out(deed, surely)):
        yield _VERB, "a text that turns to the model asks for this command"
    elif any(_beyond(each, taint, foreign) for each in deed.reaches):
        yield _VERB, "what it changes beyond the files at hand is named by nobody but a text of others"
    elif deed.line is None and _turns_trust(deed, taint, foreign):
        yield _VERB, "a file that says whom a project trusts is written, and nobody asked for that"
    elif deed.writes and taint.only_reads and (linked or (deed.line is None and foreign)):
        yield _VERB, "nobody asked for an act, and this one is about what only a text of others names"


def asked_to_destroy(deed: Deed, taint: Taint) -> bool:
    """Whether the person asked for what the commands of a line destroy: for such an act, and each thing by its name.

    What has no name of its own (the root, a home, everything here) is never asked for so.
    """
    if deed.line is None or not taint.words:
        return False
    commands = dangers.destroying(deed.line)
    return bool(commands) and all(_is_asked_to_destroy(each, taint) for each in commands)


def _is_asked_to_destroy(command: Command, taint: Taint) -> bool:
    words = [each for each in command.words[1:] if not each.text.startswith("-")]
    if command.name == "git" and any(each.text == "push" for each in words):
        return "force" in taint.words and "push" in taint.words
    if "delete" not in taint.wants or any(each.open for each in words):
        return False
    if command.name in ("rm", "unlink", "shred"):
        return bool(words) and all(_names(each.text, taint) for each in words)
    verb = {tracing.stem(each) for each in _DESTROYING}
    named = [tracing.stems(each.text) - verb for each in words]
    return any(each & taint.words for each in named[1:] or named)


_DESTROYING: Final = listed(
    "delete drop remove destroy truncate purge table database schema from where rm down push apply terminate dev prod production"
)


def _names(path: str, taint: Taint) -> bool:
    """Whether the person named the place that a path ends in, or a folder of makings around it."""
    parts = [each for each in path.split("/") if each not in ("", ".", "~")]
    if not parts or ".." in parts or (path.startswith("/") and len(parts) < 3):
        return False
    around = [each for each in parts[:-1] if each.startswith(".") or places.is_artifact(f"{each}/")]
    return any(tracing.stems(each) & taint.words for each in (parts[-1], *around))


def _beyond(reach: Reach, taint: Taint, foreign: list[Target]) -> bool:
    """Whether nobody here asked for what a command reaches, and what it is about comes from texts of others."""
    if taint.delegates and not taint.only_reads:
        return False
    names_foreign = any(each.value in value.lower() for each in foreign for value in reach.values)
    values = [each for each in reach.values if each not in reach.verbs]
    if reach.kind == "installs" and not names_foreign:
        return taint.only_reads and any(_is_package(each, taint) and links.traced([each], taint) for each in values)
    if reach.kind != "sets" and any(tracing.stem(word) in taint.words for word in reach.verbs[1:] or reach.verbs):
        return False
    if reach.kind == "sets" and taint.words.issuperset(tracing.stem(word) for word in reach.verbs[1:2]):
        return False
    if reach.kind in ("installs", "sets", "carries") and names_foreign:
        return True
    if reach.kind == "runs":  # what the same line brings here
        return bool(foreign)
    if reach.kind == "saves":
        return names_foreign and (taint.only_reads or not taint.words & _FETCHING)
    return links.traced(values, taint, anywhere=taint.only_reads)


_FETCHING: Final = frozenset(tracing.stem(each) for each in ("download", "fetch", "get", "load", "grab", "pull", "save", "lade"))


def _is_package(word: str, taint: Taint) -> bool:
    """Whether a word of an installing command may be a package that the person did not speak of."""
    if tracing.meet(tracing.stems(word), taint.words):
        return False
    return not word.startswith("-") and not word.endswith((".txt", ".toml", ".lock", ".")) and len(word) > 3


def _turns_trust(deed: Deed, taint: Taint, foreign: list[Target]) -> bool:
    """Whether a file that says whom a project trusts is written by words of others, and the person did not speak of it."""
    for path in deed.writes:
        low = path.lower()
        if not places.is_control(path):
            continue
        if low in taint.named or (not taint.only_reads and _is_topic(low, taint)):
            continue
        content = [each for each in deed.values if each != path]
        if taint.only_reads or foreign or links.traced(content, taint, anywhere=True):
            return True
    return False


def _is_topic(path: str, taint: Taint) -> bool:
    """Whether the person spoke of what such a file is for."""
    if any(name in path and any(word in taint.words for word in words) for name, words in _TOPICS.items()):
        return True
    return any(len(each) >= 4 and each in taint.words for each in tracing.stems(path))
