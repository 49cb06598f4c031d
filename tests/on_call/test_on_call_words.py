"""What people on call hear and read: nothing private before a key, no reason in writing where it is a secret."""

from __future__ import annotations

import string
from dataclasses import replace

import pytest
from on_call_house import client, urgent_call

from voicebot.channels.sms_length import SmsEncoding, sms_length
from voicebot.domain.call import EndReason
from voicebot.domain.confidentiality import Confidentiality, Profile
from voicebot.domain.delivery import Channel
from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS, Urgency, UrgencyLevel
from voicebot.on_call.letters import Addressed, call_email, call_sms, has_it_letter, plain
from voicebot.on_call.telephone_script import telephone_script
from voicebot.on_call.urgent_message import UrgentMessage, from_caller, urgent_message, written_number
from voicebot.on_call.words import on_call_words

TO = Addressed("letter-1", "+33639980102", "call-1")
LINK = "https://phone.example.org/on-call/20261123-221504-1f9c2a-on-call.dupond.g9k.AbCdEfGhIjKlMnOpQrStUvWxYz0"
REASON = "Je suis bloquée avec mon fils depuis une heure"


def message(profile: Profile = Profile.STANDARD, **changes: object) -> UrgentMessage:
    call = urgent_call()
    call = replace(call, details=call.details | {"reason": Detail(REASON, REASON)})
    fiche = client().model_copy(update={"confidentiality": Confidentiality(profile=profile)})
    return replace(urgent_message(call, fiche), **changes)


def test_both_languages_have_the_same_sentences_with_the_same_gaps() -> None:
    def gaps(language: Language) -> dict[str, set[str]]:
        words = on_call_words(language)
        groups = {name: getattr(words, name) for name in words.__dataclass_fields__}
        return {
            f"{group}.{key}": {field for _, field, _, _ in string.Formatter().parse(text) if field}
            for group, sentences in groups.items()
            for key, text in sentences.items()
        }

    assert gaps(Language.FRENCH) == gaps(Language.ENGLISH)
    assert set(RED_FLAGS) == set(on_call_words(Language.ENGLISH).red_flags)
    assert {level.value for level in UrgencyLevel} == set(on_call_words(Language.FRENCH).urgency)


def test_the_opening_says_who_calls_and_nothing_private() -> None:
    script = telephone_script(message(), already="", connecting=False)

    assert script.opening == (
        "Bonjour, ici l'accueil téléphonique automatique, pour Ascenseurs Vauban. Il y a un message d'astreinte urgent. "
        "Appuyez sur une touche pour l'écouter."
    )
    for private in ("Durand", "bloqu", "Lilas", "trente-neuf"):
        assert private not in script.opening
    assert (script.already, script.connecting) == ("", "")


def test_the_number_is_said_twice_in_pairs_and_the_rest_in_order() -> None:
    said = telephone_script(message(), already="", connecting=False).message
    number = "zéro six, trente-neuf, quatre-vingt-dix-huit, zéro un, soixante-dix-sept"

    assert said.count(number) == 2
    parts = ["Urgence d'astreinte", "Ascenseur en panne", "Mme Durand", number, "12 rue des Lilas", REASON]
    assert [said.index(part) for part in parts] == sorted(said.index(part) for part in parts)
    assert "encore en cours" in said
    over = urgent_message(urgent_call(ended=EndReason.GOODBYE), client())
    assert "encore en cours" not in telephone_script(over, already="", connecting=False).message


def test_what_is_not_known_is_said_so() -> None:
    said = telephone_script(message(caller="", number="", address="", reason=""), already="", connecting=False).message
    assert "L'appelant n'a pas donné son nom. Aucun numéro de rappel n'est connu." in said
    assert "Adresse" not in said
    assert "Motif" not in said


@pytest.mark.parametrize(
    ("language", "caller", "said"),
    [
        (Language.FRENCH, "Mme Durand", "de Mme Durand"),
        (Language.FRENCH, "Élodie Petit", "d'Élodie Petit"),
        (Language.FRENCH, "", "d'un appelant sans nom"),
        (Language.ENGLISH, "Anne Petit", "from Anne Petit"),
        (Language.ENGLISH, "", "from a caller without a name"),
    ],
)
def test_who_called_in_words(language: Language, caller: str, said: str) -> None:
    assert from_caller(message(language=language, caller=caller)) == said


def test_a_danger_says_what_the_caller_was_told() -> None:
    call = urgent_call(urgency=Urgency(UrgencyLevel.P0, "trapped_in_lift"), safety_script_given=("trapped_in_lift",))
    said = telephone_script(urgent_message(call, client()), already="", connecting=False).message

    assert said.startswith("Urgence, danger signalé. Personne bloquée dans un ascenseur.")
    assert "L'appelant a entendu les consignes de sécurité" in said


@pytest.mark.parametrize("profile", [Profile.HEALTH, Profile.LEGAL])
def test_under_secrecy_the_reason_is_heard_after_a_key_and_never_written(profile: Profile) -> None:
    secret = message(profile)
    sms, email = call_sms(TO, secret, "4821", LINK), call_email(TO, secret, LINK)

    assert REASON in telephone_script(secret, already="", connecting=False).message
    for letter in (sms, email):
        for private in (REASON, "panne", "Lilas"):
            assert private not in letter.text + letter.subject
        assert "Mme Durand" in letter.text
        assert "06 39 98 01 77" in letter.text


def test_nothing_that_the_caller_told_as_a_reason_is_ever_written() -> None:
    for letter in (call_sms(TO, message(), "4821", LINK), call_email(TO, message(), LINK)):
        assert REASON not in letter.text
        assert "12 rue des Lilas" in letter.text


def test_an_sms_to_a_contact() -> None:
    assert call_sms(TO, message(), "4821", "").text == (
        "Astreinte Ascenseurs Vauban : message P1 de Mme Durand, à rappeler au 06 39 98 01 77. Ascenseur en panne. "
        "12 rue des Lilas, Lille. Répondez OK 4821."
    )


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize(
    "caller", ["", "Zoë Çelik-Łukasz", "Dr Nguyễn Thị Minh Khai de la Tour d'Auvergne " * 4, "李小龙 🚒"]
)
@pytest.mark.parametrize(
    "address", ["", "Résidence « Les Œillets », bâtiment C, 4ᵉ étage, 128 boulevard de la Liberté, Lille " * 3]
)
def test_an_sms_has_two_cheap_segments_whatever_it_says(language: Language, caller: str, address: str) -> None:
    letter = call_sms(TO, message(language=language, caller=caller, address=address), "4821", LINK)
    length = sms_length(letter.text)

    assert length.encoding is SmsEncoding.GSM_7
    assert length.segments <= 2
    assert "OK 4821" in letter.text
    assert letter.text.endswith(LINK), "the link ends the text, so that no full stop belongs to it"
    assert "06 39 98 01 77" in letter.text


def test_letters_of_other_alphabets_lose_their_accents_only() -> None:
    assert plain("Łukasz Čapek, Œuvre… « ça »") == '?ukasz Capek, OEuvre... " ca "'


def test_those_who_were_told_learn_who_has_it() -> None:
    sms = has_it_letter(TO, Channel.SMS, message(), "Renaud Dupont")
    assert sms.text.startswith("Astreinte Ascenseurs Vauban : Renaud Dupont a pris en charge l'appel de Mme Durand.")
    email = has_it_letter(TO, Channel.EMAIL, message(), "Renaud Dupont")
    assert email.subject == "Astreinte Ascenseurs Vauban : Renaud Dupont a pris en charge"


@pytest.mark.parametrize(
    ("number", "written"),
    [("+33639980177", "06 39 98 01 77"), ("+442079460000", "+44 20 7946 0000"), ("anonymous", "anonymous"), ("", "")],
)
def test_numbers_are_written_as_people_write_them(number: str, written: str) -> None:
    assert written_number(number) == written
