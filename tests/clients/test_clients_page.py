"""The page that a client signs: everything the file says, in French, and nothing from outside the file in its HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.clients.fiche import fiche
from voicebot.cli.clients_show import house_sentences
from voicebot.clients.client_file import ClientFile, read_client
from voicebot.clients.page import french
from voicebot.clients.page.as_html import page_html
from voicebot.clients.page.as_text import page_text
from voicebot.clients.page.page import page_of
from voicebot.domain.delivery import Gathered
from voicebot.domain.urgency import RED_FLAGS
from voicebot.domain.written import QuietHours

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
CLIENTS = sorted((Path(__file__).parents[2] / "client_configs").glob("*.yaml"))
BASE = read_client(Path(__file__).with_name("chauffage-morel.yaml"))


def page(file: ClientFile) -> str:
    return page_text(page_of(file, house_sentences(), NOW))


def page_of_fiche(**changes: object) -> str:
    return page(replace(BASE, instructions=fiche(**changes)))


@pytest.mark.parametrize("path", CLIENTS, ids=lambda path: path.stem)
def test_page_holds_everything_that_callers_hear(path: Path) -> None:
    file = read_client(path)
    whole = " ".join(page(file).split())
    i = file.instructions
    for place, texts in i.sentences():
        if place.endswith((".ask", ".again")) or place in ("identity.spoken_name", "recording.purpose"):
            continue
        for text in texts.values():
            for piece in " ".join(text.split()).split("{reopening}"):
                shown = piece in whole or piece[:1].upper() + piece[1:] in whole
                assert shown, (place, piece)
    assert "Je suis une intelligence artificielle" in whole
    assert "signature" in whole
    assert file.digest in whole


def test_page_in_words() -> None:
    told = page_of_fiche()
    assert "mardi : 8h00-12h00, 14h00-18h00" in told
    assert "samedi : fermé" in told
    assert "Suite : mise en relation avec le bureau, en l'annonçant, 60 s au plus ; sinon message" in told
    assert "« Est-ce que ça coule en continu ? » : oui → urgent, tout de suite (P1)" in told
    assert "Rappel : sous 4 h" in told
    assert "« On vous rappelle [jour et heure de réouverture]. »" in told
    assert "06 39 98 00 51, duval@plomberie-duval.example" in " ".join(told.split())
    assert "Odeur de gaz" in told
    assert "odeur de gaz : Sortez tout de suite." in told
    assert "Pour le client : ____" in told


def test_page_shows_shifts_to_come_only() -> None:
    shifts = [
        {"from": "2026-01-01", "to": "2026-11-20", "contacts": ["lea"]},
        {"from": "2026-11-20", "to": "2027-01-04 08:00", "contacts": ["duval", "lea"]},
    ]
    told = page_of_fiche(on_call__shifts=shifts)
    assert "lundi 4 janvier 2027 à 08h00 | Monsieur Duval, Léa Simon" in told
    assert "1 janvier 2026 à" not in told


def test_html_is_one_file_and_escapes_what_is_written() -> None:
    wicked = fiche(identity__name='Duval <script>alert("x")</script>')
    html = page_html(page_of(replace(BASE, instructions=wicked), house_sentences(), NOW))
    assert "<script" not in html
    assert "&lt;script&gt;" in html
    assert not re.search(r"(?:src|href)=|url\(|@import", html)
    assert html.count("<section>") >= 10
    assert 'lang="fr"' in html


def test_every_danger_has_a_french_name() -> None:
    assert set(french.RED_FLAGS) == set(RED_FLAGS)


def test_page_says_the_whole_ladder_and_the_hours_of_messages() -> None:
    file = read_client(next(path for path in CLIENTS if path.stem == "ascenseurs-vertex"))
    client = file.instructions
    assert client.on_call is not None
    quiet = QuietHours.model_validate
    duty = client.on_call.model_copy(update={"quiet": quiet("22:00-06:00")})
    rules = (client.deliveries[0].model_copy(update={"gathered": Gathered.DAILY, "quiet": quiet("21:00-07:00")}),)
    changed = client.model_copy(update={"on_call": duty, "deliveries": rules})

    told = " ".join(page_text(page_of(replace(file, instructions=changed), house_sentences(), NOW)).split())

    assert "Le premier contact est appelé 3 fois (20 s à chaque fois), les suivants une fois" in told
    assert "puis le responsable, Karim Haddad, enfin notre plateau d'accueil" in told
    assert "De 22:00 à 06:00, seuls les dangers réveillent" in told
    assert "l'alerte est donnée" in told
    assert "Une messagerie vocale ne compte jamais" in told
    assert "regroupés par jour, à 08:00 ; de 21:00 à 07:00, seulement les urgences" in told
