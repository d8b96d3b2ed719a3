import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.safeguards import shell


def words(line: str) -> list[list[str]]:
    return [[word.text for word in each.words] for each in shell.read(line).commands]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("ls -la", [["ls", "-la"]]),
        ("a && b || c; d & e", [["a"], ["b"], ["c"], ["d"], ["e"]]),
        ("git commit -m 'it''s done; rm -rf x'", [["git", "commit", "-m", "its done; rm -rf x"]]),
        ('echo "a b"c\\ d', [["echo", "a bc d"]]),
        ("A=1 B=2 make", [["make"]]),
        ("if a; then b; else c; fi", [["a"], ["b"], ["c"]]),
        ("for x in 1 2; do echo $x; done", [["echo", "$x"]]),
        ("echo $(date) `id`", [["date"], ["id"], ["echo", "$(date)", "`id`"]]),
        ("cat <<'E' > f\nrm -rf /\nE\nls", [["cat"], ["ls"]]),
        ("cat <<E\n$(id)\nE", [["cat"], ["id"]]),
        ("(cd x && y)", [["cd", "x"], ["y"]]),
        ("# nothing\nls # more", [["ls"]]),
        ("$'\\x6c\\x73' -a", [["ls", "-a"]]),
        ("a \\\n b", [["a", "b"]]),
    ],
)
def test_a_line_is_read_into_its_commands(line: str, expected: list[list[str]]) -> None:
    assert words(line) == expected


def test_pipes_tell_who_reads_from_whom() -> None:
    found = shell.read("a | b; c | (d)").commands
    assert [(each.name, each.place) for each in found] == [("a", 0), ("b", 1), ("c", 0), ("d", 1)]
    assert found[0].pipe == found[1].pipe != found[2].pipe == found[3].pipe


def test_redirections_are_no_words() -> None:
    (command,) = shell.read("echo x >> a.txt 2>&1 < b").commands
    assert [word.text for word in command.words] == ["echo", "x"]
    assert [(each.operator, each.target.text) for each in command.redirects] == [(">>", "a.txt"), (">&", "1"), ("<", "b")]


def test_what_is_only_known_when_it_runs_is_marked() -> None:
    (command,) = shell.read("rm \"$A\" b ${C} '$D'").commands
    assert [word.open for word in command.words] == [False, True, False, True, False]


@pytest.mark.parametrize("line", ["echo 'x", 'echo "x', "echo $(ls", "echo `ls", "cat <<E\nx", "a >", "${x", "x" * 70_000])
def test_what_cannot_be_read_is_told(line: str) -> None:
    assert shell.read(line).unclear


def test_depth_and_number_are_bounded() -> None:
    assert shell.read("$(" * 50 + ")" * 50).unclear
    assert shell.read("a;" * 5_000).unclear


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="ab $`'\"\\(){}|&;<>\n#=*-", max_size=60))
def test_no_line_breaks_the_parser(line: str) -> None:
    shell.read(line)
