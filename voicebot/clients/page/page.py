"""The whole page: who, when, what is said, what becomes of calls, and who signs."""

from __future__ import annotations

from datetime import datetime

from voicebot.clients.client_file import ClientFile
from voicebot.clients.page import calls, french, people, reception
from voicebot.clients.page.blocks import Page
from voicebot.clients.page.reception import HouseSentences


def page_of(file: ClientFile, house: HouseSentences, now: datetime) -> Page:
    """The page of a client file. house: its legal sentences, in French. now: aware, the day of printing."""
    i = file.instructions
    facts = (
        ("Version", f"{i.version} ({file.digest})"),
        ("Rédigée par", i.author),
        ("Valable", french.period(i.valid_from, i.valid_to)),
        ("À relire avant le", french.day(i.review_on) if i.review_on else "aucune date"),
        ("Imprimée le", french.day(now.astimezone(i.identity.zone).date())),
    )
    sections = (
        reception.identity(i),
        reception.hours(i),
        reception.greeting(i),
        reception.legal(i, house),
        calls.scenarios(i),
        calls.filters(i),
        calls.urgencies(i),
        people.on_call(i, now),
        people.directory(i),
        people.deliveries(i),
        people.confidentiality(i),
        reception.answers(i),
        reception.waiting(i),
        reception.texts(i),
    )
    kept = tuple(section for section in sections if section is not None)
    return Page(i.identity.name, facts, kept, ("Pour le client", "Pour l'accueil téléphonique"))
