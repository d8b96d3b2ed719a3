"""Does a developer's tool do what the person asked for? Commands and files at hand, compared with the taint.

Everyday work is not asked for word by word: what is built, tested and edited passes. What reaches beyond (trust, settings, other
machines, code from elsewhere; ``reach``) is held to the person's words where its values come from texts of others. Acts of other
tools are judged in ``intent``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Final

import msgspec

from safeconduct.safeguards import dangers, links, places, tracing
from safeconduct.safeguards.deeds import Deed
from safeconduct.safeguards.orders import Order
from safeconduct.safeguards.reach import Reach
from safeconduct.safeguards.shell import Command
from safeconduct.safeguards.tables import listed
from safeconduct.safeguards.taint import Taint
from safeconduct.safeguards.targets import Target, places_in

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
    if deed.act == "read" and deed.line is None and not any(places.is_secret(each) for each in deed.reads):
        return
    surely = [each for each in linked if each.sure]
    if surely and deed.line is None:  # a path stands in many texts; what is written into it, or an order for it, tells
        said = msgspec.structs.replace(deed, targets=(), values=tuple(each for each in deed.values if each not in deed.writes))
        written = [each for each in links.linked(said, taint) if each.sure]
        surely = [each for each in surely if each in written or any(path.lower() in each.text for path in deed.writes)]
    unwanted = {"send", "publish"}.isdisjoint(taint.wants) and not taint.delegates
    if deed.carries and foreign and (unwanted or surely or (linked and not taint.delegates)):
        yield _DESTINATION, "something is carried to a host that nobody but an untrusted text names"
    elif surely and (deed.carries or deed.writes or foreign or links.spelled_out(deed, surely)):
        yield _VERB, "a text that turns to the model asks for this command"
    elif any(_beyond(each, taint, foreign) for each in deed.reaches):
        yield _VERB, "what it changes beyond the files at hand is named by nobody but a text of others"
    elif deed.line is None and any(each.sure for each in taint.orders) and _brings(deed, taint):
        yield _VERB, "a text turns to the model, and what only others name is written"
    elif deed.line is None and _turns_trust(deed, taint):
        yield _VERB, "a file that says whom a project trusts is written, and nobody asked for that"
    elif deed.writes and taint.only_reads and (linked or (deed.line is None and _brings(deed, taint))):
        yield _VERB, "nobody asked for an act, and this one is about what only a text of others names"


def asked_to_destroy(deed: Deed, taint: Taint) -> bool:
    """Whether the person asked for what the commands of a line destroy: for such an act, and each thing by its name.

    What has no name of its own (the root, a home, everything here) is never asked for so.
    """
    if deed.line is None or not taint.words:
        return False
    commands = dangers.destroying(deed.line)
    return bool(commands) and all(_is_asked_to_destroy(each, taint) for each in commands)


def asked_to_destroy_data(statements: Iterable[str], taint: Taint) -> bool:
    """Whether the person asked to delete data, and named what is deleted, or the text that lists it."""
    if "delete" not in taint.wants:
        return False
    verb = {tracing.stem(each) for each in _DESTROYING}
    return taint.delegates or all((tracing.stems(each) - verb) & taint.words for each in statements)


def asked_for_code(taint: Taint) -> bool:
    """Whether the person asked to do what a text says, and to run an installer."""
    return taint.delegates and "insta" in taint.words and not any(each.sure for each in taint.orders)


def asked_for_timetable(deed: Deed, taint: Taint) -> bool:
    """Whether the person asked for something at regular times, and nothing else about the machine is opened."""
    if deed.line is None or _TIMES.isdisjoint(taint.words) or any(each.sure for each in taint.orders):
        return False
    doors = [each for each in deed.line.commands if any(one.kind == "door" for one in dangers.of(each))]
    return bool(doors) and all(dangers.bare(each).name == "crontab" and "-r" not in each.args for each in doors)


_TIMES: Final = frozenset(tracing.stem(each) for each in listed("cron crontab nightly daily hourly weekly schedule every timer"))


def _is_asked_to_destroy(command: Command, taint: Taint) -> bool:
    words = [each for each in command.words[1:] if not each.text.startswith("-")]
    if command.name == "git" and any(each.text == "push" for each in words):
        if "delete" in taint.wants and any(each in ("--delete", "-d") for each in command.args):
            return "branc" in taint.words
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
        if any(_is_taken_for_named(each, taint) for each in values):
            return True
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


def _is_taken_for_named(word: str, taint: Taint) -> bool:
    """Whether only others name a package, and its name holds that of one which the person named."""
    name = word.lower().partition("==")[0].rstrip("0123456789.^~").rstrip("@")
    if len(name) < 6 or name in taint.trusted or not taint.told(name):
        return False
    return any(len(each) >= 5 and each != name and each in name for each in taint.named.replace(",", " ").split())


def _is_package(word: str, taint: Taint) -> bool:
    """Whether a word of an installing command may be a package that the person did not speak of."""
    if tracing.meet(tracing.stems(word), taint.words):
        return False
    return not word.startswith("-") and not word.endswith((".txt", ".toml", ".lock", ".")) and len(word) > 3


def _brings(deed: Deed, taint: Taint) -> bool:
    """Whether the words that are written name a place that only untrusted texts name."""
    named = {each for value in deed.values if value not in deed.writes for each in islice(places_in(value), links.MOST_TARGETS)}
    return any(links.foreign(each, taint) for each in islice(named, links.MOST_TARGETS))


def _turns_trust(deed: Deed, taint: Taint) -> bool:
    """Whether a file that says whom a project trusts is written by words of others, and the person did not speak of it."""
    for path in deed.writes:
        low = path.lower()
        if not places.is_control(path):
            continue
        brings = _brings(deed, taint) and not taint.delegates
        if low.rpartition("/")[2] in taint.named or (not brings and not taint.only_reads and _is_topic(low, taint)):
            continue
        content = [each for each in deed.values if each != path]
        if taint.only_reads or brings or links.traced(content, taint, anywhere=True):
            return True
    return False


def _is_topic(path: str, taint: Taint) -> bool:
    """Whether the person spoke of what such a file is for."""
    if any(name in path and any(word in taint.words for word in words) for name, words in _TOPICS.items()):
        return True
    return any(len(each) >= 4 and each in taint.words for each in tracing.stems(path))
