"""Structured data about people is found by structure and checksum; what merely has digits is not."""

from __future__ import annotations

import pytest

from support import detecting


@pytest.mark.parametrize(
    ("text", "kind", "piece"),
    [
        ("write to a.b+c@mail.rhyta.co.uk.", "email", "a.b+c@mail.rhyta.co.uk"),
        ("call 905-674-3793", "phone", "905-674-3793"),
        ("Phone: (99) 645-791", "phone", "(99) 645-791"),
        ("ring +49 170 5552311", "phone", "+49 170 5552311"),
        ("card 4007 0707 5369 0781 expires", "card", "4007 0707 5369 0781"),
        ("cc 347415977307943", "card", "347415977307943"),
        ("from GB56HXDO88167774656119 to", "iban", "GB56HXDO88167774656119"),
        ("DE89 3704 0044 0532 0130 00", "iban", "DE89 3704 0044 0532 0130 00"),
        ("my SSN: 054-28-6917", "us_ssn", "054-28-6917"),
        ("address 41.173.96.26 blocked", "ip_address", "41.173.96.26"),
        ("She was born on 2/8/1935.", "birth_date", "2/8/1935"),
        ("geboren am 3. Mai 1990", "birth_date", "3. Mai 1990"),
        ("driver's license number is F162823540116", "document_number", "F162823540116"),
        ("NI AB123456D", "uk_nino", "AB123456D"),
        ("CPF 529.982.247-25", "national_number", "529.982.247-25"),
        ("DNI 12345678Z", "national_number", "12345678Z"),
        ("AHV 756.9217.0769.85", "national_number", "756.9217.0769.85"),
        ("lives at 1600 Sunny Hill Road, there", "street_address", "1600 Sunny Hill Road"),
        ("wohnt Lindenstraße 12, 10115 Berlin", "street_address", "Lindenstraße 12"),
        ("habite 12 bis, rue de la République, Paris", "street_address", "rue de la République"),
        ("vive en la Calle Alcalá 45, Madrid", "street_address", "Calle Alcalá 45"),
        ("abita in Via dei Mille 7, Torino", "street_address", "Via dei Mille 7"),
        ("mora na Rua das Flores 120, Lisboa", "street_address", "Rua das Flores 120"),
        ("woont Kerkstraat 9, Gent", "street_address", "Kerkstraat 9"),
        ("bor Björkvägen 14, Oslo", "street_address", "Björkvägen 14"),
        ("ul. Kwiatowa 3/4, Kraków", "street_address", "ul. Kwiatowa 3/4"),
        ("Petőfi utca 21, Budapest", "street_address", "utca 21"),
        ("ул. Ленина, д. 96, Казань", "street_address", "ул. Ленина, д. 96"),
        ("write to PSC 3117, APO AA 44332", "street_address", "APO AA 44332"),
    ],
)
def test_it_is_found(text: str, kind: str, piece: str) -> None:
    assert (kind, piece) in detecting.seen(text, "personal")


@pytest.mark.parametrize(
    "text",
    [
        "user@example.com and git@github.com",
        "card 4007 0707 5369 0782",
        "GB57HXDO88167774656119",
        "666-12-3456 and 900-12-3456",
        "version 41.173.96.26",
        "192.168.1.10, 10.0.0.1, 203.0.113.9",
        "the year 2020 The End",
        "timestamp 1700000000000",
        "CPF 529.982.247-26",
        "DNI 12345678A",
        "3 Apples and 12 Oranges",
        "60 Place value",
        "46 Dr. Smith",
        "Brigade 12 and Spring 2024",
        "Arbeitsplatz 12",
        "Der Weg 5",
        "Rue the day: version 2.1",
        "Test Suite 300 passed",
        "order 1234567890123456",
    ],
)
def test_what_does_not_add_up_is_let_go(text: str) -> None:
    assert detecting.seen(text, "personal") == []
