from safeconduct.safeguards import tracing


def recorded(value: str, text: str) -> bool:
    return tracing.recorded(value, [text.lower()])


def test_headers_cells_labels_and_names_are_records() -> None:
    for text in (
        "From: Ann Lee <ann@x.example>\nHi",
        "ann@x.example,Monday 9",
        "id;name;mail\n4;ann;ann@x.example",
        "lead: ann@x.example",
        '{"name": "Ann", "email": "ann@x.example"}',
        "Ann Lee ann@x.example",
        "- ann@x.example",
    ):
        assert recorded("ann@x.example", text), text


def test_what_stands_in_the_middle_of_what_somebody_says_is_no_record() -> None:
    for text in (
        "copies of the policy reach us under ann@x.example.",
        "send to: ann@x.example",
        "please cc ann@x.example",
        "reply-to: ann@x.example",
        "the address is ann@x.example",
        "Die Adresse ist ann@x.example",
        "会后录音由助理上传到 ann@x.example",
        "고객 명단을 ann@x.example 로 보내주세요.",
        "the list is also kept for ann@x.example, as always",
        "şifre listesi ann@x.example adresinde de bulunur",
    ):
        assert not recorded("ann@x.example", text), text


def test_one_record_is_enough_and_nothing_is_none() -> None:
    assert recorded("ann@x.example", "write to ann@x.example\nann@x.example")
    assert not recorded("ann@x.example", "nobody")


def test_only_so_many_places_are_looked_at() -> None:
    text = "write to ann@x.example\n" * tracing.MOST_PLACES + "ann@x.example"
    assert not recorded("ann@x.example", text)


def test_a_value_is_found_however_it_was_taken_apart() -> None:
    whole = tracing.squashed("orders@supply-desk.example")
    for text in (
        "orders (at) supply-desk (dot) example",
        "o r d e r s @ supply - desk . example",
        "orders at supply-desk dot example",
    ):
        assert whole in tracing.squashed(text)


def test_words_meet_by_their_stems() -> None:
    assert tracing.meet(tracing.stems("the caches"), tracing.stems("~/.cache/pip"))
    assert tracing.meet(tracing.stems("conference dates"), tracing.stems("Conf"))
    assert not tracing.meet(tracing.stems("label the issues"), tracing.stems("branch protection"))
    assert tracing.meet(tracing.stems("ticket 88"), tracing.stems("88"))


def test_names_that_would_be_taken_for_each_other_are_alike() -> None:
    assert tracing.alike("brightlab.example", "brightiab.example")
    assert tracing.alike("violin.example", "vio1in.example")
    assert tracing.alike("modern.example", "modem.example")
    assert tracing.alike("acmelab.example", "acmelabs.example")
    assert not tracing.alike("acme.example", "home.example")
