"""Approved sentences: both languages say the same things, every decision has words, numbers are said as people say them."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import Confidence, Secret
from voicebot.domain.call import Awaited, Call, EndReason, Expectation
from voicebot.domain.caller_text import CallerText
from voicebot.domain.confidentiality import Confidentiality, Profile
from voicebot.domain.decisions import Action, Decision
from voicebot.domain.details import Detail
from voicebot.domain.handoff import Why
from voicebot.domain.language import Language
from voicebot.domain.scenario import TemporaryNotice
from voicebot.domain.speaking import Sentence
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.domain.urgency import RED_FLAGS
from voicebot.policy.decide import greet
from voicebot.replies.compose import compose, fixed_sentences
from voicebot.replies.phrasebook import phrasebook
from voicebot.replies.spoken import spoken_moment, spoken_reason

FICHES = Path(__file__).parents[1] / "fakes" / "fiches"
CLIENTS = [FICHES / "cabinet-lilas.yaml", FICHES / "chauffage-morel.yaml"]
CONFIGS = Path(__file__).parents[2] / "client_configs"
REQUESTS = ("", "yes", "last")
LIFTS = FICHES / "ascenseurs-vauban.yaml"
NOW = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
OF_THE_CLIENT_ALONE = (Action.SAY_NOTICE, Action.SAY_COST)
OF_THE_LINE = (EndReason.CALLER_HUNG_UP, EndReason.LINE_LOST, EndReason.CONNECTED, EndReason.HANDLED)
FIELD = re.compile(r"\{(\w*)\}")


def _compose(decisions: list[Decision], path: Path, language: Language, **changes: object) -> tuple[Sentence, ...]:
    instructions = read_client_file(path)
    call = Call("c", instructions.id, 1, "", "", NOW, language, **changes)  # type: ignore[arg-type]
    return compose(decisions, call, instructions, NOW, number=1)


def _say(decision: Decision, path: Path, language: Language, **changes: object) -> list[str]:
    return [s.text for s in _compose([decision], path, language, **changes)]


def test_both_languages_have_the_same_phrases_with_the_same_places() -> None:
    french, english = phrasebook(Language.FRENCH), phrasebook(Language.ENGLISH)
    assert french.phrases.keys() == english.phrases.keys()
    assert french.patterns.keys() == english.patterns.keys()
    for key in french.phrases:
        assert set(FIELD.findall(" ".join(french.phrases[key]))) == set(FIELD.findall(" ".join(english.phrases[key]))), key


@pytest.mark.parametrize("language", list(Language))
def test_every_red_flag_has_a_script_that_names_an_emergency_number_and_claims_no_call(language: Language) -> None:
    numbers = re.compile(r"\b(15|17|18|112)\b")
    for flag in (flag.id for flag in RED_FLAGS.values() if flag.has_script):
        script = " ".join(phrasebook(language).safety[flag])
        assert numbers.search(script), flag
        assert re.search(r"ne peux pas appeler les secours|cannot call the emergency", script), flag
        assert not re.search(r"j'ai (appelé|prévenu)|I have (called|warned)|secours arrivent|help is on", script), flag


@pytest.mark.parametrize("language", list(Language))
def test_house_promises_nothing(language: Language) -> None:
    promise = re.compile(r"vous rappeller|sera rappelé|will call you|we will|je transmets|passe? (it )?on to", re.IGNORECASE)
    for key, texts in phrasebook(language).phrases.items():
        if key == "callback_promised":
            continue  # said only with a row on the list of callbacks
        assert not promise.search(" ".join(texts)), key


@pytest.mark.parametrize("path", CLIENTS, ids=lambda p: p.stem)
@pytest.mark.parametrize("language", list(Language))
def test_every_action_has_words_without_gaps(path: Path, language: Language) -> None:
    instructions = read_client_file(path)
    subjects = {
        Action.GREET: "closed",
        Action.ANSWER: instructions.faq[0].id,
        Action.SAFETY_SCRIPT: "fire",
        Action.READ_BACK: "caller_name,callback_number,reason",
        Action.TAKE_LEAVE: EndReason.GOODBYE,
        Action.OFFER_KEYPAD: "callback_number",
        Action.ASK_TO_REPHRASE: "",
        Action.ASK_WHICH_PERSON: ",".join(person.id for person in instructions.people),
        Action.CONFIRM_REQUEST: instructions.scenarios[0].id,
        Action.WAIT: "",
        Action.KEEP_SECRET: Secret.WHO_IS_A_CLIENT,
        Action.SAY_QUEUE: "2",
        Action.PROMISE_CALLBACK: "+33639981234",
        Action.TAKE_BACK: Why.AGENT_LOST,
        Action.SEND_TEXT: "access",
    }
    text = CallerText(
        id="access", title=dict.fromkeys(Language, "the address"), body=dict.fromkeys(Language, "12 rue Haute")
    )
    instructions = instructions.model_copy(update={"texts": (text,)})
    values = {"caller_name": "Paul Martin", "callback_number": "+33639981234", "reason": "une fuite", "recorded": "yes"}
    values["why"] = ""
    for action in set(Action) - {Action.END_CALL, *OF_THE_CLIENT_ALONE}:
        decision = Decision(action, "x.y", "greeting.closed", subjects.get(action, "caller_name"), values)
        call = Call("c", instructions.id, 1, "", "", NOW, language)
        said = [s.text for s in compose([decision], call, instructions, NOW, number=1)]
        assert said, action
        assert not any("{" in text or "  " in text for text in said), action


def test_client_says_its_own_notices_and_costs() -> None:
    text = {Language.FRENCH: "Le déplacement coûte cent euros.", Language.ENGLISH: "The call-out is a hundred euros."}
    moving = TemporaryNotice(id="moving", say=text, valid_to=NOW.date())
    plain = read_client_file(CLIENTS[1])
    leak = plain.scenario("leak")
    assert leak is not None
    client = plain.model_copy(update={"notices": (moving,), "scenarios": (leak.model_copy(update={"cost_notice": text}),)})
    call = Call("c", client.id, 1, "", "", NOW, Language.FRENCH)
    for decision in (
        Decision(Action.SAY_NOTICE, "opening.notice", "notices[moving]", "moving"),
        Decision(Action.SAY_COST, "orientation.cost", "scenarios[leak].cost_notice", "leak"),
    ):
        said = compose([decision], call, client, NOW, number=1)
        assert [s.text for s in said] == ["Le déplacement coûte cent euros."]


def test_partial_number_is_said_back_and_the_rest_asked() -> None:
    decision = Decision(Action.ASK_AGAIN, "details.ask_rest", "house", "callback_number", {"heard": "0639"})
    assert _say(decision, CLIENTS[0], Language.FRENCH) == ["J'ai noté zéro six, trente-neuf. Quelle est la suite ?"]


def test_still_there_puts_the_pending_question_again() -> None:
    decision = Decision(Action.ASK_STILL_THERE, "silence.still_there", "house")
    said = _say(decision, CLIENTS[0], Language.FRENCH, expectation=Expectation(Awaited.DETAIL, "caller_name"))
    assert said == ["Êtes-vous toujours là ?", "Quel est votre nom, s'il vous plaît ?"]


@pytest.mark.parametrize("end", [e for e in EndReason if e not in OF_THE_LINE])
def test_every_end_that_is_ours_has_a_goodbye(end: EndReason) -> None:
    assert "revoir" in _say(Decision(Action.TAKE_LEAVE, "leave", "house", end), CLIENTS[0], Language.FRENCH)[-1]


def test_fixed_sentences_begin_with_the_greeting_and_have_no_gap() -> None:
    texts = fixed_sentences(read_client_file(CLIENTS[1]), Language.FRENCH)
    assert texts[0] == "Bonjour, vous êtes bien chez Chauffage Morel."
    assert not any("{" in text for text in texts)


@pytest.mark.parametrize(
    ("value", "language", "said"),
    [
        ("+33612007890", Language.FRENCH, "zéro six, douze, zéro zéro, soixante-dix-huit, quatre-vingt-dix"),
        ("+33100010203", Language.FRENCH, "zéro un, zéro zéro, zéro un, zéro deux, zéro trois"),
        ("0612", Language.FRENCH, "zéro six, douze"),
        ("06123", Language.FRENCH, "zéro six, douze, trois"),
        ("0612", Language.ENGLISH, "zero six, one two"),
        (
            "+441632960961",
            Language.FRENCH,
            "plus quarante-quatre, seize, trente-deux, quatre-vingt-seize, zéro neuf, soixante et un",
        ),
    ],
)
def test_numbers_are_said_in_pairs(value: str, language: Language, said: str) -> None:
    assert spoken_number(value, language) == said


@pytest.mark.parametrize(
    ("moment", "french", "english"),
    [
        ((2026, 11, 24, 8, 0), "demain à huit heures", "tomorrow at 8 am"),
        ((2026, 11, 27, 13, 30), "vendredi à treize heures trente", "on Friday at 1:30 pm"),
        ((2026, 12, 4, 1, 0), "vendredi 4 décembre à une heure", "on Friday 4 December at 1 am"),
    ],
)
def test_moments_are_said_as_day_and_hour(moment: tuple[int, int, int, int, int], french: str, english: str) -> None:
    paris = ZoneInfo("Europe/Paris")
    at = datetime(*moment, tzinfo=paris)
    assert spoken_moment(at, NOW, Language.FRENCH) == french
    assert spoken_moment(at, NOW, Language.ENGLISH) == english


def test_long_reason_is_cut_short() -> None:
    assert spoken_reason("un " * 30).endswith(" …")
    assert spoken_reason("une fuite") == "une fuite"


@pytest.mark.parametrize(
    ("why", "subject", "said"),
    [
        ("", "", ["Aucun conseiller n'est disponible en ce moment.", "Je peux prendre votre message."]),
        ("away", "dupont", ["Renaud Dupont est en rendez-vous.", "Je peux prendre votre message."]),
        ("away", "garnier", ["Madame Garnier est en rendez-vous cette semaine.", "Je peux prendre votre message."]),
        ("closed", "dupont", ["Renaud Dupont n'est pas disponible en ce moment.", "Je peux prendre votre message."]),
        (
            "unreachable",
            "dupont",
            ["Je ne peux pas vous passer Renaud Dupont en ce moment.", "Je peux prendre votre message."],
        ),
        ("failed", "dupont", ["Je n'ai pas réussi à joindre Renaud Dupont.", "Je peux prendre votre message."]),
        ("failed", "", ["Personne n'a pu prendre votre appel.", "Je peux prendre votre message."]),
        ("secret", "vauban", ["Je peux prendre votre message."]),
        ("away", "accounts", ["Personne n'est disponible à ce service en ce moment.", "Je peux prendre votre message."]),
        (
            "urgent",
            "",
            ["Je ne peux joindre personne en ce moment.", "Je prends votre message, il sera enregistré comme urgent."],
        ),
    ],
)
def test_absence_is_told_truly_and_neutrally(why: str, subject: str, said: list[str]) -> None:
    because = f"people[{subject}].absence"
    decision = Decision(Action.SAY_NOBODY_AVAILABLE, "people.absent", because, subject, {"why": why})
    assert _say(decision, LIFTS, Language.FRENCH) == said


def test_stand_in_is_announced_without_offering_a_message() -> None:
    absent = Decision(
        Action.SAY_NOBODY_AVAILABLE, "people.absent", "people[dupont]", "dupont", {"why": "away", "instead": "leroy"}
    )
    away = "Renaud Dupont est en rendez-vous."
    assert _say(absent, LIFTS, Language.FRENCH) == [away, "Je peux chercher à joindre Sophie Leroy."]
    through = Decision(Action.TRANSFER, "handover.transfer", "people[dupont].backup", "leroy")
    assert "Sophie Leroy" in _say(through, LIFTS, Language.FRENCH)[0]
    at_once = [s.text for s in _compose([absent, through], LIFTS, Language.FRENCH)]
    assert at_once == [away, "Je cherche à joindre Sophie Leroy. Ne quittez pas, s'il vous plaît."]


ASK_NAME = Decision(Action.ASK, "details.ask_missing", "house", "caller_name")
NAME_ASKED = "Quel est votre nom, s'il vous plaît ?"


@pytest.mark.parametrize(
    ("decisions", "state", "said"),
    [
        ([ASK_NAME], {"tries": {"ask:request": 1, "caller_name": 1}, "scenario": None}, [NAME_ASKED]),
        ([ASK_NAME], {"tries": {"caller_name": 1}}, ["D'accord, je prends note.", NAME_ASKED]),
        ([ASK_NAME], {"tries": {"ask:request": 1, "caller_name": 1}}, ["D'accord, je prends note.", NAME_ASKED]),
        ([ASK_NAME], {"tries": {"address": 1, "caller_name": 1}}, [NAME_ASKED]),
        ([ASK_NAME], {"tries": {"caller_name": 2}}, [NAME_ASKED]),
        ([ASK_NAME], {"tries": {"caller_name": 1}, "safety_script_given": ("fire",)}, [NAME_ASKED]),
        (
            [Decision(Action.SPEAK_LANGUAGE, "opening.language", "house", "fr"), ASK_NAME],
            {"tries": {"caller_name": 1}},
            ["Bien sûr, continuons en français.", NAME_ASKED],
        ),
    ],
)
def test_request_is_acknowledged_once_before_the_first_question(
    decisions: list[Decision], state: dict[str, object], said: list[str]
) -> None:
    state = {"scenario": "breakdown", **state}
    assert [s.text for s in _compose(decisions, LIFTS, Language.FRENCH, **state)] == said


def test_request_is_asked_for_in_other_words_each_time() -> None:
    asked = [_say(Decision(Action.ASK_REQUEST, "r", "house", "", {"again": a}), LIFTS, Language.FRENCH) for a in REQUESTS]
    assert len({tuple(words) for words in asked}) == len(REQUESTS)


def test_death_is_answered_by_condolences_not_by_urgency() -> None:
    funeral = CONFIGS / "pompes-funebres-aubert.yaml"
    death = Decision(Action.ACKNOWLEDGE, "danger.urgent", "red_flags[death_now]", "death_now")
    assert _say(death, funeral, Language.FRENCH) == ["Je vous présente nos condoléances."]
    assert _say(death, LIFTS, Language.FRENCH) == ["Je suis sincèrement désolée."]


def test_team_that_cannot_be_had_is_named() -> None:
    decision = Decision(
        Action.SAY_NOBODY_AVAILABLE, "handover.nobody", "teams[accounts]", "accounts", {"why": "unreachable"}
    )
    said = _say(decision, LIFTS, Language.FRENCH)
    assert said == ["Je ne peux pas vous passer la comptabilité en ce moment.", "Je peux prendre votre message."]


@pytest.mark.parametrize("language", list(Language))
def test_on_call_is_tried_never_already_told(language: Language) -> None:
    said = " ".join(_say(Decision(Action.WAKE_ON_CALL, "handover.wake", "on_call", "breakdown"), LIFTS, language))
    assert re.search(r"j'essaie de joindre|trying to reach", said, re.IGNORECASE)
    assert not re.search(r"prévenu|informed|on (his|her|their) way|arrive", said)


def test_house_never_says_what_receptionists_must_not() -> None:
    clumsy = re.compile(r"de la part|n'est pas là|ne quitte pas\b|\btu\b|\bton\b|\bta\b", re.IGNORECASE)
    for key, texts in phrasebook(Language.FRENCH).phrases.items():
        assert not clumsy.search(" ".join(texts)), key


@pytest.mark.parametrize(
    ("detail", "value", "said"),
    [
        ("email", "jean.martin@free.fr", "jean point martin arobase free point fr"),
        ("contract", "AB1234", "référence A, B, douze, trente-quatre"),
        ("people_inside", "3", "3"),
        ("preferred_slot", "2026-11-24T09:00", "de préférence demain à neuf heures"),
        ("callback_number", "+33639981234", "à rappeler au zéro six, trente-neuf, quatre-vingt-dix-huit"),
    ],
)
def test_details_are_read_back_as_people_say_them(detail: str, value: str, said: str) -> None:
    decision = Decision(Action.READ_BACK, "read_back.ask", "house", detail, {detail: value})
    assert said in _say(decision, LIFTS, Language.FRENCH)[0]


def test_doubtful_email_is_read_back_letter_by_letter() -> None:
    doubtful = {"email": Detail("jo-an@dupuis.fr", "jo an", Confidence.UNSURE)}
    decision = Decision(Action.READ_BACK, "read_back.ask", "house", "email", {"email": "jo-an@dupuis.fr"})
    said = _say(decision, LIFTS, Language.FRENCH, details=doubtful)[0]
    assert "J, O, tiret, A, N arobase D, U, P, U, I, S, point, F, R" in said


def test_notice_is_spoken_before_the_question_of_the_greeting() -> None:
    instructions = read_client_file(LIFTS)
    call = Call("c", instructions.id, 1, "", "", NOW, Language.FRENCH)
    said = [s.text for s in compose(greet(call, instructions, NOW).decisions, call, instructions, NOW, number=1)]
    assert said[0].startswith("Bonjour, vous êtes bien chez Ascenseurs Vauban")
    assert said[-2:] == ["Nous déménageons le premier décembre.", "Bonsoir, que se passe-t-il ?"]


def test_two_dangers_with_one_script_say_it_once() -> None:
    instructions = read_client_file(CLIENTS[0])
    call = Call("c", instructions.id, 1, "", "", NOW, Language.FRENCH)
    flags = [
        Decision(Action.SAFETY_SCRIPT, "danger.red_flag", "house", f) for f in ("chest_pain", "breathing_trouble", "fire")
    ]
    said = [s.text for s in compose(flags, call, instructions, NOW, number=1)]
    assert len(said) == len(set(said))
    assert said[-1] == phrasebook(Language.FRENCH).phrases["danger_continue"][-1]


@pytest.mark.parametrize("profile", list(Profile))
@pytest.mark.parametrize("language", list(Language))
@pytest.mark.parametrize("secret", list(Secret))
def test_kept_secret_is_one_fixed_sentence(profile: Profile, language: Language, secret: Secret) -> None:
    instructions = read_client_file(CLIENTS[0]).model_copy(update={"confidentiality": Confidentiality(profile=profile)})
    call = Call("c", instructions.id, 1, "", "", NOW, language)
    decision = Decision(Action.KEEP_SECRET, "secrecy.keep", "house", secret)
    said = compose([decision], call, instructions, NOW, number=1)
    assert said
    assert all(s.fixed for s in said)
    confirms = re.compile(r"\b(oui|effectivement|yes|indeed|est bien)\b", re.IGNORECASE)
    assert not any(confirms.search(s.text) for s in said)


@pytest.mark.parametrize("path", [*CLIENTS, LIFTS], ids=lambda p: p.stem)
@pytest.mark.parametrize("language", list(Language))
def test_fixed_sentences_hold_what_the_client_says_word_for_word(path: Path, language: Language) -> None:
    instructions = read_client_file(path)
    texts = fixed_sentences(instructions, language)
    assert instructions.faq[0].answer[language] in texts
    for rule in instructions.filters:
        assert rule.answer is None or rule.answer[language] in texts
    assert all(notice.say[language] in texts for notice in instructions.notices)
    assert instructions.scenarios[0].title[language] not in texts
    assert not any("{" in text for text in texts)


@pytest.mark.parametrize(("flag", "said"), [("fire", "Prenez soin de vous. Au revoir."), ("hearing_today", "Au revoir.")])
def test_only_people_in_danger_are_told_to_take_care(flag: str, said: str) -> None:
    leave = Decision(Action.TAKE_LEAVE, "leave.goodbye", "house", EndReason.GOODBYE)
    heard = _say(leave, LIFTS, Language.FRENCH, safety_script_given=(flag,))[-1]
    assert heard.endswith(said)
    assert ("soin" in heard) == (flag == "fire")
