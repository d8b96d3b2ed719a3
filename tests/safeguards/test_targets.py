from safeconduct.safeguards.targets import Target, hosts_in, named_by, places_in


def test_where_an_argument_says_something_goes() -> None:
    assert list(named_by("to", "Ann <ann@x.example>")) == [Target("account", "ann@x.example")]
    assert list(named_by("iban", "DE89370400440532013000")) == [Target("account", "DE89370400440532013000")]
    assert list(named_by("channel", "ops")) == [Target("name", "ops")]
    assert list(named_by("file_path", "a/b")) == [Target("path", "a/b")]
    assert list(named_by("text", "just words")) == []


def test_hosts_and_repositories_of_addresses() -> None:
    assert list(hosts_in("see https://github.com/acme/radio.git now")) == [
        Target("host", "github.com"),
        Target("repository", "acme/radio"),
    ]
    assert list(hosts_in("git@git.example:acme/radio.git")) == [Target("host", "git.example"), Target("repository", "acme/radio")]


def test_places_of_a_longer_text() -> None:
    assert set(places_in('if sender == "sync@kit.example": post("https://x.example/a")')) == {
        Target("host", "x.example"),
        Target("account", "sync@kit.example"),
    }
    assert list(places_in("nothing here")) == []
