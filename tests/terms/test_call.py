"""What a request selects tells whether the model may read what the request does not hold."""

import pytest

from safeconduct.terms.call import Selections

UNSEEN = [
    Selections(resources=frozenset({"resp_1"})),
    Selections(hosts=frozenset({"pages.example"})),
    Selections(tools=("function:read", "web_search_20250305:web_search")),
    Selections(tools=("mcp:tickets",)),
]
SEEN = [Selections(), Selections(tools=("function:read", "custom:apply_patch"), fallbacks=("m",), programs=("p",))]


@pytest.mark.parametrize("selections", UNSEEN)
def test_p1_stored_things_addresses_and_tools_of_the_provider_bring_texts_unseen(selections: Selections) -> None:
    assert selections.unseen


@pytest.mark.parametrize("selections", SEEN)
def test_what_the_caller_runs_is_seen_in_the_next_request(selections: Selections) -> None:
    assert not selections.unseen
