"""Which arguments make a command one that somebody should look at first? A table of programs.

Lines, pipes and commands in commands are judged in ``dangers``; which places matter is told by ``places``. Long, because it
is a table.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec

from safeconduct.safeguards.places import DEVICES, is_artifact, is_door, is_secret
from safeconduct.safeguards.shell import Command
from safeconduct.safeguards.tables import listed

SHELLS: Final = listed("sh bash zsh dash ksh fish ash")
SENDERS: Final = listed("curl wget http https xh nc ncat netcat socat telnet ftp sftp scp rsync ssh mail sendmail mutt")
INTERPRETERS: Final = listed("python python2 python3 perl ruby node deno php lua pwsh powershell osascript")


class Danger(msgspec.Struct, frozen=True):
    """``kind`` is ``destructive``, ``ambiguous``, ``downloaded_code``, ``door`` or ``exfiltration``; ``said`` has no content."""

    kind: str
    said: str


def _rm(command: Command) -> Iterator[Danger]:
    args = command.args
    recursive = any(each in ("--recursive",) or bundles(each, "r") or bundles(each, "R") for each in args)
    targets = [word for word in command.words[1:] if not word.text.startswith("-")]
    if "--no-preserve-root" in args:
        yield Danger("destructive", "the root is deleted")
    for word in targets:
        if word.open and recursive:
            yield Danger("ambiguous", "what is deleted with all its contents is only known when it runs")
        elif recursive and not is_artifact(word.text):
            yield Danger("destructive", "a folder is deleted with all its contents")
        elif not recursive and (
            word.text in ("*", "/*", "~/*", "./*") or word.text.startswith(("/etc/", "/usr/", "/boot/", "/var/lib/"))
        ):
            yield Danger("destructive", "files that much depends on are deleted")


def _git(command: Command) -> Iterator[Danger]:
    args = list(command.args)
    while args and args[0] in ("-C", "-c", "--git-dir", "--work-tree"):
        args = args[2:]
    verb, rest = (args[0], args[1:]) if args else ("", [])
    if verb == "push":
        forced = any(each in ("--force", "--mirror") or bundles(each, "f") for each in rest)
        if forced or any(each.startswith("+") for each in rest[1:]):
            yield Danger("destructive", "history that others may hold is written over")
        elif any(each in ("--delete", "--prune") or bundles(each, "d") for each in rest) or any(
            each.startswith(":") for each in rest
        ):
            yield Danger("destructive", "a branch of others is deleted")
    elif (
        verb in ("filter-branch", "filter-repo")
        or (verb == "reflog" and "expire" in rest)
        or (verb == "update-ref" and "-d" in rest)
    ):
        yield Danger("destructive", "history is written anew")
    elif (
        verb == "clean"
        and any(bundles(each, "x") or bundles(each, "X") for each in rest)
        and any(bundles(each, "f") for each in rest)
    ):
        yield Danger("destructive", "files that no version knows are deleted")
    elif (
        verb == "branch"
        and any(each in ("main", "master", "develop", "production") for each in rest)
        and any(bundles(e, "D") for e in rest)
    ):
        yield Danger("destructive", "a main branch is deleted")
    elif verb == "stash" and rest[:1] == ["clear"]:
        yield Danger("destructive", "everything put aside is deleted")


def _find(command: Command) -> Iterator[Danger]:
    args = command.args
    start = next((each for each in args if not each.startswith("-")), ".")
    deletes = "-delete" in args or any(each[:1] == ["rm"] for each in executed(args))
    narrow = any(each in ("-name", "-iname", "-path", "-regex", "-empty", "-mtime", "-newer", "-size") for each in args)
    if deletes and (not narrow or start in ("/", "~", "$HOME", "/home", "/etc", "/var", "/usr")):
        yield Danger("destructive", "everything that is found is deleted")


def _sql(command: Command) -> Iterator[Danger]:
    for each in command.args:
        if destroys_data(each):
            yield Danger("destructive", "data of a database is deleted")
    if command.name in ("redis-cli", "valkey-cli") and any(each.lower() in ("flushall", "flushdb") for each in command.args):
        yield Danger("destructive", "data of a database is deleted")


def destroys_data(text: str) -> bool:
    """Whether SQL (or what a document store takes) deletes a table, a database, or every row."""
    for statement in text.lower().split(";"):
        words = statement.replace("`", " ").replace('"', " ").split()
        for at, word in enumerate(words):
            after = words[at + 1 : at + 2]
            if (
                word == "drop"
                and after
                and after[0] in ("table", "database", "schema", "view", "index", "user", "role", "column", "keyspace")
            ):
                return True
            if word == "truncate" and len(words) > at + 1:
                return True
            if word == "delete" and after == ["from"] and "where" not in words[at:]:
                return True
    return "dropdatabase(" in text.lower() or ".deletemany({})" in text.lower().replace(" ", "")


def _cluster(command: Command) -> Iterator[Danger]:
    if command.args and "delete" in command.args[:6]:
        yield Danger("destructive", "something is deleted from a cluster")
    elif command.args[:1] == ("drain",):
        yield Danger("destructive", "a machine of a cluster is emptied")


def _infrastructure(command: Command) -> Iterator[Danger]:
    args = command.args
    if "destroy" in args or "-destroy" in args or args[:2] in (("state", "rm"), ("workspace", "delete"), ("stack", "rm")):
        yield Danger("destructive", "infrastructure is taken down")
    elif args[:1] and args[0] in ("uninstall", "delete") and command.name == "helm":
        yield Danger("destructive", "a release is taken down")


def _cloud(command: Command) -> Iterator[Danger]:
    words = [each for each in command.args if not each.startswith("-")]
    verbs = words[1:4]
    if command.name == "aws" and words[:1] == ["s3"]:
        if verbs[:1] == ["rb"] or (verbs[:1] == ["rm"] and "--recursive" in command.args) or "--delete" in command.args:
            yield Danger("destructive", "a store in a cloud is emptied")
        return
    if any(
        each.startswith(("delete", "terminate", "purge", "destroy", "deregister")) or each in ("rm", "rb", "remove")
        for each in words[:5]
    ):
        yield Danger("destructive", "something is deleted in a cloud")


def _container(command: Command) -> Iterator[Danger]:
    args = command.args
    if (args[:1] == ("volume",) and args[1:2] in (("rm",), ("prune",))) or (
        args[:2] == ("system", "prune") and "--volumes" in args
    ):
        yield Danger("destructive", "volumes with data are deleted")
    elif "run" in args and ("--privileged" in args or any(each.startswith(("/:/", "-v=/:")) for each in args)):
        yield Danger("door", "a container gets the whole machine")


def _forge(command: Command) -> Iterator[Danger]:
    args = command.args
    if (args[1:2] == ("delete",) and args[0] in ("repo", "release", "secret", "variable", "project", "ruleset")) or (
        args[:1] == ("api",) and any(each.upper() == "DELETE" for each in args)
    ):
        yield Danger("destructive", "something is deleted at a forge")


def _recursive_rights(command: Command) -> Iterator[Danger]:
    args = command.args
    recursive = any(each == "--recursive" or bundles(each, "R") for each in args)
    targets = [each for each in args if not each.startswith(("-", "+")) and not each.isdigit()][-1:]
    wide = any(each.lstrip("0") in ("777", "666") or each in ("a+rwx", "ugo+rwx", "a+w", "o+w") for each in args)
    if recursive and (wide or any(each.startswith(("/", "~", "$", "..")) or each in (".", "*") for each in targets)):
        yield Danger("destructive", "rights of a whole tree are changed")
    elif wide and any(each.startswith(("/etc", "/usr", "/bin", "/")) and each.count("/") < 3 for each in targets):
        yield Danger("destructive", "rights of the system are changed")


def _dd(command: Command) -> Iterator[Danger]:
    if any(each.startswith("of=/dev/") and not each.startswith(("of=/dev/null", "of=/dev/stdout")) for each in command.args):
        yield Danger("destructive", "a device is written over")


def _always(said: str, kind: str = "destructive") -> Callable[[Command], Iterator[Danger]]:
    def judge(_command: Command) -> Iterator[Danger]:
        yield Danger(kind, said)

    return judge


def _with(options: Iterable[str], said: str, kind: str = "destructive") -> Callable[[Command], Iterator[Danger]]:
    wanted = frozenset(options)

    def judge(command: Command) -> Iterator[Danger]:
        if any(each in wanted for each in command.args):
            yield Danger(kind, said)

    return judge


def _transfer(command: Command) -> Iterator[Danger]:
    """curl, wget, scp, rsync: what is sent, and what is overwritten."""
    args, name = command.args, command.name
    if name in ("scp", "rsync", "sftp"):
        places = [each for each in args if not each.startswith("-")]
        if places and _remote(places[-1]) and any(is_secret(each) for each in places[:-1]):
            yield Danger("exfiltration", "a file that holds credentials is sent away")
        if name == "rsync" and any(each.startswith("--delete") for each in args) and places and _remote(places[-1]):
            yield Danger("destructive", "files at another host are deleted")
        return
    if any(each.upper() == "DELETE" for each in args) and any(
        each in ("-X", "--request", "--method") or each == "-XDELETE" for each in args
    ):
        yield Danger("destructive", "something is deleted at another host")
    if "-XDELETE" in args:
        yield Danger("destructive", "something is deleted at another host")
    if any(is_secret(each) for each in _files_sent(args)):
        yield Danger("exfiltration", "a file that holds credentials is sent away")


def _files_sent(args: tuple[str, ...]) -> Iterator[str]:
    before = ""
    for each in args:
        if "@" in each and (before in _DATA or each.startswith(_DATA_LONG)):
            yield each.partition("@")[2]
        elif before in ("-T", "--upload-file", "--post-file", "--body-file"):
            yield each
        elif each.startswith(("--post-file=", "--body-file=", "--upload-file=")):
            yield each.partition("=")[2]
        elif before in _DATA and ("$(" in each or "`" in each):
            yield each
        before = each


_DATA: Final = frozenset(
    ("-d", "-F", "--data", "--data-binary", "--data-raw", "--data-ascii", "--data-urlencode", "--form", "--json", "-sF")
)
_DATA_LONG: Final = ("--data", "--form", "-d@", "-F", "-d", "--json")


def sends(args: Iterable[str]) -> bool:
    """Whether a fetching program carries something out, too."""
    for each in args:
        if (
            each in _DATA
            or each.startswith(("--data", "--form", "--post", "--body", "--upload-file", "-d@", "--json"))
            or each == "-T"
        ):
            return True
        if each.startswith("-") and not each.startswith("--") and ("d" in each[1:2] or "F" in each or "T" in each[1:]):
            return True
    return any(each.upper() in ("POST", "PUT", "PATCH", "-XPOST", "-XPUT", "-XPATCH") for each in args)


def carries(command: Command) -> bool:
    """Whether a command takes something from here to another host."""
    name, args = command.name, command.args
    if name in ("curl", "wget", "http", "https", "xh"):
        return sends(args) or (name in ("http", "https", "xh") and any("=" in each for each in args[1:]))
    if name in ("scp", "rsync", "sftp"):
        places = [each for each in args if not each.startswith("-")]
        return bool(places) and (_remote(places[-1]) or name == "sftp")
    if name == "git":
        return "push" in args[:4] or ("remote" in args[:3] and ("add" in args or "set-url" in args))
    if name in ("aws", "gsutil", "rclone", "mc", "s3cmd"):
        return any(each in ("cp", "sync", "mv", "copy", "put", "move") for each in args)
    return name in SENDERS


def _remote(place: str) -> bool:
    head, colon, _ = place.partition(":")
    return bool(colon) and "/" not in head


def _opaque(command: Command) -> Iterator[Danger]:
    """Code in an argument: not parsed, and so held only where it names what destroys or runs something else."""
    args = command.args
    code = " ".join(
        args[at + 1] for at in range(len(args) - 1) if args[at] in ("-c", "-e", "-E", "-r", "eval", "-Command", "-command")
    )
    if any(
        each in code
        for each in ("rmtree", "rmSync(", "rm_rf", "unlinkSync", "removedirs", "Remove-Item", "File::Path::rmtree", "mkfs")
    ):
        yield Danger("destructive", "code in the command deletes files")
    elif any(
        each in code
        for each in ("os.system", "subprocess", "child_process", "exec(", "eval(", "b64decode", "Invoke-Expression", "IEX")
    ):
        yield Danger("ambiguous", "code in the command runs other commands")
    if "socket" in code and ("dup2" in code or "pty.spawn" in code):
        yield Danger("door", "a shell is connected with another host")


def _netcat(command: Command) -> Iterator[Danger]:
    if any(bundles(each, "e") or bundles(each, "c") or each in ("--exec", "--sh-exec") for each in command.args):
        yield Danger("door", "a shell is connected with another host")


def _tee(command: Command) -> Iterator[Danger]:
    for each in command.args:
        if each.startswith(DEVICES):
            yield Danger("destructive", "a device is written over")
        elif is_door(each):
            yield Danger("door", "a file that says who may enter is written")


def _shell(command: Command) -> Iterator[Danger]:
    """A shell over what another command brings, or over what is fetched in place."""
    for word in command.words[1:]:
        if word.open and any(each in word.text for each in ("curl ", "wget ")):
            yield Danger("downloaded_code", "code from another host is run unseen")


def _system(command: Command) -> Iterator[Danger]:
    if command.args[:1] and command.args[0] in ("poweroff", "reboot", "halt", "emergency", "rescue", "mask"):
        yield Danger("destructive", "the machine is stopped")


JUDGES: Final[Mapping[str, Callable[[Command], Iterator[Danger]]]] = {
    "rm": _rm,
    "unlink": _rm,
    "git": _git,
    "find": _find,
    "dd": _dd,
    "tee": _tee,
    "shred": _always("files are deleted beyond recovery"),
    "wipefs": _always("a disk is written over"),
    "fdisk": _with(["-w", "--wipe"], "a disk is written over"),
    "sfdisk": _always("a disk is written over"),
    "parted": _always("a disk is written over"),
    "mkfs": _always("a disk is written over"),
    "mkswap": _always("a disk is written over"),
    "blkdiscard": _always("a disk is written over"),
    "cryptsetup": _with(["luksFormat", "erase", "luksErase"], "a disk is written over"),
    "lvremove": _always("a volume is deleted"),
    "vgremove": _always("a volume is deleted"),
    "zpool": _with(["destroy"], "a volume is deleted"),
    "zfs": _with(["destroy"], "a volume is deleted"),
    "btrfs": _with(["delete"], "a volume is deleted"),
    "chmod": _recursive_rights,
    "chown": _recursive_rights,
    "chgrp": _recursive_rights,
    "chattr": _recursive_rights,
    "psql": _sql,
    "mysql": _sql,
    "mariadb": _sql,
    "sqlite3": _sql,
    "sqlcmd": _sql,
    "duckdb": _sql,
    "bq": _sql,
    "clickhouse-client": _sql,
    "cqlsh": _sql,
    "mongosh": _sql,
    "mongo": _sql,
    "redis-cli": _sql,
    "valkey-cli": _sql,
    "dropdb": _always("a database is deleted"),
    "dropuser": _always("an account is deleted"),
    "mysqladmin": _with(["drop"], "a database is deleted"),
    "kubectl": _cluster,
    "oc": _cluster,
    "terraform": _infrastructure,
    "tofu": _infrastructure,
    "terragrunt": _infrastructure,
    "pulumi": _infrastructure,
    "cdk": _infrastructure,
    "helm": _infrastructure,
    "serverless": _with(["remove"], "infrastructure is taken down"),
    "vagrant": _with(["destroy"], "infrastructure is taken down"),
    "aws": _cloud,
    "gcloud": _cloud,
    "az": _cloud,
    "doctl": _cloud,
    "heroku": _with(["apps:destroy", "pg:reset", "apps:delete"], "something is deleted in a cloud"),
    "fly": _with(["destroy"], "something is deleted in a cloud"),
    "flyctl": _with(["destroy"], "something is deleted in a cloud"),
    "gsutil": _with(["rb", "rm"], "a store in a cloud is emptied"),
    "rclone": _with(["purge", "delete", "sync"], "a store is emptied or written over"),
    "docker": _container,
    "podman": _container,
    "gh": _forge,
    "glab": _forge,
    "npm": _with(["unpublish"], "a package of others is taken away"),
    "cargo": _with(["yank"], "a package of others is taken away"),
    "curl": _transfer,
    "wget": _transfer,
    "http": _transfer,
    "scp": _transfer,
    "rsync": _transfer,
    "nc": _netcat,
    "ncat": _netcat,
    "netcat": _netcat,
    "crontab": _with(["-r", "-"], "the timetable of the machine is written over", "door"),
    "userdel": _always("an account is deleted"),
    "useradd": _always("an account is made", "door"),
    "adduser": _always("an account is made", "door"),
    "usermod": _always("rights of an account are changed", "door"),
    "passwd": _always("a password is changed", "door"),
    "chpasswd": _always("a password is changed", "door"),
    "visudo": _always("a file that says who may enter is written", "door"),
    "iptables": _with(["-F", "--flush", "-X"], "the firewall is taken down", "door"),
    "nft": _with(["flush"], "the firewall is taken down", "door"),
    "ufw": _with(["disable", "reset"], "the firewall is taken down", "door"),
    "setenforce": _always("a protection of the machine is taken down", "door"),
    "shutdown": _always("the machine is stopped"),
    "reboot": _always("the machine is stopped"),
    "halt": _always("the machine is stopped"),
    "poweroff": _always("the machine is stopped"),
    "systemctl": _system,
    "history": _with(["-c"], "traces are deleted"),
    "truncate": _with(["/var/log/auth.log", "/var/log/syslog"], "traces are deleted"),
    "source": _shell,
    ".": _shell,
    "eval": _shell,
    **dict.fromkeys(SHELLS, _shell),
    **dict.fromkeys(INTERPRETERS, _opaque),
    "Remove-Item": _with(["-Recurse", "-recurse", "-r"], "a folder is deleted with all its contents"),
    "rd": _with(["/s", "/S"], "a folder is deleted with all its contents"),
    "del": _with(["/s", "/S"], "files are deleted in every folder below"),
    "format": _always("a disk is written over"),
    "diskpart": _always("a disk is written over"),
}


def executed(args: tuple[str, ...]) -> list[list[str]]:
    """The commands that ``find`` runs for what it finds."""
    found: list[list[str]] = []
    for at, each in enumerate(args):
        if each in ("-exec", "-execdir", "-ok"):
            ends = [end for end in range(at + 1, len(args)) if args[end] in (";", "+")]
            found.append([word for word in args[at + 1 : ends[0] if ends else len(args)] if word != "{}"])
    return found


def bundles(option: str, letter: str) -> bool:
    """Whether ``-rf`` holds ``f``."""
    return option.startswith("-") and not option.startswith("--") and letter in option[1:]
