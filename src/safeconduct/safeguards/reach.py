"""What does a line of shell change beyond the files at hand? Trust, settings, other machines, and code that comes from there.

Everyday reading, building and testing reach nothing. Whether somebody asked for it is a question of ``intent``; what is dangerous
whoever asked is told by ``dangers``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import msgspec

from safeconduct.safeguards import programs
from safeconduct.safeguards.shell import Command
from safeconduct.safeguards.tables import listed

_INSTALLERS: Final = listed(
    "pip pip3 pipx uv uvx npm npx yarn pnpm bun bunx cargo go gem brew apt apt-get dnf yum apk conda mamba composer poetry nix "
    "snap dotnet helm docker podman code"
)
_INSTALLS: Final = listed("install i add get pull x exec dlx tool ci update upgrade tap")
_REMOTE: Final = listed(
    "gh glab aws gcloud az kubectl oc helm terraform tofu pulumi heroku fly flyctl doctl vercel netlify wrangler firebase "
    "supabase vault op ssh-copy-id stripe twilio hcloud consul nomad argocd flux eksctl ansible ansible-playbook"
)
_READING: Final = listed(
    "get list ls describe view show status logs log diff version help login whoami top explain cat head search plan fmt validate "
    "watch checks browse clone checkout run wait"
)
_SETS: Final = listed(
    "config set set-url add-url remote:add set-option configure enable disable mask unmask trust allow login adduser owner "
    "access token grant revoke edit-access"
)
_MACHINE: Final = listed(
    "crontab systemctl launchctl chmod chown usermod useradd setfacl update-alternatives update-ca-certificates sysctl iptables "
    "ufw nft route ip hostnamectl defaults reg schtasks setcap ssh-add gpg keytool"
)
_WRITES: Final = frozenset(["POST", "PUT", "PATCH", "DELETE"])
_FETCHERS: Final = listed("curl wget aria2c http https xh fetch")
_RUNNERS: Final = programs.SHELLS | programs.INTERPRETERS | {"source", ".", "exec"}
_SAVES: Final = ("--output", "--remote-name", "--output-document")


class Reach(msgspec.Struct, frozen=True):
    """What one command changes: ``kind`` is ``installs``, ``sets``, ``remote``, ``carries``, ``saves`` or ``runs``.

    ``verbs`` are the words a person would ask for it with, ``values`` the others.
    """

    kind: str
    verbs: tuple[str, ...]
    values: tuple[str, ...]


def reaches(commands: Iterable[Command]) -> list[Reach]:
    """The commands of a line that reach beyond the files at hand."""
    found = []
    saved: set[str] = set()
    for command in commands:
        kind = _kind(command, saved)
        if kind:
            words = [each for each in command.args if each and not each.startswith("-")]
            asked = (command.name, *(each for each in words[:3] if each.replace("-", "").isalpha()))
            found.append(Reach(kind, asked, command.args))
        saved |= _saved(command)
    return found


def _kind(command: Command, saved: set[str]) -> str:
    if not command.words:
        return ""
    name, args = command.name, command.args
    words = [each for each in args if each and not each.startswith("-")]
    first = words[:3]
    if programs.carries(command):
        return "carries"
    if name == "git":
        return _of_git(words)
    if name in _INSTALLERS and _SETS.intersection(first[:2]):
        return "sets"
    if name in _INSTALLERS and _INSTALLS.intersection(first[:2]):
        return "installs"
    if name in ("npx", "uvx", "bunx", "pipx") or (name in ("docker", "podman") and "run" in first):
        return "installs"
    if name in _REMOTE:
        changes = any(each.upper().removeprefix("-X") in _WRITES for each in args) or any(each in ("-f", "-F") for each in args)
        return "remote" if changes or not _READING.intersection(first) else ""
    if name in _MACHINE:
        return "sets"
    if name in _FETCHERS:
        return "saves" if name in ("wget", "aria2c") or any(_saves(each) for each in args) else ""
    runs = (command.words[0].text, *(args if name in _RUNNERS else ()))
    return "runs" if saved and any(_lies_in(each, saved) for each in runs) else ""


def _lies_in(path: str, saved: set[str]) -> bool:
    path = path.removeprefix("./")
    return path in saved or path.partition("/")[0] in saved


def _of_git(words: list[str]) -> str:
    if words[:1] == ["config"] and len(words) > 2:
        return "sets"
    if words[:1] in (["remote"], ["submodule"]) and words[1:2] in (["add"], ["set-url"], ["rename"]):
        return "sets"
    return ""


def _saved(command: Command) -> set[str]:
    """The files and folders that a fetching command makes."""
    args = command.args
    if command.name == "git" and args[:1] == ("clone",):
        return {args[-1].rstrip("/").rpartition("/")[2].removesuffix(".git")}
    if command.name not in _FETCHERS:
        return set()
    found = {args[at + 1] for at in range(len(args) - 1) if _saves(args[at])}
    found |= {each.rpartition("/")[2] for each in args if "://" in each}
    return {each.removeprefix("./") for each in found if each and each != "-"}


def _saves(option: str) -> bool:
    """Whether an option of a fetching command says to keep what it brings."""
    return option.startswith(_SAVES) or programs.bundles(option, "o") or programs.bundles(option, "O")
