"""Where calls are led: danger, who calls, why, the answers given, whom they ask for; and what is done about it now."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.conftest import BY_DAY, BY_NIGHT, EVERYTHING, actions, greeted, talk
from voicebot.domain.acts import (
    Affirm,
    AskForHuman,
    AskForPerson,
    AskQuestion,
    GiveDetail,
    Greet,
    RaiseRedFlag,
    SayGoodbye,
    StateRequest,
    TellCallerKind,
    Unclear,
)
from voicebot.domain.call import Awaited
from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.scenario import Outcome
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.decide import Verdict, decide, greet, pass_silence, transfer_failed
from voicebot.policy.message import message_of

BREAKDOWN = StateRequest("breakdown", "l'ascenseur est en panne")
WORKS = StateRequest("works", "c'est pour les travaux")
FLOODING = StateRequest("flooding", "la cuvette est inondée")
NAME = GiveDetail("caller_name", "Paul Martin", "paul martin")
NUMBER = GiveDetail("callback_number", "+33639981234", "zéro six …")
REASON = GiveDetail("reason", "le chantier", "le chantier")
SHOWN = "+33639980200"


def inside(people: str) -> GiveDetail:
    return GiveDetail("people_inside", people, people)


def led(verdict: Verdict) -> tuple[str, str, str]:
    orientation = verdict.call.orientation
    assert orientation is not None
    return orientation.outcome.value, orientation.to, orientation.because


@pytest.mark.parametrize(
    ("acts", "now", "where"),
    [
        ((BREAKDOWN,), BY_DAY, ("message", "", "scenarios[breakdown].outcome")),
        ((BREAKDOWN,), BY_NIGHT, ("on_call", "", "scenarios[breakdown].outside_hours")),
        ((BREAKDOWN, inside("2")), BY_DAY, ("on_call", "", "scenarios[breakdown].escalations[0]")),
        ((BREAKDOWN, inside("0")), BY_DAY, ("message", "", "scenarios[breakdown].outcome")),
        ((WORKS,), BY_DAY, ("transfer", "dupont", "scenarios[works].outcome")),
        ((WORKS,), BY_NIGHT, ("message", "", "scenarios[works].outside_hours")),
        ((FLOODING,), BY_NIGHT, ("on_call", "dupond", "scenarios[flooding].transfer.if_nobody")),
        ((StateRequest("brochure", "…"),), BY_DAY, ("answer", "", "scenarios[brochure].outcome")),
        ((StateRequest("brochure", "…"), AskForHuman("…")), BY_DAY, ("transfer", "", "house")),
        ((AskForHuman("…"),), BY_DAY, ("transfer", "", "house")),
        ((AskForPerson("dupont", "Dupont", "…"),), BY_DAY, ("transfer", "dupont", "people[dupont]")),
        ((AskForPerson("accounts", "la compta", "…"),), BY_DAY, ("transfer", "accounts", "teams[accounts].people")),
        ((AskForPerson("garnier", "Garnier", "…"),), BY_DAY, ("message", "garnier", "people[garnier].absence")),
        ((AskForPerson("dupont", "Dupont", "…"),), BY_NIGHT, ("message", "dupont", "people[dupont]")),
        ((WORKS, AskForPerson("leroy", "Leroy", "…")), BY_DAY, ("transfer", "dupont", "scenarios[works].outcome")),
        ((StateRequest("quote", "…"), AskForPerson("leroy", "Leroy", "…")), BY_DAY, ("transfer", "leroy", "people[leroy]")),
        ((TellCallerKind("police", "…"), BREAKDOWN), BY_DAY, ("on_call", "", "filters[police].outcome")),
        ((TellCallerKind("supplier", "…"), BREAKDOWN), BY_DAY, ("message", "", "filters[suppliers].outcome")),
        ((TellCallerKind("supplier", "…"), BREAKDOWN), BY_NIGHT, ("on_call", "", "scenarios[breakdown].outside_hours")),
        ((TellCallerKind("canvasser", "…"), RaiseRedFlag("fire", "…")), BY_DAY, ("message", "", "house")),
        ((RaiseRedFlag("trapped_in_lift", "…"), WORKS), BY_DAY, ("on_call", "", "red_flags[trapped_in_lift]")),
        ((Unclear("…"),), BY_DAY, ("message", "", "house")),
    ],
)
def test_precedence(lifts: Instructions, acts, now, where) -> None:
    assert led(talk(lifts, acts, now=now)) == where


def test_answer_corrected_later_takes_the_urgency_back(lifts: Instructions) -> None:
    trapped = talk(lifts, (BREAKDOWN, inside("2")), number=SHOWN)
    assert trapped.call.urgency is not None
    assert trapped.call.urgency.level is UrgencyLevel.P1
    corrected = talk(lifts, (BREAKDOWN, inside("2")), replace(inside("0"), correction=True), number=SHOWN)
    assert corrected.call.urgency is not None
    assert corrected.call.urgency.level is UrgencyLevel.P2
    assert led(corrected)[0] == "message"


def test_message_says_what_the_instructions_want_although_nobody_can_be_rung(lifts: Instructions) -> None:
    verdict = talk(lifts, (BREAKDOWN, inside("1")), now=BY_NIGHT)
    message = message_of(verdict.call, lifts, BY_NIGHT)
    assert message is not None
    assert message.orientation is not None
    assert message.orientation.outcome is Outcome.ON_CALL
    assert message.urgency.level is UrgencyLevel.P1


def test_truth_is_said_once_when_nobody_can_be_reached(lifts: Instructions) -> None:
    first = talk(lifts, BREAKDOWN, now=BY_NIGHT)
    assert actions(first)[0] == "say_nobody_available"
    assert first.decisions[0].values["why"] == "urgent"
    assert actions(talk(lifts, BREAKDOWN, NAME, now=BY_NIGHT)) == ["ask:address"]


def test_warm_transfer_asks_first_who_calls_and_why(lifts: Instructions) -> None:
    assert actions(talk(lifts, WORKS, facilities=EVERYTHING)) == ["ask:caller_name"]
    assert actions(talk(lifts, WORKS, NAME, facilities=EVERYTHING)) == ["transfer:dupont"]
    asked = talk(lifts, AskForPerson("leroy", "Leroy", "…"), facilities=EVERYTHING)
    assert asked.decisions[-1].values["announce"] == "yes"
    assert actions(talk(lifts, AskForPerson("leroy", "Leroy", "…"), NAME, REASON, facilities=EVERYTHING)) == [
        "transfer:leroy"
    ]


def test_cold_transfer_and_wish_for_a_human_are_obeyed_at_once(lifts: Instructions) -> None:
    assert actions(talk(lifts, FLOODING, facilities=EVERYTHING)) == ["transfer:dupond"]
    assert actions(talk(lifts, AskForHuman("…"), facilities=EVERYTHING)) == ["transfer"]
    late = talk(lifts, BREAKDOWN, AskForHuman("…"), facilities=EVERYTHING)
    assert actions(late)[-1] == "transfer"


def test_while_somebody_is_rung_the_caller_is_asked_for_patience(lifts: Instructions) -> None:
    put = talk(lifts, AskForHuman("…"), facilities=EVERYTHING)
    assert put.call.expectation.awaited is Awaited.NOTHING
    assert put.call.expectation.patient
    spoken = decide(put.call, [Unclear("allô")], lifts, BY_DAY, EVERYTHING)
    assert actions(spoken) == ["wait:transfer"]
    danger = decide(put.call, [RaiseRedFlag("fire", "au feu")], lifts, BY_DAY, EVERYTHING)
    assert actions(danger)[0] == "safety_script:fire"
    assert actions(decide(put.call, [SayGoodbye("au revoir")], lifts, BY_DAY, EVERYTHING))[-1] == "end_call:goodbye"


def test_failed_transfer_is_told_and_the_message_is_taken(lifts: Instructions) -> None:
    put = talk(lifts, WORKS, (NAME, REASON), facilities=EVERYTHING)
    assert actions(put) == ["transfer:dupont"]
    failed = transfer_failed(put.call, lifts, BY_DAY, EVERYTHING)
    assert actions(failed) == ["say_nobody_available:dupont", "transfer:leroy"], "who stands in is rung first"
    again = transfer_failed(failed.call, lifts, BY_DAY, EVERYTHING)
    assert actions(again)[0] == "say_nobody_available:leroy"
    assert actions(again)[1].startswith("read_back")
    assert again.decisions[0].values["why"] == "failed"
    assert led(again) == ("message", "dupont", "scenarios[works].transfer.if_nobody")
    done = decide(again.call, [Affirm("oui")], lifts, BY_DAY, EVERYTHING)
    assert Action.TRANSFER not in [d.action for d in done.decisions]
    assert done.call.message_complete


def test_failed_transfer_wakes_the_people_on_call_where_the_client_wants_it(lifts: Instructions) -> None:
    duty = lifts.model_copy(update={"on_call": lifts.on_call and lifts.on_call.model_copy(update={"active": "always"})})
    put = talk(duty, FLOODING, facilities=EVERYTHING, number=SHOWN)
    failed = transfer_failed(put.call, duty, BY_DAY, EVERYTHING)
    assert led(failed) == ("on_call", "dupond", "scenarios[flooding].transfer.if_nobody")
    done = talk(duty, FLOODING, facilities=EVERYTHING, number=SHOWN)
    verdict = transfer_failed(done.call, duty, BY_DAY, EVERYTHING)
    seen = actions(verdict)
    for act in (GiveDetail("address", "4 rue Haute", "…"), Affirm("oui"), Affirm("oui")):
        verdict = decide(verdict.call, [act], duty, BY_DAY, EVERYTHING)
        seen += actions(verdict)
    assert seen.count("wake_on_call:flooding") == 1
    assert seen.index("wake_on_call:flooding") < seen.index("take_message:flooding")


def test_transfer_that_nobody_ends_is_ended_by_silence(lifts: Instructions) -> None:
    verdict = talk(lifts, AskForHuman("…"), facilities=EVERYTHING)
    seen = []
    for _ in range(3):
        verdict = pass_silence(verdict.call, lifts, BY_DAY, EVERYTHING)
        seen += actions(verdict)
    assert seen[:2] == ["wait:transfer", "wait:transfer"]
    assert "say_nobody_available" in seen
    assert verdict.call.handover.to is None


def test_cost_is_told_once_before_anybody_is_sent_out(lifts: Instructions) -> None:
    first = talk(lifts, BREAKDOWN, now=BY_NIGHT, facilities=EVERYTHING)
    assert actions(first)[0] == "say_cost:breakdown"
    assert first.decisions[0].because == "scenarios[breakdown].cost_notice"
    assert "say_cost:breakdown" not in actions(talk(lifts, BREAKDOWN, NAME, now=BY_NIGHT, facilities=EVERYTHING))
    assert "say_cost:breakdown" not in actions(talk(lifts, BREAKDOWN, now=BY_DAY, facilities=EVERYTHING))


def test_danger_wakes_the_roster_as_soon_as_the_caller_can_be_called_back(lifts: Instructions) -> None:
    trapped = RaiseRedFlag("trapped_in_lift", "je suis coincé")
    shown = talk(lifts, trapped, now=BY_NIGHT, number=SHOWN, facilities=EVERYTHING)
    assert actions(shown) == ["safety_script:trapped_in_lift", "wake_on_call:trapped_in_lift", "ask:address"]
    hidden = talk(lifts, trapped, now=BY_NIGHT, facilities=EVERYTHING)
    assert "wake_on_call:trapped_in_lift" not in actions(hidden)
    given = talk(lifts, trapped, NUMBER, now=BY_NIGHT, facilities=EVERYTHING)
    assert "wake_on_call:trapped_in_lift" in actions(given)


@pytest.mark.parametrize("facilities", [ONLY_MESSAGES, Facilities(transfer=True)])
def test_roster_is_never_said_to_be_tried_when_it_cannot_be(lifts: Instructions, facilities: Facilities) -> None:
    verdict = talk(lifts, RaiseRedFlag("trapped_in_lift", "…"), NUMBER, now=BY_NIGHT, number=SHOWN, facilities=facilities)
    assert Action.WAKE_ON_CALL not in [d.action for d in verdict.decisions]
    assert not verdict.call.handover.on_call_woken


def test_hole_in_the_roster_wakes_nobody(lifts: Instructions) -> None:
    assert lifts.on_call is not None
    hole = lifts.model_copy(update={"on_call": lifts.on_call.model_copy(update={"shifts": (), "manager": None})})
    verdict = talk(hole, BREAKDOWN, now=BY_NIGHT, facilities=Facilities(on_call=True), number=SHOWN)
    assert actions(verdict)[0] == "say_nobody_available"
    human = talk(hole, BREAKDOWN, now=BY_NIGHT, facilities=EVERYTHING, number=SHOWN)
    assert actions(human)[-1] == "transfer"


def test_urgency_in_opening_hours_reaches_people_at_work(lifts: Instructions) -> None:
    verdict = talk(lifts, (BREAKDOWN, inside("2")), now=BY_DAY, facilities=EVERYTHING)
    assert actions(verdict)[-1] == "transfer"
    assert led(verdict)[0] == "on_call"


def test_greeting_and_notices_follow_the_hour(lifts: Instructions) -> None:
    evening = greet(greeted(lifts), lifts, BY_NIGHT)
    assert evening.decisions[0].because == "greeting.by_time[0]"
    assert actions(evening) == ["greet:closed", "say_notice:moving"]
    assert evening.decisions[1].because == "notices[moving].say"


def test_vip_is_put_through_and_greeted_by_nothing_else(lifts: Instructions) -> None:
    assert actions(talk(lifts, Greet("bonjour"), number="+33199004001", facilities=EVERYTHING)) == ["transfer:leroy"]


def test_danger_keeps_a_human_line_where_there_is_one(lifts: Instructions) -> None:
    fire = RaiseRedFlag("fire", "il y a le feu")
    assert actions(talk(lifts, fire, facilities=EVERYTHING)) == ["safety_script:fire", "transfer"]
    assert actions(talk(lifts, fire)) == ["safety_script:fire", "ask:address"]
    asleep = talk(lifts, RaiseRedFlag("trapped_in_lift", "…"), facilities=EVERYTHING)
    assert actions(asleep) == ["safety_script:trapped_in_lift", "transfer"], "in opening hours the roster sleeps"
    failed = transfer_failed(asleep.call, lifts, BY_DAY, EVERYTHING)
    assert actions(failed)[0] == "say_nobody_available"
    assert actions(failed)[-1] == "ask:address"


def test_goodbye_with_an_urgency_does_not_end_the_call(lifts: Instructions) -> None:
    verdict = talk(lifts, (RaiseRedFlag("death_now", "…"), SayGoodbye("au revoir")))
    assert actions(verdict)[-1] == "ask:address"


def test_nobody_is_named_to_a_canvassers_number_before_the_purpose(lifts: Instructions) -> None:
    tie = AskForPerson(None, "Dupont", "…", ("dupont", "dupond"))
    assert actions(talk(lifts, tie, number="+33162001234")) == ["ask:reason"]
    assert actions(talk(lifts, tie, REASON, number="+33162001234")) == ["ask_which_person:dupont,dupond"]


def test_recorded_message_is_not_followed_by_a_transfer_that_nobody_asked_for(lifts: Instructions) -> None:
    done = talk(lifts, (WORKS, NAME, REASON), Affirm("oui"))
    assert done.call.message_complete
    asks = decide(done.call, [AskQuestion("hours", "vos horaires")], lifts, BY_DAY, EVERYTHING)
    assert actions(asks) == ["answer:hours", "ask_anything_else"]
    assert actions(decide(done.call, [AskForHuman("…")], lifts, BY_DAY, EVERYTHING)) == ["transfer:dupont"]


def test_danger_of_the_clients_trade_wakes_people_although_another_is_worse(lifts: Instructions) -> None:
    both = (RaiseRedFlag("serious_injury", "au secours"), RaiseRedFlag("trapped_in_lift", "coincé"))
    verdict = talk(lifts, both, now=BY_NIGHT, number=SHOWN, facilities=EVERYTHING)
    assert actions(verdict) == [
        "safety_script:serious_injury",
        "safety_script:trapped_in_lift",
        "wake_on_call:trapped_in_lift",
        "ask:address",
    ]
    assert led(verdict) == ("on_call", "", "red_flags[trapped_in_lift]")
    message = message_of(verdict.call, lifts, BY_NIGHT)
    assert message is not None
    assert message.urgency.level is UrgencyLevel.P0
    assert message.missing == ("address", "lift_number", "people_inside", "callback_number", "caller_name")
