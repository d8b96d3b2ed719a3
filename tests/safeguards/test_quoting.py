"""Between ``$'`` and ``'``, what a shell reads is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from safeconduct.safeguards import dangers, shell
from safeconduct.safeguards.quoting import unescaped


@pytest.mark.parametrize(
    ("written", "reads"),
    [
        ("\\x72m", "rm"),
        ("\\162\\155", "rm"),
        ("\\562m", "rm"),
        ("\\u72m", "rm"),
        ("\\u0072m", "rm"),
        ("\\U72\\x6d", "rm"),
        ("rm\\0 and more", "rm"),
        ("rm\\400x", "rm"),
        ("a\\;b\\", "a\\;b\\"),
        ("\\\\x72 \\' \\e", "\\x72 ' \x1b"),
        ("\\xzz\\UFFFFFFFF", "\\xzz\ufffd"),
        ("ä\\u4e2d\\cA", "ä中\x01"),
    ],
)
def test_escapes_are_read_as_the_shell_reads_them(written: str, reads: str) -> None:
    assert unescaped(written) == reads


@pytest.mark.parametrize("name", ["\\562m", "\\u72m", "\\U72m", "r\\x6d", "rm\\0x"])
def test_p4_a_program_whose_name_is_hidden_in_escapes_is_known(name: str) -> None:
    kinds = {each.kind for each in dangers.dangers(shell.read(f"$'{name}' -rf src"))}
    assert kinds == {"destructive"}


@pytest.mark.parametrize(
    "line",
    [
        "echo $'\\'' ; rm -rf src #'",
        "echo $'a\\\\' ; rm -rf src",
        'echo "$\'" ; rm -rf src ; echo "\'"',
    ],
)
def test_p4_a_quote_that_ends_elsewhere_hides_no_command(line: str) -> None:
    assert {each.kind for each in dangers.dangers(shell.read(line))} == {"destructive"}


@pytest.mark.parametrize("line", ["{rm,-rf,src}", "/bin/r? -rf src", "/bin/[r]m -rf src", "/bin/r* -rf src"])
def test_a_program_that_the_shell_names_itself_is_ambiguous(line: str) -> None:
    assert {each.kind for each in dangers.dangers(shell.read(line))} == {"ambiguous"}


@pytest.mark.parametrize(
    "line", ["[ -f a ] && ls *.py", "[[ a == b* ]] || true", "x[0]=1; ls {a,b}", "case $x in *.py) ls;; a?) ls;; esac"]
)
def test_patterns_elsewhere_are_everyday_work(line: str) -> None:
    assert not dangers.dangers(shell.read(line))


@given(st.text(alphabet="\\xuUcn07f'é", max_size=30))
def test_nothing_raises(text: str) -> None:
    unescaped(text)
