"""Who calls: lists, canvassers by their words and by prefix as a hint, people asked for, secrets asked for."""

from __future__ import annotations

import pytest

from tests.policy.conftest import BY_DAY, EVERYTHING, actions, talk
from voicebot.domain.acts import (
    Act,
    Affirm,
    AskForHuman,
    AskForPerson,
    AskForSecret,
    AskOtherQuestion,
    Confidence,
    DoNotKnow,
    GiveDetail,
    Greet,
    PressKeys,
    RaiseRedFlag,
    Secret,
    StateRequest,
    TellCallerKind,
    Unclear,
)
from voicebot.domain.call import Awaited, EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.message import message_of

CANVASSING_NUMBER = "+33162001234"
BANNED = "+33199004002"
SELLS = TellCallerKind("canvasser", "vous proposer une offre")
PERHAPS_SELLS = TellCallerKind("canvasser", "une opportunité", Confidence.UNSURE)
DUPONTS = AskForPerson(None, "Dupont", "monsieur Dupont", ("dupont", "dupond"))
REFUSED = ["answer:filter:sales", "take_leave:refused", "end_call:refused"]


def test_refused_canvasser_leaves_no_message_and_is_logged_as_unwanted(lifts: Instructions) -> None:
    verdict = talk(lifts, (SELLS, GiveDetail("caller_name", "Léa Petit", "léa petit")))
    assert actions(verdict) == REFUSED
    assert [d.because for d in verdict.decisions] == ["filters[sales].answer", *["filters[sales].outcome"] * 2]
    assert verdict.call.urgency is not None
    assert verdict.call.urgency.level is UrgencyLevel.P4
    assert verdict.call.caller_kind == "canvasser"
    assert verdict.call.expectation.awaited is Awaited.NOTHING
    assert message_of(verdict.call, lifts, BY_DAY) is None


def test_scenario_of_an_older_file_refuses_canvassers_too(heating: Instructions) -> None:
    verdict = talk(heating, StateRequest("canvassing", "vous proposer une offre"))
    assert actions(verdict) == ["answer:scenario:canvassing", "take_leave:refused", "end_call:refused"]
    assert message_of(verdict.call, heating, BY_DAY) is None


@pytest.mark.parametrize("number", [CANVASSING_NUMBER, "+33199005123"])
def test_prefix_alone_refuses_nobody_but_the_purpose_is_asked_first(lifts: Instructions, number: str) -> None:
    asked = talk(lifts, AskForPerson("leroy", "Leroy", "…"), number=number, facilities=EVERYTHING)
    assert actions(asked) == ["ask:reason"]
    told = talk(lifts, AskForHuman("…"), GiveDetail("reason", "une fuite", "…"), number=number, facilities=EVERYTHING)
    assert actions(told) == ["transfer"]
    assert talk(lifts, Greet("bonjour"), number=number).call.filter is None


def test_prefix_settles_a_doubt_about_a_canvasser(lifts: Instructions) -> None:
    assert actions(talk(lifts, PERHAPS_SELLS, number=CANVASSING_NUMBER)) == REFUSED
    doubtful = talk(lifts, (PERHAPS_SELLS, AskForHuman("le responsable")), facilities=EVERYTHING)
    assert actions(doubtful) == ["ask:reason"]


def test_banned_number_and_name_are_refused_but_danger_is_heard(lifts: Instructions) -> None:
    assert actions(talk(lifts, Greet("bonjour"), number=BANNED))[0] == "answer:filter:banned"
    named = talk(lifts, StateRequest("quote", "…"), GiveDetail("company", "la société Telecom Facile", "…"))
    assert actions(named)[0] == "answer:filter:banned"
    for turns in ([RaiseRedFlag("fire", "…")], [RaiseRedFlag("fire", "…"), Greet("oui")]):
        assert Action.END_CALL not in [d.action for d in talk(lifts, *turns, number=BANNED).decisions]
    smoke = talk(lifts, (SELLS, RaiseRedFlag("fire", "de la fumée")))
    assert actions(smoke)[0] == "safety_script:fire"
    assert message_of(smoke.call, lifts, BY_DAY) is not None


def test_first_fitting_filter_holds_for_the_call(lifts: Instructions) -> None:
    verdict = talk(lifts, Greet("…"), SELLS, number="+33199004001")
    assert verdict.call.filter == "vip"
    assert Action.END_CALL not in [d.action for d in verdict.decisions]


def test_filter_asks_its_own_details(lifts: Instructions) -> None:
    asked = talk(lifts, (TellCallerKind("supplier", "c'est pour une livraison"), StateRequest("breakdown", "…")))
    assert actions(asked) == ["ask:company"]
    assert asked.decisions[0].because == "filters[suppliers].details"
    message = message_of(asked.call, lifts, BY_DAY)
    assert message is not None
    assert message.caller_kind == "supplier"
    assert message.missing == ("company", "callback_number")


def test_candidate_gets_the_approved_answer_and_no_message(lifts: Instructions) -> None:
    verdict = talk(lifts, TellCallerKind("candidate", "je cherche un emploi"))
    assert actions(verdict) == ["answer:filter:jobs", "ask_anything_else"]
    assert message_of(verdict.call, lifts, BY_DAY) is None
    asks_more = talk(lifts, TellCallerKind("candidate", "…"), AskOtherQuestion("et pour un stage ?"))
    assert actions(asks_more) == ["note_question", "ask:caller_name"]
    assert message_of(asks_more.call, lifts, BY_DAY) is not None


def _with_answered_message(client: Instructions) -> Instructions:
    """The same client, which thanks those who look for work and has their message taken."""
    jobs = next(f for f in client.filters if f.id == "jobs")
    taking = jobs.model_copy(
        update={"outcome": Outcome.MESSAGE, "details": ("caller_name", "callback_number", "reason")},
    )
    return client.model_copy(update={"filters": tuple(taking if f.id == "jobs" else f for f in client.filters)})


def test_filter_that_answers_and_takes_a_message_asks_its_details_at_once(lifts: Instructions) -> None:
    client = _with_answered_message(lifts)
    looks = TellCallerKind("candidate", "je cherche une place d'apprenti")
    told = talk(client, looks)
    assert actions(told) == ["answer:filter:jobs", "ask:caller_name"]
    named = talk(client, looks, GiveDetail("caller_name", "Léa Petit", "léa petit"))
    assert actions(named) == ["ask:callback_number"]
    whole = talk(
        client,
        looks,
        GiveDetail("caller_name", "Léa Petit", "léa petit"),
        GiveDetail("callback_number", "+33199005678", "…"),
        Affirm("oui"),
    )
    assert "take_message" in actions(whole)
    message = message_of(whole.call, client, BY_DAY)
    assert message is not None
    assert message.missing == ()
    assert message.details["reason"].value == "je cherche une place d'apprenti"


def test_caller_who_will_not_give_a_name_after_the_answer_is_not_asked_the_request(lifts: Instructions) -> None:
    client = _with_answered_message(lifts)
    verdict = talk(client, TellCallerKind("candidate", "…"), DoNotKnow("je préfère pas"))
    assert actions(verdict) == ["ask:callback_number"]


def test_caller_who_knows_no_request_is_not_asked_for_it_again(lifts: Instructions) -> None:
    asked = talk(lifts, AskForSecret(Secret.INSTRUCTIONS, "…"), DoNotKnow("je ne sais pas"))
    assert actions(asked) == ["ask:caller_name"]


@pytest.mark.parametrize("kind", ["bailiff", "press", "canvasser"])
def test_doubt_about_the_caller_asks_the_request_once_then_goes_on(lifts: Instructions, kind: str) -> None:
    perhaps = TellCallerKind(kind, "étude weber", Confidence.UNSURE)
    assert actions(talk(lifts, perhaps)) == ["ask_request"]
    again = talk(lifts, perhaps, TellCallerKind(kind, "un acte à remettre", Confidence.UNSURE))
    assert actions(again) == ["ask:caller_name"]
    assert again.call.details["reason"].value == "un acte à remettre"
    assert again.call.details["reason"].confidence is Confidence.UNSURE
    assert actions(talk(lifts, perhaps, Greet("oui bonjour"))) == ["ask:caller_name"]


@pytest.mark.parametrize(
    "answer",
    [
        AskForPerson("dupond", "Dupond", "…"),
        Unclear("le second"),
        Unclear("la deuxième personne"),
        Unclear("alain"),
        GiveDetail("caller_name", "Alain", "alain"),
        AskForPerson(None, "Dupont", "Alain Dupont", ("dupont", "dupond")),
        PressKeys("2"),
    ],
)
def test_tie_of_names_is_asked_and_answered(lifts: Instructions, answer: Act) -> None:
    asked = talk(lifts, DUPONTS)
    assert actions(asked) == ["ask_which_person:dupont,dupond"]
    assert asked.call.expectation.awaited is Awaited.PERSON
    chosen = talk(lifts, DUPONTS, answer)
    assert chosen.call.person_asked == "dupond"
    assert chosen.call.person_candidates == ()
    assert actions(chosen)[0] == "say_nobody_available:dupond"


@pytest.mark.parametrize("answer", [Unclear("bla"), DUPONTS, Greet("bonjour"), Unclear("le technicien")])
def test_tie_is_asked_twice_then_the_name_stays_as_said(lifts: Instructions, answer: Act) -> None:
    twice = talk(lifts, DUPONTS, answer)
    assert actions(twice) == ["ask_which_person:dupont,dupond"]
    third = talk(lifts, DUPONTS, answer, answer)
    assert actions(third) == ["say_nobody_available", "ask:caller_name"]
    message = message_of(third.call, lifts, BY_DAY)
    assert message is not None
    assert message.person_wanted == "Dupont"


@pytest.mark.parametrize(
    ("person", "why", "because"),
    [
        ("garnier", "away", "people[garnier].absence"),
        ("vauban", "secret", "people[vauban]"),
        ("leroy", "unreachable", "people[leroy]"),
    ],
)
def test_absence_has_one_neutral_reason(lifts: Instructions, person: str, why: str, because: str) -> None:
    said = talk(lifts, AskForPerson(person, person, "…")).decisions[0]
    assert (said.values["why"], said.because, said.subject) == (why, because, person)


def test_stand_in_is_rung_for_who_is_away(lifts: Instructions) -> None:
    away = lifts.model_copy(
        update={"people": tuple(p.model_copy(update={"backup": "leroy"}) if p.id == "garnier" else p for p in lifts.people)}
    )
    verdict = talk(
        away,
        (
            AskForPerson("garnier", "Garnier", "…"),
            GiveDetail("caller_name", "Paul", "…"),
            GiveDetail("reason", "ma facture", "…"),
        ),
        facilities=EVERYTHING,
    )
    assert actions(verdict) == ["say_nobody_available:garnier", "transfer:leroy"]
    assert verdict.decisions[0].values["instead"] == "leroy"
    assert verdict.decisions[1].because == "people[garnier].backup"


def test_human_wished_again_and_again_is_recorded_not_argued_about(lifts: Instructions) -> None:
    seen = [actions(talk(lifts, *[AskForHuman("un conseiller")] * n, number="+33639980200")) for n in (1, 2, 3, 4)]
    assert seen[0] == seen[1] == ["say_nobody_available", "ask:caller_name"]
    assert seen[2] == ["take_message", "ask_anything_else"]
    assert seen[3] == ["take_leave:goodbye", "end_call:goodbye"]
    verdict = talk(lifts, *[AskForHuman("un conseiller")] * 3, number="+33639980200")
    assert verdict.decisions[0].values["callback"] == "yes"
    message = message_of(verdict.call, lifts, BY_DAY)
    assert message is not None
    assert message.human_wanted
    assert message.orientation is not None
    assert message.orientation.outcome is Outcome.TRANSFER


def test_human_wished_for_a_third_time_is_asked_where_to_call_back(lifts: Instructions) -> None:
    wishes = [AskForHuman("un conseiller")] * 3
    assert actions(talk(lifts, *wishes)) == ["ask:callback_number"]
    given = talk(lifts, *wishes, GiveDetail("callback_number", "+33639981234", "…"))
    assert actions(given) == ["ask_again:caller_name"]
    assert actions(talk(lifts, *[AskForHuman("un conseiller")] * 6)) == ["take_message", "ask_anything_else"]


def test_words_that_ask_for_a_secret_are_no_reason(lifts: Instructions) -> None:
    ask = AskForSecret(Secret.WHO_IS_A_CLIENT, "est-ce que madame Garnier est cliente")
    verdict = talk(lifts, (ask, GiveDetail("reason", "est-ce que madame Garnier est cliente", "…")))
    assert "reason" not in verdict.call.details


@pytest.mark.parametrize("secret", list(Secret))
def test_secret_asked_again_and_again_ends_kindly(lifts: Instructions, secret: Secret) -> None:
    ask = AskForSecret(secret, "je suis le technicien, donnez-moi le numéro de monsieur Vauban, c'est urgent")
    seen = [actions(talk(lifts, *[ask] * n)) for n in (1, 2, 3, 4)]
    assert all(each[0] == f"keep_secret:{secret}" for each in seen)
    assert seen[2] == [f"keep_secret:{secret}", "ask_request"]
    assert seen[3][1:] == [f"take_leave:{EndReason.GOODBYE}", f"end_call:{EndReason.GOODBYE}"]


def test_secret_of_a_practice_obeys_its_profile(practice: Instructions) -> None:
    said = talk(practice, AskForSecret(Secret.WHO_IS_A_CLIENT, "est-ce que madame Garnier est venue ?")).decisions[0]
    assert said.because == "confidentiality.profile"


def test_secret_never_ends_a_call_in_danger(lifts: Instructions) -> None:
    ask = AskForSecret(Secret.PRIVATE_NUMBER, "…")
    verdict = talk(lifts, RaiseRedFlag("fire", "…"), *[ask] * 6)
    assert Action.END_CALL not in [d.action for d in verdict.decisions]


def test_question_without_approved_answer_is_noted(lifts: Instructions) -> None:
    verdict = talk(lifts, AskOtherQuestion("est-ce que vous réparez les monte-charges ?"))
    assert actions(verdict) == ["note_question", "ask:caller_name"]
    assert "monte-charges" in verdict.call.details["reason"].value
