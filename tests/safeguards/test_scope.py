import pytest

from safeconduct.safeguards.scope import Scope, normal_path

SCOPE = Scope.of(
    ["repository:acme/radio", "repository:lab/*", "path:/srv/radio", "account:lab-*", "verb:read", "verb:write"],
    ["files.example", "*.acme.example"],
)


@pytest.mark.parametrize(
    ("kind", "value", "inside"),
    [
        ("repository", "acme/radio", True),
        ("repository", "https://github.com/Acme/Radio.git", True),
        ("repository", "acme/radio-2", False),
        ("repository", "lab/anything", True),
        ("path", "/srv/radio", True),
        ("path", "/srv/radio/a/../b", True),
        ("path", "/srv/radio/../other", False),
        ("path", "/srv/radio2", False),
        ("account", "lab-7", True),
        ("account", "live-7", False),
        ("verb", "READ", True),
        ("verb", "delete", False),
        ("host", "files.example", True),
        ("host", "a.acme.example", True),
        ("host", "acme.example", False),
        ("host", "files.example.evil.example", False),
    ],
)
def test_what_lies_in_the_scope(kind: str, value: str, inside: bool) -> None:
    assert SCOPE.holds(kind, value) is inside


def test_a_kind_that_is_not_named_is_open() -> None:
    assert Scope.of(()).holds("path", "/etc")
    assert Scope.of(["verb:read"]).open("path")
    assert Scope.of((), ["a.example"]).open("host"), "hosts of providers alone say nothing of tools"


@pytest.mark.parametrize(
    ("path", "normal"), [("/a//b/./c/", "/a/b/c"), ("/a/../../b", "/b"), ("../a", "../a"), ("a/../../b", "../b"), ("/", "/")]
)
def test_paths_are_compared_without_detours(path: str, normal: str) -> None:
    assert normal_path(path) == normal
