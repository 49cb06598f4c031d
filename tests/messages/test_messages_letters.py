"""Letters in every channel: what readers see first, how long it is, what goes along."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from letter_samples import (
    HEATING,
    LEAK,
    LINK,
    NIGHT,
    PRACTICE,
    RESULTS,
    digest,
    in_english,
    letter,
    rule,
    told,
    with_confidentiality,
)
from syrupy.assertion import SnapshotAssertion

from voicebot.channels.ports import Attached
from voicebot.channels.sms_length import SmsEncoding, sms_length
from voicebot.domain.acts import Confidence
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel
from voicebot.domain.details import Detail
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import Message, MessageState
from voicebot.domain.orientation import Handover
from voicebot.domain.urgency import RED_FLAGS, Urgency, UrgencyLevel
from voicebot.messages.letters.alarm import Alarm, AlarmKind, write_alarm
from voicebot.messages.letters.words import words
from voicebot.messages.letters.written import written_date, written_phone

TRANSCRIPT = Attached("call.txt", "text/plain", b"...")
RECORDING = Attached("call.wav", "audio/wav", b"RIFF")


@pytest.mark.parametrize("channel", Channel)
@pytest.mark.parametrize(
    ("message", "instructions"),
    [(LEAK, HEATING), (RESULTS, PRACTICE), (LEAK, in_english(HEATING))],
    ids=["heating", "practice", "english"],
)
def test_letters_as_they_are_read(
    message: Message, instructions: Instructions, channel: Channel, snapshot: SnapshotAssertion
) -> None:
    written = letter(message, instructions, channel)
    if channel is Channel.WEBHOOK:
        assert json.dumps(written.payload, ensure_ascii=False, indent=1) == snapshot
    elif channel is Channel.EMAIL:
        assert f"{written.subject}\n\n{written.text}" == snapshot
        assert written.html == snapshot(name="html")
    else:
        assert written.text == snapshot


@pytest.mark.parametrize("template", ["slack", "teams"])
@pytest.mark.parametrize("instructions", [HEATING, in_english(HEATING)], ids=["fr", "en"])
def test_cards_as_they_are_sent(template: str, instructions: Instructions, snapshot: SnapshotAssertion) -> None:
    written = letter(LEAK, instructions, Channel.CHAT, template=template)
    assert json.dumps(written.payload, ensure_ascii=False, indent=1) == snapshot


def test_what_counts_comes_first() -> None:
    text = letter(LEAK, HEATING, Channel.EMAIL).text
    first = [
        "URGENT",
        "fuite continue",
        "Héloïse Durand",
        "06 39 98 12 34",
        "garage",
        "J'essaie de joindre",
        "12 rue des Lilas",
    ]
    places = [text.index(words) for words in (*first, "Ce que l'appelant a dit")]
    assert places == sorted(places)


def test_number_can_be_touched() -> None:
    assert 'href="tel:+33639981234"' in letter(LEAK, HEATING, Channel.EMAIL).html


def test_doubtful_and_missing_details_are_flagged() -> None:
    unsure = {"caller_name": Detail("Durant", "durant", Confidence.UNSURE), "callback_number": Detail("+33639981234", "…")}
    partial = replace(LEAK, details=unsure, missing=("address",), state=MessageState.PARTIAL, number_shown="")
    text = letter(partial, HEATING, Channel.EMAIL).text
    assert "À vérifier : Appelant, Numéro de rappel" in text
    assert "Il manque : adresse" in text
    assert "avant la fin du message" in text


def test_hour_is_the_clients() -> None:
    overseas = HEATING.model_copy(
        update={"identity": HEATING.identity.model_copy(update={"time_zone": "America/Guadeloupe"})}
    )
    assert "22 h 15" in letter(LEAK, HEATING, Channel.EMAIL).text
    assert "17 h 15" in letter(LEAK, overseas, Channel.EMAIL).text


def test_deadline_counts_from_the_reopening() -> None:
    breakdown = replace(LEAK, scenario="no-heating", urgency=Urgency(UrgencyLevel.P2, "no-heating"))
    hurried = tuple(s.model_copy(update={"deadline": timedelta(hours=4)}) for s in HEATING.scenarios)
    client = HEATING.model_copy(update={"scenarios": hurried})
    assert "À rappeler avant : mardi 24 novembre 2026 à 12 h 00" in letter(breakdown, client, Channel.EMAIL).text
    assert letter(breakdown, client, Channel.WEBHOOK).payload["deadline_at"] == "2026-11-24T11:00:00Z"
    by_day = replace(breakdown, taken_at=datetime(2026, 11, 24, 8, 30, tzinfo=UTC))
    assert "À rappeler avant : mardi 24 novembre 2026 à 13 h 30" in letter(by_day, client, Channel.EMAIL).text
    assert "À rappeler avant" not in letter(LEAK, client, Channel.EMAIL).text


def test_what_was_tried_in_the_call_is_told() -> None:
    call = Call("c", HEATING.id, 2, "", "", NIGHT, Language.FRENCH, handover=Handover(failed=("morel",), on_call_woken=True))
    text = letter(LEAK, HEATING, Channel.EMAIL, call=call).text
    assert "L'astreinte a été appelée pendant l'appel." in text
    assert "N'a pas pu être joint pendant l'appel : Monsieur Morel." in text


def test_update_says_so_in_every_channel() -> None:
    for channel in (Channel.EMAIL, Channel.SMS, Channel.CHAT):
        first, then = letter(LEAK, HEATING, channel), letter(LEAK, HEATING, channel, updated=True)
        assert "omplément" not in told(first)
        assert "omplément" in (then.subject or then.text)
    assert letter(LEAK, HEATING, Channel.WEBHOOK, updated=True).payload["type"] == "message.updated"


def test_thread_and_identity_are_those_of_call_and_dispatch() -> None:
    written = letter(LEAK, HEATING, Channel.EMAIL)
    assert (written.id, written.thread, written.from_name) == ("dispatch-1", LEAK.call, "Accueil Chauffage Morel")


def test_answers_go_to_the_caller_only_at_an_address_they_agreed_to() -> None:
    for detail, reply_to in (
        (Detail("h.durand@example.net", "…", confirmed=True), "h.durand@example.net"),
        (Detail("h.durand@example.net", "…"), ""),
        (Detail("h.durand@example.net", "…", Confidence.UNSURE, confirmed=True), ""),
    ):
        message = replace(LEAK, details=LEAK.details | {"email": detail})
        assert letter(message, HEATING, Channel.EMAIL).reply_to == reply_to
        assert letter(message, with_confidentiality(HEATING, profile="legal"), Channel.EMAIL).reply_to == ""


@pytest.mark.parametrize(
    ("fields", "attach", "names"),
    [
        ({"attachments": True}, ["transcript", "recording"], ["call.txt", "call.wav"]),
        ({"attachments": True}, ["transcript"], ["call.txt"]),
        ({"attachments": True}, [], []),
        ({"attachments": False}, ["transcript", "recording"], []),
        ({"attachments": True, "profile": "health"}, ["transcript", "recording"], []),
        ({"attachments": True, "never_keep": ["email"]}, ["transcript", "recording"], []),
    ],
)
def test_attachments_need_the_rule_and_the_confidentiality(
    fields: dict[str, object], attach: list[str], names: list[str]
) -> None:
    client = with_confidentiality(HEATING, **fields)
    delivery = rule(Channel.EMAIL, attach=attach)
    written = letter(LEAK, client, Channel.EMAIL, delivery=delivery, transcript=TRANSCRIPT, recording=RECORDING)
    assert [a.name for a in written.attachments] == names
    assert all(name in written.text for name in names)


def test_attachments_go_by_email_only() -> None:
    client = with_confidentiality(HEATING, attachments=True)
    delivery = rule(Channel.SMS, attach=["transcript"])
    assert letter(LEAK, client, Channel.SMS, delivery=delivery, transcript=TRANSCRIPT).attachments == ()


@given(
    name=st.from_regex(r"[A-ZÉÇ][a-zéèêïçœ]{1,15}( [A-Z][a-zâôü]{1,20})?", fullmatch=True),
    reason=st.text(alphabet="abcdeéêœç ’«»– …", max_size=900),
    address=st.text(alphabet="abcdeéê 0123456789,", max_size=200),
)
def test_sms_is_two_segments_at_most_whatever_was_said(name: str, reason: str, address: str) -> None:
    details = LEAK.details | {
        "caller_name": Detail(name, name),
        "reason": Detail(reason, reason),
        "address": Detail(address, ""),
    }
    text = letter(replace(LEAK, details=details), HEATING, Channel.SMS).text
    assert sms_length(text).encoding is SmsEncoding.GSM_7
    assert sms_length(text).segments <= 2
    assert text.startswith("URGENT Message P1 d")
    assert "06 39 98 12 34" in text
    assert text.endswith(LINK)


def test_name_keeps_its_letters_where_that_costs_no_third_segment() -> None:
    details = LEAK.details | {"caller_name": Detail("João Žák", "…")}
    short = letter(replace(LEAK, details=details), HEATING, Channel.SMS, link="").text
    assert "João Žák" in short
    assert sms_length(short).segments == 2
    long = letter(replace(LEAK, details=details), HEATING, Channel.SMS).text
    assert "Joao Zak" in long
    assert sms_length(long).segments <= 2


def test_digest_begins_with_what_is_urgent_then_by_time() -> None:
    def at(hour: int, level: UrgencyLevel, name: str) -> Message:
        details = LEAK.details | {"caller_name": Detail(name, name, confirmed=True)}
        moment = NIGHT.replace(hour=hour)
        return replace(LEAK, id=f"m{hour}", taken_at=moment, urgency=Urgency(level, "house"), details=details)

    many = [at(9, UrgencyLevel.P3, "Anna"), at(14, UrgencyLevel.P1, "Bruno"), at(8, UrgencyLevel.P3, "Chloé")]
    written = digest(many, HEATING, Channel.EMAIL, links={"m14": LINK})
    assert written.subject == "3 messages, dont 1 urgent : Chauffage Morel"
    for text in (written.text, written.html):
        places = [text.index(name) for name in ("Bruno", "Chloé", "Anna")]
        assert places == sorted(places)
        assert LINK in text
    assert digest(many, HEATING, Channel.SMS).text.startswith("Chauffage Morel : 3 messages, dont 1 urgent. P1 Bruno")
    assert [m["id"] for m in digest(many, HEATING, Channel.WEBHOOK).payload["messages"]] == ["m14", "m8", "m9"]
    for template in ("", "slack", "teams"):
        assert "Bruno" in json.dumps(digest(many, HEATING, Channel.CHAT, template).payload)


def test_digests_as_they_are_read(snapshot: SnapshotAssertion) -> None:
    later = replace(
        LEAK, id="m2", taken_at=NIGHT + timedelta(hours=1), urgency=Urgency(UrgencyLevel.P3, "quote"), missing=("reason",)
    )
    for instructions in (HEATING, in_english(HEATING)):
        written = digest([later, LEAK], instructions, Channel.EMAIL)
        assert f"{written.subject}\n\n{written.text}" == snapshot(name=f"text {instructions.language}")
    assert digest([RESULTS, replace(RESULTS, id="m2")], PRACTICE, Channel.EMAIL).text == snapshot(name="practice")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.opened: list[str] = []
        self.sources: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.opened.append(tag)
        self.sources += [value or "" for name, value in attrs if name in ("src", "background", "href")]


@given(words=st.text(max_size=80))
def test_words_of_callers_make_no_tag_and_no_picture(words: str) -> None:
    hostile = f"<script>alert(1)</script><img src=https://example.net/x>{words}"
    details = {name: Detail(hostile, hostile) for name in ("caller_name", "reason", "address", "company", "email")}
    message = replace(LEAK, details=LEAK.details | details, verbatim=(hostile,), callback_promised=hostile)
    tags = _Tags()
    tags.feed(letter(message, HEATING, Channel.EMAIL).html)
    assert not {"script", "img", "link", "iframe"} & set(tags.opened)
    assert all(s.startswith(("tel:+33639981234", "mailto:", LINK)) for s in tags.sources)


def test_words_of_callers_call_nobody_in_a_chat_room() -> None:
    details = LEAK.details | {"reason": Detail("<!channel> [ici](https://example.net) *", "")}
    for template in ("", "slack", "teams"):
        payload = json.dumps(letter(replace(LEAK, details=details), HEATING, Channel.CHAT, template=template).payload)
        assert ("[ici]" if template == "teams" else "<!channel>") not in payload


@pytest.mark.parametrize("kind", AlarmKind)
@pytest.mark.parametrize("language", Language)
def test_alarms_say_what_to_do(kind: AlarmKind, language: Language) -> None:
    alarm = Alarm(kind, "chauffage-morel", "Chauffage Morel", NIGHT, call="call-1", dispatch="dispatch-1", trouble="timeout")
    written = write_alarm(
        alarm, dispatch_id="alarm-1", address="a@example.org", zone=ZoneInfo("Europe/Paris"), language=language
    )
    assert "Chauffage Morel" in written.subject
    assert re.search(r"^  voicebot \w+ \w+", written.text, re.MULTILINE)
    assert "22" in written.text
    assert written.id == "alarm-1"


def test_alarm_about_many_messages_counts_them() -> None:
    alarm = Alarm(AlarmKind.DEAD_LETTER, "a, b", "a, b", NIGHT, count=7)
    written = write_alarm(alarm, dispatch_id="x", address="a@example.org", zone=ZoneInfo("Europe/Paris"))
    assert written.subject == "ALARME : 7 messages non remis, a, b"


def test_both_languages_have_the_same_words() -> None:
    french, english = words(Language.FRENCH), words(Language.ENGLISH)
    assert {group: set(names) for group, names in french.items()} == {group: set(names) for group, names in english.items()}
    assert set(english["red_flags"]) == set(RED_FLAGS)


@pytest.mark.parametrize(
    ("value", "written"),
    [
        ("2026-11-24", "mardi 24 novembre 2026"),
        ("2026-11-24T09:00", "mardi 24 novembre 2026 à 9 h 00"),
        ("2026-11-24T14:00/2026-11-24T18:00", "mardi 24 novembre 2026, de 14 h 00 à 18 h 00"),
        ("2026-11-24/2026-11-26", "du mardi 24 novembre 2026 au jeudi 26 novembre 2026"),
        ("un de ces jours", "un de ces jours"),
        ("2026-11-24/bientôt", "2026-11-24/bientôt"),
    ],
)
def test_dates_as_people_write_them(value: str, written: str) -> None:
    assert written_date(value, Language.FRENCH) == written


def test_numbers_as_people_write_them() -> None:
    assert written_phone("+33639981234").shown == "06 39 98 12 34"
    assert written_phone("+442079460018").shown == "+44 20 7946 0018"
    assert (written_phone("0639").shown, written_phone("0639").link) == ("0639", "")


@given(st.integers(min_value=0, max_value=2 * 365 * 24 * 60), st.sampled_from(UrgencyLevel))
def test_any_hour_and_level_can_be_written(minutes: int, level: UrgencyLevel) -> None:
    message = replace(LEAK, taken_at=NIGHT + timedelta(minutes=minutes), urgency=Urgency(level, "house"))
    for channel in Channel:
        assert letter(message, HEATING, channel).id
