import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from safeconduct.detectors.models.languages import GROUPS, SAMPLE, group


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Please summarize the minutes of the meeting.", "en"),
        ("Bitte fasse das Protokoll der Sitzung zusammen.", "latin"),
        ("Peux-tu résumer le compte rendu de la réunion pour moi ?", "latin"),
        ("¿Puedes resumir el acta de la reunión?", "latin"),
        ("Czy możesz streścić protokół ze spotkania?", "latin"),
        ("Bạn có thể tóm tắt biên bản cuộc họp không?", "latin"),
        ("Bu metni benim için özetler misin, çok teşekkürler?", "latin"),
        ("Кратко изложи протокол встречи.", "cyrillic"),
        ("请总结一下会议记录。", "cjk"),
        ("会議の議事録を要約してください。", "cjk"),
        ("회의록을 요약해 주세요.", "cjk"),
        ("يرجى تلخيص محضر الاجتماع", "arabic"),
        ("סכם בבקשה את פרוטוקול הישיבה", "other"),
        ("कृपया बैठक का सारांश दें", "other"),
        ("Συνόψισε τα πρακτικά της συνάντησης", "other"),
        ("", "en"),
        ("12 + 30 = 42", "en"),
        ("def f(x): return x + 1", "en"),
        ("How do I say 你好 in English?", "en"),
        ("naïve café menu for the team", "en"),
    ],
)
def test_texts_are_measured_with_their_like(text: str, expected: str) -> None:
    assert group(text) == expected


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=300))
def test_every_text_has_a_group(text: str) -> None:
    assert group(text) in GROUPS


def test_only_the_ends_of_a_long_text_are_looked_at() -> None:
    assert group("слово " * SAMPLE + "the of and " * SAMPLE * 10 + "слово " * SAMPLE) == "cyrillic"
