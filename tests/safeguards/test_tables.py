from safeconduct.safeguards.tables import listed, phrases


def test_tables_are_plain_text() -> None:
    assert listed("a b  a") == {"a", "b"}
    assert phrases("a b|c") == ("a b", "c")
