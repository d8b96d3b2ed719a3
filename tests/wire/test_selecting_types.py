"""No field of the SDKs' request types may choose something unseen. What looks so and is harmless is listed with its reason."""

from __future__ import annotations

import msgspec
import pytest

from safeconduct.terms.call import CallView
from safeconduct.wire.dialect import of
from support.wire_calls import REQUEST_TYPES
from support.wire_types import planted_requests

# A field whose name holds one of these words may choose a model, fallback, host, file, cache or program.
SELECTING = frozenset(
    {"model", "models", "fallback", "fallbacks", "url", "urls", "host", "domain", "domains", "id", "ids", "file", "files"}
    | {"container", "conversation", "cache", "program", "programs", "geo", "workspace", "route", "router", "provider", "server"}
    | {"token", "key", "prompt", "thread", "voice", "audio", "skill", "connector", "tunnel", "vector", "store"}
)

ECHO = "an echo of an earlier answer, which the provider does not act on"
# Fields that look as if they chose something, and why they do not. (owner "" means: wherever it stands)
HARMLESS: dict[tuple[str, str], str] = {
    ("", "tool_use_id"): "links two blocks of this conversation",
    ("", "tool_call_id"): "links two messages of this conversation",
    ("", "call_id"): "links two items of this conversation",
    ("", "caller_id"): "links two items of this conversation",
    ("", "tool_id"): "links two blocks of this conversation",
    ("", "tab_id"): "names a tab of the caller's own browser",
    ("", "download_id"): "names a download of the caller's own browser",
    ("", "inference_geo"): "where a call is computed; the account's own list of places decides",
    ("", "continuation_id"): "the caller's own word for an order of background calls",
    ("", "prompt_cache_key"): "bound to the caller's pseudonym before it leaves",
    ("BashCodeExecutionOutputBlock", "file_id"): ECHO,
    ("BashCodeExecutionOutputBlockParam", "file_id"): ECHO,
    ("CodeExecutionOutputBlock", "file_id"): ECHO,
    ("CodeExecutionOutputBlockParam", "file_id"): ECHO,
    ("BetaBashCodeExecutionOutputBlock", "file_id"): ECHO,
    ("BetaBashCodeExecutionOutputBlockParam", "file_id"): ECHO,
    ("BetaCodeExecutionOutputBlock", "file_id"): ECHO,
    ("BetaCodeExecutionOutputBlockParam", "file_id"): ECHO,
    ("AnnotationContainerFileCitation", "container_id"): ECHO,
    ("AnnotationContainerFileCitation", "file_id"): ECHO,
    ("AnnotationFileCitation", "file_id"): ECHO,
    ("AnnotationFilePath", "file_id"): ECHO,
    ("ResponseCodeInterpreterToolCallParam", "container_id"): ECHO,
    ("Result", "file_id"): ECHO,
    ("", "approval_request_id"): "links two items; the server itself is named by its URL",
    ("", "user_id"): "identity, overwritten from the registry",
    ("", "allowed_domains"): "narrows a web tool, which is read as a tool",
    ("", "blocked_domains"): "narrows a web tool, which is read as a tool",
    ("", "file_type"): "a kind of text",
    ("", "file_data"): "the content itself",
    ("", "fallback_credit_token"): "a price for a retry on the model the request names",
    ("BetaFallbackCreditTokenParam", "token"): "a price for a retry on the model the request names",
    ("Logprob", "token"): "a word of an earlier answer",
    ("LogprobTopLogprob", "token"): "a word of an earlier answer",
    ("", "authorization_token"): "a secret for a server that is named by its URL",
    ("", "mcp_server_name"): "a label; the server is named by its URL",
    ("", "server_name"): "a label; the server is named by its URL",
    ("", "server_label"): "a label; the server is named by its URL",
    ("", "server_description"): "a text",
    ("BetaFallbackInfo", "model"): ECHO,
    ("BetaFallbackInfoParam", "model"): ECHO,
    ("ImageGenerationCallSvgUsage", "model"): ECHO,
    ("", "revised_prompt"): "an echo of an earlier answer",
    ("", "prompt_cache_retention"): "how long, not which",
    ("CompactionTrigger", "id"): "labels an item that asks for something, and names nothing stored",
    ("ComparisonFilter", "key"): "a condition inside a vector store that is named by its id",
    ("ChatCompletionAudioParam", "voice"): "a built-in voice by name; a stored one is an object with an id",
}
# Types that only say again what the conversation already held: their ids and addresses are labels.
ECHOES = ("ToolUse", "ToolCall", "Result", "Citation", "BrowserState", "WebFetchBlock", "WebSearch", "Action", "Annotation")


def selected(view: CallView) -> list[str]:
    found = view.selections
    return [view.model, *found.fallbacks, *found.hosts, *found.resources, *found.programs, *found.tools]


@pytest.mark.parametrize("name", [name for name, *_ in REQUEST_TYPES])
def test_p4_every_selecting_field_of_the_sdk_types_is_decided(name: str) -> None:
    dialect, operation, hint = next(rest for known, *rest in REQUEST_TYPES if known == name)
    passed: set[tuple[str, str, int]] = set()
    checked = 0
    for plant in planted_requests(hint):
        field = plant.field.removesuffix("~")
        if SELECTING.isdisjoint(field.split("_")):
            continue
        checked += 1
        view = of(dialect).read(msgspec.json.encode(plant.request), operation)
        if not any(plant.needle in choice for choice in selected(view)):
            passed.add((plant.owner, field, plant.siblings))
    assert checked > 50
    assert {place for place in passed if not harmless(*place)} == set()


def harmless(owner: str, field: str, siblings: int) -> bool:
    if (owner, field) in HARMLESS or ("", field) in HARMLESS:
        return True
    if field == "url":
        return any(word in owner for word in ECHOES)
    # An object with content of its own is an item, and its ``id`` a label. One that is hardly more than an ``id`` is a reference.
    return field == "id" and siblings >= 2
