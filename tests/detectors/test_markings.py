"""Markings count where they mark; words and questions about them do not."""

from __future__ import annotations

import pytest

from support import detecting


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("TOP SECRET//SI//NOFORN", "banner", "TOP SECRET//SI//NOFORN"),
        ("SECRET//REL TO USA, FVEY\nThe site operates.", "banner", "SECRET//REL TO USA, FVEY"),
        ("CONFIDENTIAL//NOFORN This is it", "banner", "CONFIDENTIAL//NOFORN"),
        ("CUI//SP-EXPT//FEDCON", "cui", "CUI//SP-EXPT//FEDCON"),
        ("(TS//SI//NF) The site operates two lines.", "portion", "(TS//SI//NF)"),
        ("1. (U//FOUO) Test results.", "portion", "(U//FOUO)"),
        ("(CUI) Test results.", "portion", "(CUI)"),
        ("DISTRIBUTION STATEMENT B. Distribution authorized to", "distribution_statement", "B."),
        ("ECCN: 4D611", "eccn", "4D611"),
        ("This item is controlled under USML Category XI of the ITAR.", "usml", "XI"),
        ("These technical data are subject to the EAR.", "export_legend", "EAR"),
        ("STRICTLY CONFIDENTIAL", "company", "STRICTLY CONFIDENTIAL"),
        ("> **Company Confidential**\n\ntext", "company", "Company Confidential"),
        ("VS-NUR FÜR DEN DIENSTGEBRAUCH", "company", "VS-NUR FÜR DEN DIENSTGEBRAUCH"),
        (f"text\n{detecting.LEGEND.upper()}\ntext", "company", detecting.LEGEND.upper()),
    ],
)
def test_a_marking_is_found(text: str, kind: str, piece: str) -> None:
    assert (kind, piece) in detecting.seen(text, "markings")


@pytest.mark.parametrize(
    "text",
    [
        "What does NOFORN mean?",
        "What does TOP SECRET//SI//NOFORN mean?",
        "Explain the banner SECRET//REL TO USA, FVEY to a student",
        "Explain the difference between SECRET and TOP SECRET clearances.",
        "My top secret cookie recipe needs work",
        "The S//3 bucket path is wrong",
        "the C//C++ interop layer fails",
        "controlled unclassified information (CUI) is a category",
        "What is an ECCN and do I need one for a blog?",
        "Is my blog subject to the EAR?",
        "we keep this strictly confidential among friends",
        "What is a distribution statement D. document?",
        "Kubernetes Secret vs ConfigMap",
    ],
)
def test_talk_about_markings_is_none(text: str) -> None:
    assert detecting.seen(text, "markings") == []


def test_a_marking_in_escaped_text_is_found() -> None:
    assert ("banner", "SECRET//NOFORN") in detecting.seen('{"body": "line\\nSECRET//NOFORN\\nmore"}', "markings")


def test_a_legend_is_a_whole_line_in_any_case_with_any_dash() -> None:
    for line in (
        "Company  Confidential",
        "* INTERNAL USE ONLY *",
        "Confidential \u2014 internal use only",
        "> Streng Vertraulich",
    ):
        assert detecting.seen(f"a\n{line}\nb", "markings"), line
    for line in ("This is company confidential", "company confidential unless told", "use only"):
        assert not detecting.seen(f"a\n{line}\nb", "markings"), line


def test_a_law_of_export_needs_what_is_subject_to_it() -> None:
    assert detecting.seen("These drawings are controlled under the ITAR.", "markings")
    assert not detecting.seen("My cousin is controlled under the ITAR.", "markings")
