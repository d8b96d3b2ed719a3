"""Which addresses of streets do people write, in fourteen countries, and what only looks like one? By seed.

Written before any of them was shown to a rule; streets are invented from words that streets are called after.
"""

# ruff: noqa: E501 - tables of texts
from __future__ import annotations

import random

_EACH = 25
_FRAMES = (
    "Please ship it to {}.",
    "We live at {} since May.",
    "Address: {}",
    "my new address is {}, can you update the form?",
    "{}\nattn. reception",
    "Lieferadresse: {}",
)
# country: forms, with # for a figure; names; towns
_FORMS: dict[str, tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]] = {
    "us": (("#### {n} Street, {t}, OH 4####", "### {n} Ave, Apt ##, {t}", "##### {n} Road\n{t}, TX 7####"), ("Willow", "Old Mill", "Fairview"), ("Springdale", "Milton")),
    "uk": (("## {n} Road, {t} SW# #AB", "# {n} Close, {t}", "Flat #, ## {n} Street, {t} M## #XY"), ("Station", "Church", "Victoria"), ("Leeds", "Harrow")),
    "de": (("{n}straße ##, 1#### {t}", "{n}weg #a, 8#### {t}", "{n}platz ##, {t}"), ("Linden", "Garten", "Schiller"), ("Berlin", "Fulda")),
    "at_ch": (("{n}gasse ##/#, 1##0 {t}", "{n}strasse ##, ##00 {t}"), ("Mozart", "Bahnhof", "Wiesen"), ("Wien", "Zürich")),
    "fr": (("## rue de la {n}, 75### {t}", "# avenue {n}, {t}", "##, boulevard {n}\n69### {t}", "# bis rue du {n}, {t}"), ("Gambetta", "République", "Moulin"), ("Paris", "Lyon")),
    "es": (("Calle {n} ##, 28### {t}", "Avda. de {n}, ##, {t}", "C/ {n} ##, #º A, {t}", "Paseo de {n} ##, {t}"), ("Alcalá", "Cervantes", "Gracia"), ("Madrid", "Sevilla")),
    "it": (("Via {n} ##, 20### {t}", "Piazza {n} #, {t}", "Viale {n}, ###, {t}", "Corso {n} ##, {t}"), ("Garibaldi", "Roma", "dei Mille"), ("Milano", "Torino")),
    "pt_br": (("Rua {n} ###, {t}", "Avenida {n}, ####, {t}", "Rua das {n} ##, ####-### {t}"), ("Flores", "Liberdade", "Santos Dumont"), ("Lisboa", "São Paulo")),
    "nl_be": (("{n}straat ##, 10## AB {t}", "{n}laan ###, {t}", "{n}weg ##, 3### XX {t}"), ("Kerk", "Molen", "Wilhelmina"), ("Utrecht", "Gent")),
    "nordic": (("{n}vägen ##, 114 ## {t}", "{n}gatan #, {t}", "{n}veien ##, 0### {t}", "{n}vej ##, 2#00 {t}"), ("Björk", "Kyrk", "Skov"), ("Stockholm", "Oslo")),
    "fi": (("{n}katu ##, 00### {t}", "{n}katu # B ##, {t}"), ("Koivu", "Kauppa", "Mäki"), ("Helsinki", "Turku")),
    "pl": (("ul. {n} ##, 00-### {t}", "ul. {n} #/##, {t}", "al. {n} ###, {t}"), ("Kwiatowa", "Mickiewicza", "Długa"), ("Warszawa", "Kraków")),
    "cz_hu": (("{n} utca ##, 1### {t}", "{n} út ##, {t}", "ulice {n} ##, {t}"), ("Petőfi", "Kossuth", "Dlouhá"), ("Budapest", "Brno")),
    "ru": (("ул. {n}, д. ##, {t}", "улица {n}, ##, {t}", "проспект {n} ##, {t}"), ("Ленина", "Садовая", "Пушкина"), ("Москва", "Казань")),
}  # fmt: skip
_NOT = (
    "In {y} Many Roads were closed for # days.",
    "Chapter ## Place value and rounding",
    "## Ways to Say Thank You",
    "See figure # Square of the hypotenuse",
    "We sold ### Apples and ## Pears at Market Day.",
    "Level ## Drive failure: replace disk #",
    "The Via Rail train ## was late.",
    "Rue the day: version #.# breaks",
    "Calle is a name. ## people have it.",
    "Wall Street fell by ## points in {y}.",
    "Sesame Street ran for ## seasons.",
    "Spring {y}: ## new features",
    "String ## of the array is empty",
    "Brigade ## moved north",
    "ring ## times, then hang up",
    "Test Suite ### passed in ## s",
    "Der Weg ist das Ziel, Kapitel #",
    "Auf dem Arbeitsplatz ## liegt ein Kabel.",
    "plan B: ## Dr. Smith, ## Dr. Jones",
    "St. ## of the list is a saint",
    "{y} Highway Code, rule ###",
    "Place ## went to Team Blue",
    "Route ## handles GET /users/#",
    "La avenue was empty; ## cars only",
    "a quai for ## boats",
    "Piazza question ##: why is n#?",
    "Avenue Q opened in {y}",
    "## Court rulings were overturned",
    "Broadway: ## shows, ### seats",
    "Via email or via phone, ## hours a day",
)


def _figures(dice: random.Random, form: str) -> str:
    parts = []
    for place, letter in enumerate(form):
        first = letter == "#" and (place == 0 or not (form[place - 1] == "#" or form[place - 1].isdigit()))
        parts.append(str(dice.randint(int(first), 9)) if letter == "#" else letter)
    return "".join(parts)


def addresses(seed: int = 2028) -> dict[str, list[str]]:
    """``{KIND: [texts]}``: an address of a country in a sentence, and in ``not_street`` none."""
    dice = random.Random(seed)
    made = {}
    for country, (forms, names, towns) in _FORMS.items():
        texts = []
        for _ in range(_EACH):
            form = dice.choice(forms).format(n=dice.choice(names), t=dice.choice(towns))
            texts.append(dice.choice(_FRAMES).format(_figures(dice, form)))
        made[f"street_{country}"] = texts
    made["not_street"] = list(
        dict.fromkeys(_figures(dice, dice.choice(_NOT)).format(y=dice.randint(1950, 2026)) for _ in range(40 * _EACH))
    )
    return made
