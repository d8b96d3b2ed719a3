"""Which simple commands does a line of shell consist of? A small strict parser for what models write (POSIX 2.3, 2.6, 2.9).

1. Nothing is run, expanded or looked up. A word that is only known when the line runs is marked as such.
2. Commands inside of substitutions, subshells, groups, loops and ``sh -c`` are commands of the line like any other.
3. What cannot be read for certain (an open quote, too deep, too long) is told in ``unclear``; it is never passed over.

Which commands are dangerous is asked in ``dangers``.
"""

from __future__ import annotations

from typing import Final

import msgspec

from safeconduct.safeguards.quoting import closed, unescaped
from safeconduct.safeguards.tables import listed

LONGEST: Final = 65_536
DEEPEST: Final = 6
MOST: Final = 512  # commands of one line
_OPERATORS: Final = ("&&", "||", "|&", ";;", "|", "&", ";", "\n", "(", ")")
_KEYWORDS: Final = listed("if then elif else fi for while until do done case esac in function { } ! time select coproc")


class Word(msgspec.Struct, frozen=True):
    """``text`` without quotes, expansions left as written; ``open`` where a part is only known when the line runs; ``quoted``."""

    text: str
    open: bool = False
    quoted: bool = False


class Redirect(msgspec.Struct, frozen=True):
    operator: str  # ">", ">>", "<", "<<<", ">&", "&>"
    target: Word


class Command(msgspec.Struct, frozen=True):
    """One simple command. ``pipe`` numbers the pipeline it stands in, ``place`` its place there; ``depth`` the nesting."""

    words: tuple[Word, ...]
    redirects: tuple[Redirect, ...] = ()
    pipe: int = 0
    place: int = 0
    depth: int = 0

    @property
    def name(self) -> str:
        """The program's own name, without a path; empty where it is only known when the line runs."""
        if not self.words or self.words[0].open:
            return ""
        return self.words[0].text.rpartition("/")[2]

    @property
    def args(self) -> tuple[str, ...]:
        return tuple(word.text for word in self.words[1:])


class Line(msgspec.Struct, frozen=True):
    commands: tuple[Command, ...]
    unclear: str = ""  # why the line cannot be read for certain; empty where it can


class _Unclear(Exception):
    """Why a line cannot be read."""


class _Reader:
    """Reads one line; nested ones with readers of their own that share ``commands``."""

    def __init__(self, text: str, depth: int, commands: list[Command], pipes: list[int]) -> None:
        self.text = text
        self.at = 0
        self.depth = depth
        self.commands = commands
        self.pipes = pipes
        self.words: list[Word] = []
        self.redirects: list[Redirect] = []
        self.pipe = self._next_pipe()
        self.place = 0
        self.heredocs: list[tuple[str, bool]] = []

    def _next_pipe(self) -> int:
        self.pipes[0] += 1
        return self.pipes[0]

    def read(self) -> None:
        if self.depth > DEEPEST:
            raise _Unclear("it is nested too deep")
        text = self.text
        while self.at < len(text):
            sign = text[self.at]
            if sign in " \t\r":
                self.at += 1
            elif sign == "\\" and text.startswith("\\\n", self.at):
                self.at += 2
            elif sign == "#":
                end = text.find("\n", self.at)
                self.at = len(text) if end < 0 else end
            elif self._redirect():
                continue
            elif operator := next((each for each in _OPERATORS if text.startswith(each, self.at)), ""):
                self.at += len(operator)
                self._operator(operator)
            else:
                self._take(self._word())
        self._end()
        if self.heredocs:
            raise _Unclear("a here-document does not end")

    def _take(self, word: Word) -> None:
        if not self.words and not word.quoted and word.text in _KEYWORDS:
            if word.text in ("for", "case", "select", "function"):
                self._skip_head(word.text)
            return
        if not self.words and not word.quoted and _assigns(word.text):
            return
        self.words.append(word)

    def _skip_head(self, keyword: str) -> None:
        """The words of ``for x in a b`` and ``case x in`` are no command; substitutions in them were read all the same."""
        while self.at < len(self.text) and self.text[self.at] not in ";\n({":
            if self.text[self.at] in " \t":
                self.at += 1
                continue
            if self._word().text == "in" and keyword == "case":
                return

    def _operator(self, operator: str) -> None:
        self._end()
        if operator in ("|", "|&"):
            self.place += 1
            return
        if operator in ("(", ")"):  # a subshell is a place in the pipeline around it
            return
        self.pipe, self.place = self._next_pipe(), 0
        if operator == "\n" and self.heredocs:
            self._skip_heredocs()

    def _end(self) -> None:
        if self.words or self.redirects:
            if len(self.commands) >= MOST:
                raise _Unclear("it holds too many commands")
            command = Command(tuple(self.words), tuple(self.redirects), self.pipe, self.place, self.depth)
            self.commands.append(command)
        self.words, self.redirects = [], []

    def _redirect(self) -> bool:
        text, at = self.text, self.at
        while at < len(text) and at - self.at < 3 and text[at].isdigit():
            at += 1
        for operator in ("&>>", "&>", "<<<", "<<-", "<<", ">>", ">&", "<&", "<>", ">|", ">", "<"):
            if text.startswith(operator, at) and (operator[0] != "&" or at == self.at):
                break
        else:
            return False
        if operator in (">", "<") and text.startswith("(", at + 1):  # process substitution
            self.at = at + 1
            self._nested(self._balanced("(", ")"))
            self.words.append(Word(text[at : self.at], open=True))
            return True
        self.at = at + len(operator)
        while self.at < len(text) and text[self.at] in " \t":
            self.at += 1
        if self.at >= len(text) or text[self.at] in ";|\n)":
            raise _Unclear("a redirection has no target")
        word = self._word()
        if operator in ("<<", "<<-"):
            self.heredocs.append((word.text, word.quoted))
        else:
            self.redirects.append(Redirect(operator.rstrip("|"), word))
        return True

    def _skip_heredocs(self) -> None:
        for end, quoted in self.heredocs:
            body: list[str] = []
            while self.at < len(self.text):
                stop = self.text.find("\n", self.at)
                stop = len(self.text) if stop < 0 else stop
                line = self.text[self.at : stop]
                self.at = stop + 1
                if line.strip() == end:
                    break
                body.append(line)
            else:
                raise _Unclear("a here-document does not end")
            if not quoted:
                self._substitutions("\n".join(body))
        self.heredocs = []

    def _word(self) -> Word:
        text = self.text
        out: list[str] = []
        is_open = quoted = False
        start = self.at
        while self.at < len(text):
            sign = text[self.at]
            if sign in " \t\r\n;|&()<>":
                break
            if sign == "\\":
                out.append(text[self.at + 1 : self.at + 2])
                self.at += 2
            elif sign == "'":
                quoted = True
                out.append(self._until("'"))
            elif sign == '"':
                quoted = True
                said, more = self._double()
                out.append(said)
                is_open = is_open or more
            elif sign == "$" or sign == "`":
                said, more = self._expansion()
                out.append(said)
                is_open = is_open or more
            else:
                out.append(sign)
                self.at += 1
        if self.at == start:
            raise _Unclear("a sign stands where no command can")
        return Word("".join(out), is_open, quoted)

    def _until(self, close: str) -> str:
        end = self.text.find(close, self.at + 1)
        if end < 0:
            raise _Unclear("a quote is not closed")
        said = self.text[self.at + 1 : end]
        self.at = end + 1
        return said

    def _double(self) -> tuple[str, bool]:
        text, is_open = self.text, False
        out: list[str] = []
        self.at += 1
        while self.at < len(text):
            sign = text[self.at]
            if sign == '"':
                self.at += 1
                return "".join(out), is_open
            if sign == "\\":
                out.append(text[self.at + 1 : self.at + 2])
                self.at += 2
            elif sign in "$`" and not text.startswith("$'", self.at):  # in double quotes a single one is a sign like others
                said, more = self._expansion()
                out.append(said)
                is_open = is_open or more
            else:
                out.append(sign)
                self.at += 1
        raise _Unclear("a quote is not closed")

    def _expansion(self) -> tuple[str, bool]:
        """What a ``$`` or a backtick begins, as written, and whether it is only known when the line runs."""
        text, start = self.text, self.at
        if text[self.at] == "`":
            self._nested(self._until("`"))
            return text[start : self.at], True
        if text.startswith("$((", self.at):
            self.at += 1
            self._balanced("(", ")")
            return text[start : self.at], True
        if text.startswith("$(", self.at):
            self.at += 1
            self._nested(self._balanced("(", ")"))
            return text[start : self.at], True
        if text.startswith("$'", self.at):
            self.at += 1
            end = closed(text, self.at + 1)
            if end < 0:
                raise _Unclear("a quote is not closed")
            said, self.at = text[self.at + 1 : end], end + 1
            return unescaped(said), False
        if text.startswith("${", self.at):
            self.at += 1
            self._substitutions(self._balanced("{", "}"))
            return text[start : self.at], True
        self.at += 1
        while self.at < len(text) and (text[self.at].isalnum() or text[self.at] in "_?#@!*"):
            self.at += 1
            if text[self.at - 1] in "?#@!*":
                break
        return text[start : self.at], self.at > start + 1

    def _balanced(self, opening: str, closing: str) -> str:
        """The text between a bracket here and the one that closes it, quotes respected."""
        text, depth, at = self.text, 0, self.at
        while at < len(text):
            sign = text[at]
            if sign == "\\":
                at += 1
            elif sign == "'":
                at = text.find("'", at + 1)
                if at < 0:
                    break
            elif sign == opening:
                depth += 1
            elif sign == closing:
                depth -= 1
                if depth == 0:
                    said = text[self.at + 1 : at]
                    self.at = at + 1
                    return said
            at += 1
        raise _Unclear("a bracket is not closed")

    def _nested(self, text: str) -> None:
        _Reader(text, self.depth + 1, self.commands, self.pipes).read()

    def _substitutions(self, text: str) -> None:
        """The commands that a text with expansions runs."""
        inner = _Reader(text, self.depth + 1, self.commands, self.pipes)
        while inner.at < len(text):
            if text[inner.at] in "$`":
                inner._expansion()
            else:
                inner.at += 1


def read(text: str, depth: int = 0) -> Line:
    """The commands of a line, in order of reading."""
    if len(text) > LONGEST:
        return Line((), "it is too long")
    commands: list[Command] = []
    try:
        _Reader(text.rstrip("\\"), depth, commands, [0]).read()
    except _Unclear as why:
        return Line(tuple(commands), str(why))
    return Line(tuple(commands))


def _assigns(text: str) -> bool:
    name, equals, _ = text.partition("=")
    name = name.rstrip("+")
    return bool(equals) and name.isidentifier() and name.isascii()
