"""Which fields of a request choose something? Finds models, hosts and stored things wherever a request may name them (P4).

INVARIANT P4 (never passed on unread): selecting fields are known by name and found at any depth, also inside blocks and
tools of a type we do not know yet. Where a name may also be plain data of the caller (tool arguments, JSON Schemas,
header maps), the walk does not descend: nothing there makes the provider act. A selecting field of a shape we cannot
read is an error, not a field without effect.

Resources are the bare ids of things stored at the provider, as the provider wrote them, so that they can be compared with
ids known to belong to someone; routing fields are written ``field:value`` and are nobody's. Hosts are lower case without
port; a URL whose host two parsers could read differently becomes ``UNREADABLE``, which no list of hosts can hold.
Tools are written ``type:name``. What may be selected is decided elsewhere (``policy``, ``exchange``).
"""

from __future__ import annotations

import string
from typing import Any

from safeconduct.terms.call import Selections
from safeconduct.wire.strict import Malformed

UNREADABLE = "unreadable url"
_HOST = frozenset(string.ascii_lowercase + string.digits + ".-")

_RESOURCES = frozenset(
    {
        "file_id",
        "file_ids",
        "container_id",
        "container",
        "vector_store_ids",
        "skill_id",
        "tunnel_id",
        "voice",
        "audio",
        "previous_message_id",
        "previous_response_id",
        "comparison_response_id",
        "conversation",
    }
)
_BY_ID = frozenset({"voice", "audio", "container", "conversation"})  # may be an object whose ``id`` names the thing
_ONLY_BY_ID = frozenset({"voice", "audio"})  # a plain string there is a built-in name, not a stored thing
_URLS = frozenset({"image_url", "file_url", "server_url"})
_KEYS = frozenset({*_RESOURCES, *_URLS, "model", "url", "allowed_domains", "domain", "connector_id"})
_BESIDE_MODEL = _KEYS - {"model"}  # at the top, ``model`` is the request's own
_FALLBACKS = frozenset({"fallbacks", "fallback_models", "fallback_model", "models"})
_ROUTES = frozenset({"route", "router", "provider", "workspace_id", "user_profile_id", "billing_policy"})
_TOP = _BESIDE_MODEL | _FALLBACKS | _ROUTES | {"access_programs"}
# Every member at the top that decides something here: identity, content, size, and all that selects.
_DECIDED = _TOP | frozenset(
    [
        "model",
        "messages",
        "system",
        "input",
        "instructions",
        "tools",
        "tool_choice",
        "functions",
        "stream",
        "store",
        "metadata",
        "user",
        "safety_identifier",
        "prompt",
        "max_tokens",
        "max_completion_tokens",
        "max_output_tokens",
        "mcp_servers",
        "service_tier",
        "n",
    ]
)
SKIPPED = _FALLBACKS | {"metadata"}  # members read at the top, or free for the caller's own notes
NOTHING = Selections()

MAX_NAMED = 16_384  # characters; all of it stands in one entry of at most 65,535 bytes, escaped at worst

# Blocks and items that repeat what an earlier answer said of files made while answering; nothing is loaded by them.
_ECHOES = frozenset(
    {
        "code_execution_output",
        "bash_code_execution_output",
        "file_citation",
        "container_file_citation",
        "file_path",
    }
)

# Data of the caller or echoes of earlier answers. Their strings are read like all text, but choose nothing.
_PLAIN = frozenset(
    {
        "input",
        "arguments",
        "input_schema",
        "input_examples",
        "output_schema",
        "parameters",
        "schema",
        "attributes",
        "headers",
        "env",
        "configs",
        "usage",
        "results",
    }
)


class Finding:
    """Collects the selections of one request. ``done`` gives the immutable result."""

    __slots__ = ("_found",)

    def __init__(self) -> None:
        self._found: list[tuple[str, str]] = []  # (which selection, what); most requests add little or nothing

    def done(self) -> Selections:
        """What was found, in the vocabulary of the house."""
        found = self._found
        if not found:
            return NOTHING
        if sum([len(what) for which, what in set(found) if which != "tool"]) > MAX_NAMED:
            raise Malformed(
                "too_many_selections",
                "$",
                "The request names more hosts, stored things and models than can be decided and recorded.",
                f"Keep their names below {MAX_NAMED} characters altogether.",
            )
        return Selections(
            fallbacks=tuple([what for which, what in found if which == "fallback"]),
            hosts=frozenset([what for which, what in found if which == "host"]),
            resources=frozenset([what for which, what in found if which == "resource"]),
            programs=tuple([what for which, what in found if which == "program"]),
            tools=tuple([what for which, what in found if which == "tool"]),
        )

    def top(self, tree: dict[str, Any], skip: frozenset[str]) -> None:
        """Read the members every dialect may carry at the top, then walk all others except those in ``skip``."""
        for name in tree:
            folded = name.casefold()
            if folded != name and folded in _DECIDED:  # a reader that ignores case would take it for the real one
                raise Malformed(
                    "lookalike_field",
                    f"$.{name[:64]!r}",
                    f"The name {name[:64]!r} imitates the field {folded}.",
                    "Write field names as the provider's reference does.",
                )
        if not _TOP.isdisjoint(tree):
            self._read(tree, _BESIDE_MODEL)
            for name in _FALLBACKS.intersection(tree):
                self.models(name, tree[name])
            for name in _ROUTES.intersection(tree):
                if tree[name] is not None:
                    self._found.append(("resource", f"{name}:{tree[name] if type(tree[name]) is str else 'set'}"))
            self.programs(tree.get("access_programs"))
        for name, value in tree.items():
            if (type(value) is list or type(value) is dict) and name not in skip:
                self.walk(value)

    def walk(self, root: Any) -> None:
        """Visit every object below ``root``; the order does not matter, the depth is bounded by the strict reader."""
        stack = [root]
        while stack:
            node = stack.pop()
            if type(node) is list:
                stack.extend([child for child in node if type(child) is dict or type(child) is list])
                continue
            if not _KEYS.isdisjoint(node):
                self._read(node, _KEYS)
            for name, value in node.items():
                if (type(value) is dict or type(value) is list) and name not in _PLAIN:
                    if name == "variables" and type(value) is dict:  # names in there are the caller's, not the API's
                        stack.append(list(value.values()))
                    elif not (name in ("from", "to") and node.get("type") == "fallback"):
                        stack.append(value)

    def _read(self, node: dict[str, Any], keys: frozenset[str]) -> None:
        kind = node.get("type")
        kind = kind if type(kind) is str else ""
        for name in keys.intersection(node):
            value = node[name]
            if value is None:
                continue
            if name in _RESOURCES:
                if kind not in _ECHOES:
                    self._resource(node, name, value)
            elif name in _URLS:
                self.url(name, value["url"] if type(value) is dict and "url" in value else value)
            elif name == "model":
                self._found.append(("fallback", _text(name, value)))
            elif name == "connector_id":  # a service that the provider itself connects to
                self._found.append(("host", _text(name, value)))
            elif name == "url":
                if kind in ("url", "image"):
                    self.url(name, value)
            elif name == "domain" or kind == "allowlist":  # a web tool's domain lists only narrow it
                self._found.extend(("host", _text(name, entry).lower()) for entry in _listed(name, value))

    def _resource(self, node: dict[str, Any], name: str, value: Any) -> None:
        if type(value) is dict and name in _BY_ID:
            if value.get("id") is not None:
                self.resource(name, value["id"])
        elif name == "skill_id" and node.get("type") == "anthropic":
            self.tool("skill", _text(name, value))  # comes with the API and is stored for nobody
        elif name not in _ONLY_BY_ID:
            for entry in _listed(name, value):
                self.resource(name, entry)

    def resource(self, name: str, identity: Any) -> None:
        """Add the id of one stored thing, found in the field ``name``."""
        self._found.append(("resource", _text(name, identity)))

    def url(self, name: str, value: Any) -> None:
        """Add the host of one URL; ``data:`` URLs carry their content and name no host."""
        text = _text(name, value)
        if text[:5].lower() != "data:":
            self._found.append(("host", host_of(text)))

    def models(self, name: str, value: Any) -> None:
        """Add models the provider may use instead: names, or objects with a ``model``."""
        if value is None:
            return
        for entry in _listed(name, value):
            self._found.append(("fallback", _text(name, entry.get("model") if type(entry) is dict else entry)))

    def programs(self, value: Any) -> None:
        """Add access programs the client claims, as ``kind=level``."""
        if value is None:
            return
        if type(value) is dict:
            claims = {kind: level for kind, level in value.items() if level is not None}
            entries = [f"{kind}={_text('access_programs', level)}" for kind, level in claims.items()]
        else:
            entries = [_text("access_programs", entry) for entry in _listed("access_programs", value)]
        self._found.extend(("program", entry) for entry in entries)

    def tools(self, declared: Any, default: str) -> None:
        """Add declared tools as ``type:name``; a namespace's own tools follow it. ``default`` is the dialect's plain type."""
        waiting = declared[::-1] if type(declared) is list else []
        while waiting:
            tool = waiting.pop()
            if type(tool) is not dict:
                continue
            kind = tool.get("type") or default
            name = tool.get("name") or tool.get("server_label") or tool.get("mcp_server_name")
            if name is None and type(kind) is str and type(tool.get(kind)) is dict:
                name = tool[kind].get("name")  # Chat wraps a tool in a member named like its type
            self._found.append(("tool", f"{kind}:{name or ''}"))
            nested = tool.get("tools")
            if type(nested) is list:
                waiting.extend(reversed(nested))

    def tool(self, kind: str, name: str) -> None:
        """Add one tool that is switched on by a field of its own."""
        self._found.append(("tool", f"{kind}:{name}"))


def host_of(url: str) -> str:
    """The host of an ``http`` or ``https`` URL, lower case, without port and trailing dot; else ``UNREADABLE``.

    User info, backslashes, white space, escapes, IP literals in brackets and non-ASCII names are unreadable on purpose:
    URL parsers disagree about them, and the provider's parser would have the last word.
    """
    scheme, slashes, rest = url.partition("://")
    if not slashes or scheme.lower() not in ("http", "https"):
        return UNREADABLE
    end = min((at for at in (rest.find(mark) for mark in "/?#") if at >= 0), default=len(rest))
    host, colon, port = rest[:end].lower().partition(":")
    host = host.removesuffix(".")
    if not host or not _HOST.issuperset(host) or (colon and not (port.isascii() and port.isdigit())):
        return UNREADABLE
    return host


def _listed(name: str, value: Any) -> list[Any]:
    if type(value) is list:
        return value
    if type(value) is str or type(value) is dict:
        return [value]
    raise _unreadable(name)


def _text(name: str, value: Any) -> str:
    if type(value) is str:
        return value
    raise _unreadable(name)


def _unreadable(name: str) -> Malformed:
    return Malformed(
        "unreadable_selection",
        f"$..{name}",
        f"The field {name} chooses something at the provider, but has a shape that cannot be read.",
        "Send it as the provider's reference describes, or leave it out.",
    )
