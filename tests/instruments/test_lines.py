"""Lines of keys and tables, through comments, strings over several lines, arrays and inline tables."""

from __future__ import annotations

from safeconduct.instruments.lines import locate

TEXT = '''# [no]
top = 1
[instrument]  # the head
id = "a"
title = """
[[rule]]
id = "not a key"
"""
[[rule]]
id = "one"
models = [
  "x", # ]
  "y = [",
]
cohort = \'\'\'
say = "no"
\'\'\'
[[rule]]
"id" = "two"
duties = [{name = "cap",
  value = "1"}]
mend = "a \\" # b"
'''


def test_lines_are_found() -> None:
    found = locate(TEXT)
    assert found.of("instrument") == 3
    assert found.of("instrument", 0, "title") == 5
    assert [found.of("rule", index) for index in (0, 1)] == [9, 18]
    assert [found.of("rule", 0, key) for key in ("id", "models", "cohort")] == [10, 11, 15]
    assert [found.of("rule", 1, key) for key in ("id", "duties", "mend")] == [19, 20, 22]
    assert found.keys["", 0, "top"] == 2


def test_what_is_not_there_falls_back_to_its_table() -> None:
    found = locate(TEXT)
    assert found.of("rule", 0, "say") == 9
    assert found.of("annex", 0, "file") == 1
