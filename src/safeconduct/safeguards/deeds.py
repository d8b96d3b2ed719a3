"""What would a tool call do, and to what? Names and arguments of tools, read as acts, targets and values.

It knows the tools of Claude Code and Codex by name and reads every other tool by the words of its name, as people write
them (``send_email``, ``transferMoney``, ``mcp__server__post_message``). What cannot be read is told in ``fault``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import msgspec

from safeconduct.safeguards import dangers, programs, reach, shell
from safeconduct.safeguards.reach import Reach
from safeconduct.safeguards.tables import listed
from safeconduct.safeguards.targets import Target as Target
from safeconduct.safeguards.targets import hosts_in, named_by
from safeconduct.terms.blocks import ToolCall

LONGEST: Final = 262_144  # characters of arguments; whole files are written by tools, and are below that
MOST_VALUES: Final = 512
DEEPEST: Final = 12
SHELL_TOOLS: Final = listed(
    "bash shell local_shell shell_command exec_command execute_command run_command run_shell terminal "
    "container_exec run_terminal_cmd run_in_terminal execute_bash cmd powershell"
)
_FILE_TOOLS: Final = {
    "read": "read", "view": "read", "glob": "read", "grep": "read", "ls": "read", "notebookread": "read", "view_image": "read",
    "write": "change", "edit": "change", "multiedit": "change", "notebookedit": "change", "apply_patch": "change",
    "str_replace_editor": "change", "str_replace_based_edit_tool": "change", "write_file": "change", "edit_file": "change",
    "create_file": "change", "todowrite": "read", "todoread": "read", "task": "read", "agent": "read", "update_plan": "read",
    "exitplanmode": "read", "killshell": "read", "bashoutput": "read", "write_stdin": "read", "slashcommand": "read",
    "skill": "read",
    "toolsearch": "read", "askuserquestion": "read", "request_user_input": "read", "list_files": "read", "read_file": "read",
}  # fmt: skip
_ACTS: Final = {
    **dict.fromkeys(listed(
        "send reply respond forward forwarding email mail dispatch submit upload export notify sms dm message text tell deliver "
        "relay mirror transmit redirect"
    ), "send"),
    **dict.fromkeys(listed(
        "pay payment transfer wire refund payout donate donation withdraw withdrawal deposit charge remit pix settle"
    ), "pay"),
    **dict.fromkeys(listed(
        "buy purchase order checkout book booking reserve reservation subscribe subscription rent hire upgrade"
    ), "buy"),
    **dict.fromkeys(listed(
        "delete remove trash purge drop destroy cancel erase wipe unsubscribe revoke clear empty unshare uninstall terminate "
        "deactivate rm"
    ), "delete"),
    **dict.fromkeys(listed(
        "share grant invite unprotect authorize approve allow reset unlock enable promote assign attendee collaborator "
        "permission accept confirm sign agree consent elevate whitelist allowlist unblock"
    ), "grant"),
    **dict.fromkeys(listed(
        "publish post tweet announce release deploy push merge comment broadcast"
    ), "publish"),
    **dict.fromkeys(listed(
        "update edit set modify rename move change patch close resolve archive mark label reschedule replace put configure apply "
        "toggle switch turn fill arm disarm lock disable rotate attach detach adjust raise lower override"
    ), "change"),
    **dict.fromkeys(listed(
        "create add schedule write insert append make new generate draft register save copy duplicate"
    ), "create"),
    **dict.fromkeys(listed(
        "run exec execute eval install start stop restart kill invoke trigger"
    ), "run"),
    **dict.fromkeys(
        listed(
        "read get list search fetch find view show query lookup describe count check open browse download summarize "
        "translate calculate browser visit navigate retrieve load inspect history think plan web"
    ),
        "read",
    ),
}  # fmt: skip
_GRANTED: Final = listed(
    "member user attendee participant collaborator permission access role key admin password group guest viewer editor reader "
    "subscriber delegate owner policy credential token"
)
_LOOKING: Final = listed("get list search find read fetch lookup view describe")
_MONEY: Final = listed("money funds cash payment payout")
_MAKING: Final = listed("create make add new insert schedule submit issue register")
_STATEMENTS: Final = {
    "insert": "create", "update": "change", "delete": "delete", "grant": "grant", "alter": "change", "create": "create",
    "drop": "delete", "truncate": "delete", "revoke": "delete", "merge": "change", "copy": "send", "call": "run",
}  # fmt: skip
_GENERIC: Final = listed("http request call api submit click fill press type form webhook action invoke execute")
_WRITES: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])


class Deed(msgspec.Struct, frozen=True):
    """``act`` is one of ``verbs.ACTS``; ``acts`` all that the name speaks of. ``generic``: the name does not tell what for.

    ``values`` are the texts of the arguments, ``targets`` those that say where. ``local``: a tool of a developer, on files at
    hand. ``writes`` are paths that are written. ``line`` is what a shell runs. ``carries``: something leaves for another host.
    ``reaches`` is what a command changes beyond the files at hand; ``nouns`` are the words of a tool's name that are no acts,
    ``tool`` is that name.
    """

    act: str
    acts: frozenset[str]
    targets: tuple[Target, ...] = ()
    values: tuple[str, ...] = ()
    generic: bool = False
    local: bool = False
    writes: tuple[str, ...] = ()
    reads: tuple[str, ...] = ()
    line: shell.Line | None = None
    carries: bool = False
    fault: str = ""
    reaches: tuple[Reach, ...] = ()
    nouns: tuple[str, ...] = ()
    tool: str = ""


def read(call: ToolCall) -> Deed:
    """What a tool call would do."""
    if len(call.arguments) > LONGEST:
        return Deed("run", frozenset({"run"}), fault="its arguments are too long to be reviewed")
    name = call.name.rpartition("__")[2] or call.name
    low = name.lower()
    try:
        tree = msgspec.json.decode(call.arguments) if call.arguments.strip() else {}
    except (msgspec.DecodeError, RecursionError):
        if low in ("apply_patch", "shell", "exec"):  # free text, as these tools take it
            tree = {"input": call.arguments}
        else:
            return Deed("run", frozenset({"run"}), fault="its arguments cannot be read")
    values = list(_strings(tree))
    if len(values) > MOST_VALUES:
        return Deed("run", frozenset({"run"}), fault="it has too many arguments to be reviewed")
    if low in SHELL_TOOLS or (
        low in ("execute", "run", "exec") and isinstance(tree, dict) and ("command" in tree or "cmd" in tree)
    ):
        return _of_shell(tree, values)
    if low in _FILE_TOOLS:
        return _of_files(low, tree, values)
    return msgspec.structs.replace(_of_words(name, values), tool=call.name)


def _of_shell(tree: Any, values: list[tuple[str, str]]) -> Deed:
    text = command_text(tree)
    line = shell.read(text)
    targets: list[Target] = []
    writes: list[str] = []
    reads: list[str] = []
    out = False
    commands = list(commands_of(line))
    for each in commands:
        out = out or programs.carries(each)
        for word in each.words[1:]:
            targets += hosts_in(word.text)
            if word.text.startswith(("/", "~/", "../")) and not word.open:
                (writes if each.name in _WRITERS else reads).append(word.text)
        out_to = [redirect.target for redirect in each.redirects if redirect.operator.startswith((">", "&>"))]
        writes += [target.text for target in out_to if not target.open and not target.text.isdigit()]
    strings = tuple(text for _, text in values)
    return Deed(
        act="run",
        acts=frozenset({"run"}),
        targets=tuple(targets),
        values=strings,
        local=True,
        writes=tuple(writes),
        reads=tuple(reads),
        line=line,
        carries=out,
        reaches=tuple(reach.reaches(commands)),
    )


_WRITERS: Final = listed("rm mv cp tee touch mkdir rmdir chmod chown ln dd truncate install rsync sed unlink shred")


def command_text(tree: Any) -> str:
    """The line that a shell tool runs, from the forms that tools know: text, or a list of words."""
    said = tree if not isinstance(tree, dict) else tree.get("command", tree.get("cmd", tree.get("input", tree.get("script", ""))))
    if isinstance(said, list):
        words = [str(each) for each in said]
        if len(words) > 2 and words[0].rpartition("/")[2] in programs.SHELLS and words[1].startswith("-") and "c" in words[1]:
            return words[2]
        return " ".join(dangers.quoted(each) for each in words)
    return str(said)


def commands_of(line: shell.Line, depth: int = 0) -> Iterator[shell.Command]:
    """The commands of a line, and those that stand in their arguments."""
    for each in line.commands:
        command = dangers.bare(each)
        yield command
        if depth < dangers.DEEPEST:
            for text in dangers.inner(command):
                yield from commands_of(shell.read(text), depth + 1)


def _of_files(low: str, tree: Any, values: list[tuple[str, str]]) -> Deed:
    act = _FILE_TOOLS[low]
    paths = [text for name, text in values if name in ("file_path", "path", "notebook_path", "filename", "file", "directory")]
    if low in ("str_replace_editor", "str_replace_based_edit_tool") and isinstance(tree, dict) and tree.get("command") == "view":
        act = "read"
    for _, text in values if low == "apply_patch" else ():
        for line in text.splitlines():
            paths += [line[len(mark) :].strip() for mark in _PATCHED if line.startswith(mark)]
    strings = tuple(text for _, text in values)
    told = tuple(Target("path", each) for each in paths)
    writes, reads = ((), tuple(paths)) if act == "read" else (tuple(paths), ())
    return Deed(act, frozenset({act}), told, strings, local=True, writes=writes, reads=reads)


_PATCHED: Final = ("*** Add File: ", "*** Update File: ", "*** Delete File: ", "*** Move to: ")


def _of_words(name: str, values: list[tuple[str, str]]) -> Deed:
    words = words_of_name(name)
    acts = [_ACTS[each] for each in words if each in _ACTS]
    act = acts[0] if acts else ""
    if len(words) > 1 and words[-1] in _LOOKING:  # ``order_get``
        act = "read"
    elif len(acts) > 1 and words[0] in ("browser", "web"):
        act = acts[1]
    if words[:1] and words[0] in _MAKING:  # what is made says what for: ``make_payment``, ``add_comment``
        act = next((each for each in acts if each in ("pay", "buy", "send", "publish", "grant")), act)
    if act in ("create", "change") and any(each in _GRANTED or each.removesuffix("s") in _GRANTED for each in words):
        act = "grant"
    method = next((text.upper() for key, text in values if key in ("method", "verb", "http_method")), "")
    generic = bool(_GENERIC & set(words)) and (not act or act in ("send", "run"))
    if act == "send" and (_MONEY & set(words) or any(key in ("amount", "iban") for key, _ in values)):
        act = "pay"
    firsts = (text.split(None, 1)[0].lower() for key, text in values if key in _SQL and text.strip())
    stated = next((_STATEMENTS[each] for each in firsts if each in _STATEMENTS), "")
    if stated and act in ("", "run", "read"):
        act, acts = stated, [*acts, stated]
    body = any(key in ("body", "data", "json", "payload", "content", "form", "fields", "params") for key, _ in values)
    if generic and (act == "" or act == "run"):
        act = "delete" if method == "DELETE" else "send" if method in _WRITES or body else "read"
    targets = [target for key, text in values for target in named_by(key, text)]
    strings = tuple(text for _, text in values)
    out = act in ("send", "publish", "pay", "buy", "grant") or any(target.kind == "host" for target in targets)
    every = frozenset(acts) | {act or "run"}
    paths = tuple(target.value for target in targets if target.kind == "path")
    writes, reads = ((), paths) if act == "read" else (paths, ())
    return Deed(
        act=act or "run",
        acts=every,
        targets=tuple(targets),
        values=strings,
        generic=generic or not act,
        writes=writes,
        reads=reads,
        carries=out,
        nouns=tuple(each for each in words if each not in _ACTS),
    )


_SQL: Final = listed("sql query statement")


def words_of_name(name: str) -> list[str]:
    """The words of a tool's name, however they are joined."""
    out: list[str] = []
    word = ""
    for at, sign in enumerate(name):
        if not sign.isalnum():
            out.append(word)
            word = ""
        elif sign.isupper() and word and (not word[-1].isupper() or (at + 1 < len(name) and name[at + 1].islower())):
            out.append(word)
            word = sign
        else:
            word += sign
    return [each.lower() for each in (*out, word) if each]


def _strings(tree: Any, key: str = "", depth: int = 0) -> Iterator[tuple[str, str]]:
    """Every text and number of the arguments with the name it stands under, names of members too where they hold spaces."""
    if depth > DEEPEST:
        return
    if isinstance(tree, str):
        yield key.lower(), tree
    elif isinstance(tree, (int, float)) and not isinstance(tree, bool):
        yield key.lower(), str(tree)
    elif isinstance(tree, dict):
        for name, value in tree.items():
            yield from _strings(value, str(name), depth + 1)
    elif isinstance(tree, list):
        for value in tree:
            yield from _strings(value, key, depth + 1)
