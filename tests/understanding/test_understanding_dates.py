"""Spoken dates and hours: exact, or not sure, or nothing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voicebot.domain.language import Language
from voicebot.replies.spoken_dates import spoken_date
from voicebot.understanding.dates.find import completeness_of_date, find_date
from voicebot.understanding.normalise import Utterance

PARIS = ZoneInfo("Europe/Paris")
MONDAY = datetime(2026, 11, 23, 10, 10, tzinfo=PARIS)
FRENCH, ENGLISH = Language.FRENCH, Language.ENGLISH


def said(words: str, language: Language = FRENCH, now: datetime = MONDAY, *, past: bool = False, known: str = "") -> str:
    """The value, with "?" when it is not sure; "words" when time was spoken of and no day can be told; "" for no time."""
    found = find_date(Utterance.of(words), language, now, PARIS, past=past, known=known)
    if found is None:
        return ""
    return (found.value or "words") + ("" if found.sure or not found.value else "?")


FRENCH_DATES = [
    ("aujourd'hui à seize heures", "2026-11-23T16:00"),
    ("demain à 9 heures", "2026-11-24T09:00"),
    ("après-demain", "2026-11-25"),
    ("avant-hier matin", "2026-11-21T08:00/2026-11-21T12:00"),
    ("mardi", "2026-11-24"),
    ("ce mardi vers dix heures moins dix", "2026-11-24T09:50"),
    ("lundi prochain", "2026-11-30"),
    ("mardi prochain", "2026-11-24?"),
    ("samedi dernier", "2026-11-21"),
    ("mardi en huit", "2026-12-01"),
    ("vendredi en quinze dans la matinée", "2026-12-11T08:00/2026-12-11T12:00"),
    ("mardi de la semaine prochaine en fin d'après-midi", "2026-12-01T16:00/2026-12-01T18:00"),
    ("la semaine prochaine plutôt mardi", "2026-12-01"),
    ("dans huit jours", "2026-11-30?"),
    ("dans quinze jours", "2026-12-07?"),
    ("dans un mois", "2026-12-23"),
    ("sous huit jours", "2026-11-23/2026-11-30?"),
    ("il y a trois jours", "2026-11-20"),
    ("début décembre", "2026-12-01/2026-12-10?"),
    ("la semaine prochaine", "2026-11-30/2026-12-06"),
    ("ce week-end", "2026-11-28/2026-11-29"),
    ("le mois prochain", "2026-12-01/2026-12-31"),
    ("dans le courant du mois de mai", "2027-05-01/2027-05-31"),
    ("le 4ème", "2026-12-04"),
    ("le 1er à midi trente", "2026-12-01T12:30"),
    ("le 4/12 à 14h30", "2026-12-04T14:30"),
    ("24 novembre 2026 à 14:30", "2026-11-24T14:30"),
    ("mardi vingt-quatre à neuf heures et demie", "2026-11-24T09:30"),
    ("le vingt, huit heures trente", "2026-12-20T08:30?"),
    ("le 14 juillet", "2027-07-14"),
    ("le lundi de Pâques", "2027-03-29"),
    ("le lendemain de Noël", "2026-12-26"),
    ("le premier mardi de décembre", "2026-12-01"),
    ("du 24 au 28 novembre", "2026-11-24/2026-11-28"),
    ("demain à neuf heures moins le quart", "2026-11-24T08:45"),
    ("demain neuf heures trois quarts", "2026-11-24T09:45"),
    ("demain à midi et demi", "2026-11-24T12:30"),
    ("demain après-midi vers trois heures", "2026-11-24T15:00"),
    ("demain à trois heures", "2026-11-24T15:00?"),
    ("demain à partir de seize heures", "2026-11-24T16:00/2026-11-24T18:00"),
    ("demain avant midi", "2026-11-24T08:00/2026-11-24T12:00"),
    ("demain entre quatorze et seize heures", "2026-11-24T14:00/2026-11-24T16:00"),
    ("demain 9h-11h", "2026-11-24T09:00/2026-11-24T11:00"),
    ("vendredi entre dix et douze", "2026-11-27T10:00/2026-11-27T12:00"),
    ("dans trois quarts d'heure", "2026-11-23T10:55"),
    ("ce soir", "2026-11-23T18:00/2026-11-23T21:00"),
    ("vers 17 h 30", "2026-11-23T17:30?"),
    ("à neuf heures", "2026-11-24T09:00?"),
]

ENGLISH_DATES = [
    ("tomorrow at ten", "2026-11-24T10:00"),
    ("next tuesday", "2026-11-24?"),
    ("a week on friday", "2026-12-04"),
    ("friday week", "2026-12-04"),
    ("in a fortnight", "2026-12-07"),
    ("three days ago", "2026-11-20"),
    ("the twelfth of may at half past two", "2027-05-12T14:30?"),
    ("November the 24th at 2 p.m.", "2026-11-24T14:00"),
    ("24/11/2026", "2026-11-24"),
    ("12/05", "2027-05-12?"),
    ("half nine tomorrow", "2026-11-24T09:30"),
    ("tomorrow at quarter to nine", "2026-11-24T08:45"),
    ("thursday from two to four in the afternoon", "2026-11-26T14:00/2026-11-26T16:00"),
    ("wednesday at noon", "2026-11-25T12:00"),
    ("late morning tomorrow", "2026-11-24T11:00/2026-11-24T12:00"),
    ("the week of the 30th", "2026-11-30/2026-12-06"),
    ("in an hour", "2026-11-23T11:10"),
    ("the last friday of the month", "2026-11-27"),
    ("boxing day", "2026-12-26"),
    ("the day before the 14th of july", "2027-07-13"),
    ("friday from nine to noon", "2026-11-27T09:00/2026-11-27T12:00"),
    ("friday at 12 am", "2026-11-27T00:00?"),
    ("monday rather than tuesday", "2026-11-30?"),
    ("friday is no good but saturday is fine", "2026-11-28?"),
    ("every other tuesday", "words"),
    ("the friday before christmas", "words"),
    ("a second please", ""),
    ("for two weeks", ""),
    ("may i come on tuesday", "2026-11-24"),
]

BIRTHS = [
    (FRENCH, "le douze mai mille neuf cent soixante-dix-huit", "1978-05-12"),
    (FRENCH, "douze zéro cinq soixante-dix-huit", "1978-05-12"),
    (FRENCH, "le premier du deux soixante-cinq", "1965-02-01"),
    (FRENCH, "12051978", "1978-05-12"),
    (FRENCH, "le vingt-trois septembre nonante-deux", "1992-09-23"),
    (FRENCH, "le cinq juin deux mille un", "2001-06-05"),
    (FRENCH, "le 12 mai 24", "2024-05-12?"),
    (FRENCH, "le 12 mai", "words"),
    (FRENCH, "le 29 février 1990", "words"),
    (ENGLISH, "the third of march nineteen oh five", "1905-03-03"),
    (ENGLISH, "june 5th seventy-eight", "1978-06-05"),
    (ENGLISH, "05/12/78", "1978-12-05?"),
]

DOUBTFUL = [
    ("pas lundi", "words"),
    ("sauf le mercredi", "words"),
    ("pas lundi mais mardi", "2026-11-24?"),
    ("lundi je ne peux pas, mardi oui", "2026-11-24?"),
    ("je ne suis pas là lundi", "words"),
    ("jeudi, non, vendredi", "2026-11-27?"),
    ("mardi à quatorze heures pardon quinze", "2026-11-24T15:00?"),
    ("plutôt vendredi que jeudi", "2026-11-27?"),
    ("décaler de jeudi à vendredi", "2026-11-27?"),
    ("mardi ou mercredi", "words"),
    ("lundi 24", "words"),
    ("le 31 février", "words"),
    ("tous les mardis", "words"),
    ("le mardi", "2026-11-24?"),
    ("peut-être mardi", "2026-11-24?"),
    ("demain matin à 15 heures", "words"),
    ("avant vendredi", "words"),
    ("après le 15", "words"),
    ("mon numéro c'est le 4", "2026-12-04?"),
    ("dimanche 28 mars 2027 à 02:30", "2027-03-28T02:30?"),
    ("dimanche 25 octobre 2026 à 02:30", "2026-10-25T02:30?"),
    ("le matin", "words"),
    ("vendredi sauf le matin", "2026-11-27?"),
    ("c'était vendredi", "2026-11-27?"),
    ("mardi mardi à neuf heures parce que je travaille loin", "2026-11-24T09:00"),
    ("lundi je travaille", "words"),
    ("la veille du quatorze juillet", "2027-07-13"),
    ("jeudi au lieu de mardi", "2026-11-26?"),
    ("dans deux semaines et trois jours", "2026-12-07?"),
    ("pendant trois semaines", ""),
    ("j'avais rendez-vous hier, je voudrais revenir jeudi", "2026-11-26?"),
    ("bientôt", ""),
    ("dès que possible", ""),
    ("un de ces jours", ""),
]

MISHEARD = [
    ("jeudi a catorze heures trente", "2026-11-26T14:30?"),
    ("lundi prochin", "2026-11-30?"),
    ("le vint et un janvier", "2027-01-21?"),
    ("mardi an huit", "2026-12-01"),
]


@pytest.mark.parametrize(("words", "wanted"), [*FRENCH_DATES, *DOUBTFUL, *MISHEARD])
def test_french_date_is_exact_or_not_sure(words: str, wanted: str) -> None:
    assert said(words) == wanted


@pytest.mark.parametrize(("words", "wanted"), ENGLISH_DATES)
def test_english_date_is_exact_or_not_sure(words: str, wanted: str) -> None:
    assert said(words, ENGLISH) == wanted


@pytest.mark.parametrize(("language", "words", "wanted"), BIRTHS)
def test_date_of_birth_is_past_and_has_its_year(language: Language, words: str, wanted: str) -> None:
    assert said(words, language, past=True) == wanted


@pytest.mark.parametrize(
    ("words", "known", "wanted"),
    [
        ("à quinze heures", "2026-11-26", "2026-11-26T15:00"),
        ("l'après-midi", "2026-11-26T09:00", "2026-11-26T14:00/2026-11-26T18:00"),
        ("plutôt vendredi", "2026-11-26", "2026-11-27"),
    ],
)
def test_hour_alone_is_on_the_day_already_known(words: str, known: str, wanted: str) -> None:
    assert said(words, known=known) == wanted


def test_days_are_those_of_the_client_zone() -> None:
    late = datetime(2026, 11, 23, 23, 30, tzinfo=ZoneInfo("UTC"))
    found = find_date(Utterance.of("demain"), FRENCH, late, PARIS)
    assert found is not None
    assert found.value == "2026-11-25"


def test_words_of_the_date_are_left_out_and_no_others() -> None:
    utterance = Utterance.of("alors ce serait mardi à neuf heures pour ma fille")
    found = find_date(utterance, FRENCH, MONDAY, PARIS)
    assert found is not None
    assert " ".join(t.text for t in utterance.take(found.spans).tokens) == "alors ce serait | | | | pour ma fille"


@pytest.mark.parametrize("language", list(Language))
def test_every_day_reads_back_to_itself(language: Language) -> None:
    for ahead in range(-400, 401):
        day = (MONDAY.date() + timedelta(days=ahead)).isoformat()
        words = spoken_date(day, language, MONDAY)
        assert said(words, language) == day, words


@pytest.mark.parametrize("language", list(Language))
def test_every_minute_reads_back_to_itself(language: Language) -> None:
    for minute in range(24 * 60):
        value = f"2026-11-26T{minute // 60:02d}:{minute % 60:02d}"
        words = spoken_date(value, language, MONDAY)
        midnight = "?" if minute == 0 else ""
        assert said(words, language) == value + midnight, words


@settings(max_examples=300, deadline=None)
@given(
    now=st.datetimes(datetime(2024, 1, 1), datetime(2032, 12, 31)),  # noqa: DTZ001 - made aware below
    ahead=st.integers(-400, 400),
    hour=st.integers(0, 23),
    minute=st.sampled_from((0, 5, 10, 15, 20, 30, 40, 45, 50, 55)),
    language=st.sampled_from(list(Language)),
)
def test_any_moment_reads_back_to_itself(now: datetime, ahead: int, hour: int, minute: int, language: Language) -> None:
    today = now.replace(tzinfo=PARIS)
    day: date = today.date() + timedelta(days=ahead)
    value = f"{day}T{hour:02d}:{minute:02d}"
    assert said(spoken_date(value, language, today), language, today).rstrip("?") == value


@settings(max_examples=200, deadline=None)
@given(
    ahead=st.integers(0, 300),
    first=st.integers(7, 19),
    hours=st.integers(1, 3),
    language=st.sampled_from(list(Language)),
)
def test_any_interval_of_hours_reads_back_to_itself(ahead: int, first: int, hours: int, language: Language) -> None:
    day = MONDAY.date() + timedelta(days=ahead)
    value = f"{day}T{first:02d}:00/{day}T{first + hours:02d}:00"
    assert said(spoken_date(value, language, MONDAY), language).rstrip("?") == value


@settings(max_examples=200, deadline=None)
@given(ahead=st.integers(1, 300), days=st.integers(1, 40), language=st.sampled_from(list(Language)))
def test_any_span_of_days_reads_back_to_itself(ahead: int, days: int, language: Language) -> None:
    first = MONDAY.date() + timedelta(days=ahead)
    value = f"{first}/{first + timedelta(days=days)}"
    assert said(spoken_date(value, language, MONDAY), language).rstrip("?") == value


@settings(max_examples=300, deadline=None)
@given(words=st.text(max_size=60), language=st.sampled_from(list(Language)), past=st.booleans())
def test_any_text_is_read_without_an_error(words: str, language: Language, past: bool) -> None:
    said(words, language, past=past)


_WORDS_OF_TIME = (
    "le lundi mardi 24 4 12 / novembre heures h à et demie moins quart midi prochain semaine dans jours en huit quinze "
    "mille neuf cent deux soixante dix non pardon pas entre avant après fin début matin ou Noël 30 31 2026"
)
_JUMBLE = st.lists(st.sampled_from(_WORDS_OF_TIME.split()), max_size=9)


@settings(max_examples=500, deadline=None)
@given(words=_JUMBLE, past=st.booleans())
def test_any_jumble_of_words_of_time_gives_a_date_or_none(words: list[str], past: bool) -> None:
    found = find_date(Utterance.of(" ".join(words)), FRENCH, MONDAY, PARIS, past=past)
    if found and found.value:
        assert [datetime.fromisoformat(part) for part in found.value.split("/")]


@pytest.mark.parametrize(
    ("words", "past", "wanted"),
    [
        ("mardi à neuf heures", False, "complete"),
        ("mardi", False, "likely"),
        ("le mardi vingt", False, "incomplete"),
        ("mardi à", False, "incomplete"),
        ("à neuf heures moins", False, "incomplete"),
        ("mardi euh", False, "incomplete"),
        ("demain après-midi", False, "complete"),
        ("le douze mai", True, "incomplete"),
        ("le douze mai mille neuf cent", True, "incomplete"),
        ("le douze mai soixante-dix-huit", True, "complete"),
        ("je ne sais pas", False, "unknown"),
    ],
)
def test_completeness_tells_whether_a_date_is_whole(words: str, past: bool, wanted: str) -> None:
    assert completeness_of_date(Utterance.of(words), FRENCH, MONDAY, PARIS, past=past) == wanted
