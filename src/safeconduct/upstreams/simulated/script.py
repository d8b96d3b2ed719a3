"""What does the provider answer? The conversation says so itself, by markers in the user's last text.

``[[name:argument]]`` in the prompt, the same after ``~`` in the model name (``claude-haiku-4-5~torn:3``) or in the
``x-simulate`` header (``torn:3; slow:50,10``). Steps of an agent's work are separated by ``[[next]]``: the second step is
answered once the tools of the first have reported. An unknown or malformed marker is ordinary text. How an answer looks
on the wire is the dialects' matter.

Answers: ``say:TEXT``, ``tool:NAME {json}``, ``shell:COMMAND``, ``think[:TEXT]``, ``redacted``, ``refuse[:TEXT]``,
``big:KILOBYTES``, ``endless``, ``served:MODEL``.
Faults: ``slow:FIRST_MS[,EVENT_MS]``, ``status:CODE[,RETRY_AFTER]``, ``torn[:EVENTS]``, ``error[:EVENTS[,KIND]]``,
``stall[:EVENTS]``, ``badjson``, ``stale`` (closes without saying so), ``times:N`` (the faults happen to the first N
arrivals of this prompt at this step, then all is well).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from safeconduct.upstreams.simulated.turn import (
    CHARACTERS_PER_TOKEN,
    LABEL,
    Asked,
    Faults,
    Part,
    Refusal,
    Text,
    Thought,
    Tool,
    ToolCall,
    Turn,
)

MOST_MARKERS = 64
MOST_KILOBYTES = 64 * 1024
MOST_WAIT_MS = 600_000
QUOTE = 2_000  # characters of the caller's own words that an answer repeats
SHELLS = ("Bash", "exec_command", "shell_command", "shell", "local_shell")
THOUGHT = f"{LABEL} I consider what was asked, and what I may answer."
REFUSAL = f"{LABEL} I can't help with that request."


@dataclass(frozen=True, slots=True)
class Marker:
    name: str
    argument: str = ""


def plan(asked: Asked, header: str, arrival: int, seen_before: int) -> Turn:
    """Decide the answer. ``arrival`` numbers the tool calls; ``seen_before`` counts earlier arrivals of the same prompt."""
    model, _, suffix = asked.model.partition("~")
    always = [*_listed(suffix.split("~")), *_listed(header.split(";"))]
    step, results = _current_step(asked)
    markers = [*always, *step]
    faults = _faults(markers)
    if faults.times and seen_before >= faults.times:
        faults = Faults()
    served = next((m.argument for m in markers if m.name == "served" and m.argument), model)
    parts = _parts(asked, markers, results, arrival)
    return _within_limit(Turn(parts=tuple(parts), served=served, faults=faults), asked.limit)


def gist(prompt: str) -> str:
    """What makes a prompt the same when it is asked again: a client that lost an answer may add lines of its own."""
    return _own_words(prompt).partition("\n")[0]


def markers_in(text: str) -> list[Marker]:
    """Every well-formed marker of a text, in order; at most MOST_MARKERS."""
    found: list[Marker] = []
    at = text.find("[[")
    while at >= 0 and len(found) < MOST_MARKERS:
        end = _end_of_tool(text, at) if text.startswith("[[tool:", at) else text.find("]]", at)
        if end < 0:
            at = text.find("[[", at + 2)
            continue
        marker = _marker(text[at + 2 : end])
        if marker:
            found.append(marker)
        at = text.find("[[", end + 2)
    return found


def _end_of_tool(text: str, at: int) -> int:
    """Where a tool marker ends: after its JSON, which may itself contain ``]]``. -1 when it is malformed."""
    brace = text.find("{", at)
    close = text.find("]]", at)
    if brace < 0 or close < brace:
        return close
    try:
        _, end = json.JSONDecoder().raw_decode(text, brace)
    except (ValueError, RecursionError):
        return -1
    return end if text.startswith("]]", end) else -1


def _marker(inner: str) -> Marker | None:
    name, _, argument = inner.strip().partition(":")
    return Marker(name, argument.strip()) if name in _NAMES else None


def _listed(texts: Iterable[str]) -> list[Marker]:
    return [marker for marker in map(_marker, texts) if marker]


def _current_step(asked: Asked) -> tuple[list[Marker], tuple[str, ...]]:
    """The markers of the step that is due, and the results that the step before it brought."""
    last: tuple[str, ...] = ()
    left = asked.results
    for text in asked.prompt.split("[[next]]"):
        markers = markers_in(text)
        calls = sum(1 for marker in markers if _tool_of(marker, asked))
        if not left or not calls:
            return markers, last or left
        last, left = left[:calls], left[calls:]
    return [], left or last


def _tool_of(marker: Marker, asked: Asked) -> Tool | None:
    if marker.name == "tool":
        return asked.tools.get(marker.argument.partition(" ")[0])
    if marker.name == "shell":
        return next((asked.tools[name] for name in SHELLS if name in asked.tools), None)
    return None


def _parts(asked: Asked, markers: Sequence[Marker], results: tuple[str, ...], arrival: int) -> list[Part]:
    names = {marker.name for marker in markers}
    if "refuse" in names:
        said = next((marker.argument for marker in markers if marker.name == "refuse"), "")
        return [Refusal(f"{LABEL} {said}" if said else REFUSAL)]
    parts: list[Part] = []
    if "redacted" in names:
        parts.append(Thought(THOUGHT, redacted=True))
    if asked.thinks or "think" in names:
        thought = next((marker.argument for marker in markers if marker.name == "think"), "")
        parts.append(Thought(f"{LABEL} {thought}" if thought else THOUGHT))
    calls: list[Part] = []
    for marker in markers:
        tool = _tool_of(marker, asked)
        if tool:
            calls.append(ToolCall(tool, _arguments(marker, tool), f"{arrival:06d}{len(calls):02d}"))
    if calls:
        return [*parts, Text(f"{LABEL} Calling {len(calls)} tool(s)."), *calls]
    return [*parts, _text(asked, markers, results)]


def _arguments(marker: Marker, tool: Tool) -> str:
    if marker.name == "tool":
        return marker.argument.partition(" ")[2].strip() or "{}"
    command = marker.argument
    if tool.name == "exec_command":
        return json.dumps({"cmd": command})
    if tool.name in {"shell", "local_shell"}:
        return json.dumps({"command": ["bash", "-c", command]})
    return json.dumps({"command": command, **({"description": "Run it"} if "description" in tool.properties else {})})


def _text(asked: Asked, markers: Sequence[Marker], results: tuple[str, ...]) -> Text:
    said = " ".join(marker.argument for marker in markers if marker.name == "say")
    if asked.wants_json:
        text = json.dumps({"simulated": True, "title": said or "simulated"})
    elif said:
        text = f"{LABEL} {said}"
    elif results:
        text = f"{LABEL} The tool answered: " + " | ".join(result[:QUOTE] for result in results)
    else:
        pictures = f" with {asked.images} image(s)" if asked.images else ""
        text = f"{LABEL} No model answered. You wrote{pictures}: {_own_words(asked.prompt)[-QUOTE:]}"
    kilobytes = next((_number(marker.argument, 64, MOST_KILOBYTES) for marker in markers if marker.name == "big"), 0)
    if kilobytes:
        line = "simulated filler, no meaning intended; "
        text += " " + (line * (kilobytes * 1024 // len(line) + 1))[: kilobytes * 1024]
    return Text(text + " " if any(m.name == "endless" for m in markers) else text, any(m.name == "endless" for m in markers))


def _own_words(prompt: str) -> str:
    """What the user typed, without the reminders that Claude Code puts before it."""
    return prompt.rpartition("</system-reminder>")[2].strip() or prompt


def _faults(markers: Iterable[Marker]) -> Faults:
    faults = Faults()
    for marker in markers:
        first, _, second = marker.argument.partition(",")
        match marker.name:
            case "slow":
                wait, pace = _number(first, 500, MOST_WAIT_MS), _number(second, 0, MOST_WAIT_MS)
                faults = replace(faults, first_byte=wait / 1000, per_event=pace / 1000)
            case "status":
                status = _number(first, 529, 599)
                faults = replace(faults, status=status if status >= 400 else 529, retry_after=second.strip()[:32])
            case "torn":
                faults = replace(faults, torn_after=_number(first, 4, 10**6))
            case "error":
                faults = replace(faults, error_after=_number(first, 4, 10**6), error_kind=second.strip()[:64])
            case "stall":
                faults = replace(faults, stall_after=_number(first, 4, 10**6))
            case "badjson":
                faults = replace(faults, bad_json=True)
            case "stale":
                faults = replace(faults, stale=True)
            case "times":
                faults = replace(faults, times=_number(first, 1, 10**6))
            case _:
                pass
    return faults


def _number(text: str, default: int, most: int) -> int:
    text = text.strip()
    return min(int(text), most) if text.isascii() and text.isdigit() and len(text) < 10 else default


def _within_limit(turn: Turn, limit: int) -> Turn:
    """Cut the text where the caller's own limit of tokens ends it."""
    room = limit * CHARACTERS_PER_TOKEN
    last = turn.parts[-1]
    if not limit or not isinstance(last, Text) or last.endless or len(last.text) <= room:
        return turn
    return replace(turn, parts=(*turn.parts[:-1], Text(last.text[:room])), truncated=True)


_NAMES = frozenset(
    {"say", "tool", "shell", "think", "redacted", "refuse", "big", "endless", "served"}
    | {"slow", "status", "torn", "error", "stall", "badjson", "stale", "times"}
)
