"""May what was taken out of a request be put back here? Not where it would go to a place that no party to the call named.

1. Where a call brings no text of others, nobody but its parties can have named a place: everything is put back. What a provider
   reads by itself (stored conversations, addresses, a search of its own) may be a text of others, too.
2. A tool call gets it back where all hosts, addresses and accounts that it goes to are named by the person, the caller's program
   or the project's scope, and where it goes nowhere: files at hand, commands that reach no other host.
3. A text gets it back but in an address: programs that show an answer fetch its pictures by themselves.
4. What stood in one piece with a place goes back as it stood: a connection string from a file of the project, for example.

INVARIANT (P1): where a place cannot be read, it is one that nobody named.

What is made of a call that may not have it back is the hold-back's answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from safeconduct.safeguards import addresses, deeds, links, programs
from safeconduct.safeguards.addresses import UNREAD, Address
from safeconduct.safeguards.deeds import Deed
from safeconduct.safeguards.redaction import HEAD, Placeholders
from safeconduct.safeguards.scope import Scope
from safeconduct.safeguards.shell import Command
from safeconduct.safeguards.tables import listed
from safeconduct.safeguards.taint import Taint
from safeconduct.terms.blocks import ToolCall

_NET: Final = programs.SENDERS | listed(
    "ping ping6 dig nslookup host drill traceroute tracert mtr whois fetch aria2c axel lynx links w3m httpie grpcurl websocat "
    "wscat mosh tftp lftp openssl gsutil s3cmd mc rclone iwr irm invoke-webrequest invoke-restmethod start open xdg-open wget2 "
    "curlie"
)
_GIT: Final = listed("push pull fetch clone ls-remote submodule remote archive")
_LOCAL: Final = listed("echo printf cat tee export cd mkdir touch cp mv chmod test true ls grep rg head tail wc jq sort read")
_CODE: Final = (
    "socket",
    "http",
    "urllib",
    "requests",
    "fetch(",
    "getaddrinfo",
    "gethostby",
    "resolve",
    "smtp",
    "dev/tcp",
    "dev/udp",
)
_TAKES: Final = {  # options that a name of a file follows
    "curl": listed("-o -T -K -b -c -E -D --output --upload-file --config --cert --key --cacert"),
    "wget": listed("-O -o -i -P --output-document"),
    "ssh": listed("-i -F"),
    "scp": listed("-i -F"),
}
_LOOPS: Final = listed("localhost 127.0.0.1 0.0.0.0 ::1")
_MOST_VALUES: Final = 64  # of one deed in which tokens are looked for
_SHORTEST_TOKEN: Final = 16  # characters
_DIGITS: Final = 3  # of them
_SHORTEST: Final = 4  # letters of a name by which a person names a host


class Placing:
    """Where the placeholders of one call may be turned back. ``unseen``: the model may read what the request does not hold."""

    def __init__(self, placeholders: Placeholders, taint: Taint, scope: Scope, *, unseen: bool = False) -> None:
        self._placeholders = placeholders
        self._taint = taint
        self._scope = scope
        self._others_speak = unseen or bool(taint.untrusted)

    def reveals(self, call: ToolCall) -> str:
        """The detector of what a tool call may not have back; empty where it may have everything that it names."""
        held = self._placeholders
        if not self._others_speak or (HEAD not in call.arguments and "\\u" not in call.arguments):
            return ""
        deed = deeds.read(call)
        values = [each for each in deed.values if held.found(each)]
        spans = held.found(call.arguments)
        if not values and not spans:
            return ""
        text = call.arguments if spans else values[0]
        start, end, _ = held.found(text)[0]
        return _detector(text[start:end]) if self._strays(deed, call, values) else ""

    def goes(self, text: str, start: int, end: int, *, whole: bool) -> bool | None:
        """Whether the placeholder at this place of a text may be turned back; None where what comes next decides."""
        if not self._others_speak:
            return True
        address = addresses.around(text, start, end, whole=whole)
        if address is None:
            return True
        if not address.host:
            return None
        return self.names(address.host) or self._stood(text, address)

    def left(self, text: str) -> str:
        """The beginning of an address that goes on behind this text, which is forgotten."""
        return addresses.open_at_end(text) if self._others_speak else ""

    def _strays(self, deed: Deed, call: ToolCall, values: Iterable[str]) -> bool:
        if deed.fault:
            return True
        files = deed.local and deed.line is None and not call.name.lower().endswith("write_stdin")
        if any(self._in_address(each, files=files) for each in values):
            return True
        if files:
            return False
        if deed.line is not None:
            return self._of_line(deed, list(deeds.commands_of(deed.line)))
        return self._of_tool(deed)

    def _in_address(self, text: str, *, files: bool) -> bool:
        """Whether a placeholder of a text stands in an address that nobody named; in a file, in one that others name."""
        for start, end, _ in self._placeholders.found(text):
            address = addresses.around(text, start, end, whole=True)
            if address is None or self.names(address.host) or self._stood(text, address):
                continue
            if not files or (address.web and (not address.inside or address.host == UNREAD) and self._told(address.host)):
                return True
        return False

    def _of_line(self, deed: Deed, commands: list[Command]) -> bool:
        """A line of shell: every host of it, once something in it may go out."""
        line = deed.line
        assert line is not None
        text = "\n".join(deed.values)
        if not line.unclear and "dev/tcp" not in text and all(each.name in _LOCAL for each in commands):
            return False
        found = [each for each in addresses.hosts(text) if not self.names(each)]
        if any(self._told(each) for each in found) or self._others(text):
            return True
        unread = bool(line.unclear) or any(not each.name or each.name in programs.INTERPRETERS for each in commands)
        if unread and (found or self._is_code(text)):
            return True
        return any(self._goes_unnamed(each) for each in commands)

    def _goes_unnamed(self, command: Command) -> bool:
        """Whether a command goes out to what nobody named, or cannot be read."""
        name, args = command.name, command.args
        if name == "git":
            return not _GIT.isdisjoint(args[:6]) and any(not self.names(each) for arg in args for each in _remote(arg))
        if name not in _NET:
            return False
        named = False
        before = ""
        for arg in args:
            plain = arg
            for _, end, _ in reversed(self._placeholders.found(arg)):
                plain = plain[: plain.rfind(HEAD, 0, end)] + "-" + plain[end:]
            if before not in _TAKES.get(name, ()) and not arg.startswith("@") and (not arg.startswith("-") or "=" in arg):
                for host in _places(plain, bare=" " not in plain.strip()):
                    if not self.names(host):
                        return True
                    named = True
                named = named or (HEAD not in arg and len(arg) > 2 and not arg.startswith("-") and self._spoken(arg.lower()))
            before = arg
        return not named

    def _of_tool(self, deed: Deed) -> bool:
        """Any other tool: where it goes, and what its texts name."""
        for value in deed.values:
            if len(value.split()) == 1:
                if any(not self.names(each) for each in addresses.hosts(value)):
                    return True
                bare = [word for word, file in addresses.dotted(value.partition("/")[0].partition("?")[0]) if not file]
                if self._placeholders.found(value) and "@" not in value and any(not self.names(each) for each in bare):
                    return True
            elif any(self._told(each) and not self.names(each) for each in addresses.hosts(value)):
                return True
            runs = deed.generic or deed.act in ("run", "read")
            if runs and self._placeholders.found(value) and (self._others(value) or self._is_code(value)):
                return True
        return any(
            links.foreign(each, self._taint) or links.invented(each, self._taint)
            for each in deed.targets
            if each.kind != "path" and HEAD not in each.value
        )

    def _is_code(self, text: str) -> bool:
        """Whether a text may be a program that goes out to what nobody named."""
        low = text.lower()
        return any(each in low for each in _CODE) and not self._names_one(text)

    def _others(self, text: str) -> bool:
        """Whether a text names, without slashes, a host that only others name."""
        return any(not file and not self.names(word) and self._taint.told(word) for word, file in addresses.dotted(text))

    def _names_one(self, text: str) -> bool:
        """Whether a text names hosts, and all of them are named by a party."""
        found = [*addresses.hosts(text)]
        return bool(found) and all(self.names(each) for each in found)

    def names(self, host: str) -> bool:
        """Whether a party to the call names a host: the person, the caller's program, the project's scope."""
        if host in _LOOPS or host.endswith(".localhost"):
            return True
        if not self._scope.open("host") and self._scope.holds("host", host):
            return True
        if self._spoken(host):
            return True
        label = host.rpartition(".")[0].rpartition(".")[2]
        if len(label) < _SHORTEST or self._told(host):
            return False
        return label in "".join(sign if sign.isalnum() else " " for sign in self._taint.named).split()

    def _spoken(self, word: str) -> bool:
        """Whether the person or the caller's program says a word, and not only one that holds it."""
        trusted = self._taint.trusted
        at = trusted.find(word)
        for _ in range(addresses.MOST):
            if at < 0:
                return False
            before, after = trusted[at - 1 : at] if at else "", trusted[at + len(word) : at + len(word) + 2]
            ends = not after or not (after[0].isalnum() or after[0] in "-_" or (after[0] == "." and after[1:].isalnum()))
            if ends and not (before.isalnum() or before in ("-", "_")):
                return True
            at = trusted.find(word, at + 1)
        return False

    def _told(self, host: str) -> bool:
        return host == UNREAD or self._taint.told(host) or self._taint.told_apart(host)

    def _stood(self, text: str, address: Address) -> bool:
        """Whether an address stands in a text of others just as it would be with everything put back."""
        whole = self._placeholders.restore(text[address.start : address.end])
        return self._taint.told(whole)


def carries_off(deed: Deed, taint: Taint, scope: Scope) -> bool:
    """Whether a deed brings a placeholder, or what reads like a token and stands in the person's words, to a host of others."""
    if deed.local and deed.line is None:
        return False
    tokens = {word for value in deed.values[:_MOST_VALUES] for word in _tokens(value[: addresses.LONGEST])}
    tokens = {word for word in tokens if word in taint.trusted}
    if not tokens and not any(HEAD in value for value in deed.values):
        return False
    if deed.line is not None and not any(each.name in _NET or each.name == "git" for each in deeds.commands_of(deed.line)):
        return False
    held = Placing(Placeholders(), taint, scope)
    for value in deed.values:
        plain = value.lower()
        for word in tokens:
            plain = plain.replace(word, " ")  # it may be a part of the host
        found = {*addresses.hosts(plain), *(word for word, file in addresses.dotted(plain) if not file)}
        if any(host != UNREAD and taint.told(host) and not held.names(host) for host in found):
            return True
    return False


def _tokens(text: str) -> Iterator[str]:
    """The words of a text that read like tokens: long, of letters and digits, as nobody says them."""
    for word in "".join(sign if sign.isalnum() or sign in "-_" else " " for sign in text).lower().split():
        if len(word) >= _SHORTEST_TOKEN and not word.isalpha() and sum(sign.isdigit() for sign in word) >= _DIGITS:
            yield word


def _detector(placeholder: str) -> str:
    return placeholder[len(HEAD) :].rpartition(":")[0]


def _places(arg: str, *, bare: bool) -> Iterable[str]:
    """The hosts that an argument of a program names that goes out."""
    yield from addresses.hosts(arg)
    if "//" in arg or not bare:
        return
    head = arg.partition("=")[2] if arg.startswith("-") else arg
    head = head.rpartition("@")[2].partition("/")[0].partition("?")[0].partition(":")[0]
    for word, file in addresses.dotted(head):
        if not file or "/" in arg or "?" in arg:
            yield word


def _remote(arg: str) -> Iterable[str]:
    """The host of a repository that is named by its address."""
    yield from addresses.hosts(arg)
    head, colon, _ = arg.partition(":")
    if colon and "//" not in arg and "/" not in head and "=" not in head and " " not in head:
        for word, _ in addresses.dotted(head.rpartition("@")[2]):
            yield word
