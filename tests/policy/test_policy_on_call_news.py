"""What a caller hears of the people on call: only what happened, once; and staying on the line until somebody takes it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.policy.conftest import BY_NIGHT, actions, greeted
from tests.policy.told_ladders import acknowledged, alarm, ladder
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import (
    Act,
    Affirm,
    AskForHuman,
    AskOtherQuestion,
    AskToRepeat,
    GiveDetail,
    RaiseRedFlag,
    Refuse,
    SayGoodbye,
    StateRequest,
    Thank,
    Unclear,
)
from voicebot.domain.call import Awaited, Call, Stage
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import Ladder, LadderStatus, Way
from voicebot.domain.message import MessageState
from voicebot.domain.on_call import OnCall
from voicebot.domain.orientation import Facilities, OnCallNews
from voicebot.domain.written import QuietHours
from voicebot.policy.decide import (
    Verdict,
    connecting_failed,
    decide,
    hear_on_call,
    pass_silence,
    reach_time_limit,
    resume,
)
from voicebot.policy.message import message_of
from voicebot.policy.on_call_news import STAY_WORD_S
from voicebot.policy.silence import patience_s

SHIPPED = Path(__file__).parents[2] / "client_configs"
CAN = Facilities(on_call=True, connect=True)
ONLY_WAKES = Facilities(on_call=True)
LEAK: tuple[Act, ...] = (
    StateRequest("leak", "une fuite"),
    GiveDetail("caller_name", "Paul Martin", "…"),
    GiveDetail("callback_number", "+33639981234", "…"),
    GiveDetail("address", "12 rue des Lilas", "…"),
    GiveDetail("water_is_off", "no", "non"),
    GiveDetail("reason", "une fuite", "une fuite"),
)


@pytest.fixture
def heating() -> Instructions:
    """A client with a roster: people are woken for a leak that cannot be stopped."""
    return read_client_file(SHIPPED / "chauffage-morel.yaml")


@pytest.fixture
def woken(heating: Instructions) -> Verdict:
    """An urgent message at night is taken, and people are being woken."""
    return night_leak(heating, CAN)


def night_leak(client: Instructions, facilities: Facilities) -> Verdict:
    verdict = Verdict(greeted(client), ())
    for turn in (LEAK, (Affirm("oui"),), (Affirm("oui"),), (Affirm("oui"),)):
        verdict = decide(verdict.call, turn, client, BY_NIGHT, facilities)
        if verdict.call.stage is Stage.CLOSING:
            break
    assert verdict.call.handover.on_call_woken
    return verdict


def say(call: Call, client: Instructions, *acts: Act, facilities: Facilities = CAN) -> Verdict:
    return decide(call, acts, client, BY_NIGHT, facilities)


def told(call: Call, client: Instructions, row: Ladder, facilities: Facilities = CAN) -> Verdict | None:
    return hear_on_call(call, client, BY_NIGHT, facilities, row)


def stays(client: Instructions) -> Call:
    return say(night_leak(client, CAN).call, client, Affirm("oui")).call


def test_caller_is_asked_once_whether_they_stay(heating: Instructions, woken: Verdict) -> None:
    assert actions(woken)[-1] == "ask_to_stay"
    assert woken.call.expectation.awaited is Awaited.STAY
    no = say(woken.call, heating, Refuse("non"))
    assert actions(no) == ["let_stay:no", "ask_anything_else"]
    assert not no.call.handover.stays
    more = say(no.call, heating, GiveDetail("access_codes", "12B4", "12B4"))
    assert "ask_to_stay" not in actions(more)


def test_nobody_is_asked_to_stay_who_cannot_be_connected(heating: Instructions) -> None:
    assert actions(night_leak(heating, ONLY_WAKES))[-1] == "ask_anything_else"


def test_unclear_answer_is_asked_again_once(heating: Instructions, woken: Verdict) -> None:
    again = say(woken.call, heating, Thank("merci"))
    assert actions(again) == ["ask_to_stay"]
    assert actions(say(again.call, heating, Thank("merci"))) == ["ask_anything_else"]


def test_safety_script_and_its_advice_come_before_staying(lifts: Instructions) -> None:
    verdict = decide(greeted(lifts), [RaiseRedFlag("trapped_in_lift", "coincés")], lifts, BY_NIGHT, CAN)
    assert actions(verdict)[0] == "safety_script:trapped_in_lift"
    assert "ask_to_stay" not in actions(verdict)


def test_whoever_stays_hears_a_true_word_every_twenty_seconds_until_the_call_has_lasted(heating: Instructions) -> None:
    call = stays(heating)
    assert call.handover.stays
    assert patience_s(call, 7, 60) == STAY_WORD_S
    words = 0
    while True:
        verdict = pass_silence(call, heating, BY_NIGHT, CAN)
        call = verdict.call
        if actions(verdict) != ["wait:on_call"]:
            break
        words += 1
    assert actions(verdict) == ["take_leave:time_limit", "end_call:time_limit"]
    assert verdict.decisions[0].values["trying"] == "yes"
    assert words == heating.limits.call_s // STAY_WORD_S


@pytest.mark.parametrize(
    ("act", "expected"),
    [
        (Unclear("alors"), ["say_on_call:trying"]),
        (AskOtherQuestion("vous l'avez eue ?"), ["say_on_call:trying"]),
        (AskForHuman("vous avez réussi à joindre quelqu'un ?"), ["say_on_call:trying"]),
        (Unclear(""), ["wait:on_call"]),
        (Thank("merci"), ["wait:on_call"]),
        (AskToRepeat("pardon ?"), ["repeat"]),
        (SayGoodbye("au revoir"), ["take_leave:goodbye", "end_call:goodbye"]),
    ],
)
def test_whoever_stays_may_speak_at_any_time(heating: Instructions, act: Act, expected: list[str]) -> None:
    verdict = say(stays(heating), heating, act)
    assert actions(verdict) == expected
    if expected[0] != "take_leave:goodbye":
        assert verdict.call.handover.stays
        assert verdict.call.expectation.awaited is Awaited.NOTHING


def test_detail_that_is_added_is_recorded_and_the_caller_goes_on_waiting(heating: Instructions) -> None:
    verdict = say(stays(heating), heating, GiveDetail("reason", "et l'eau monte", "et l'eau monte"))
    assert actions(verdict)[-2].startswith("take_message")
    assert actions(verdict)[-1] == "wait:on_call"
    assert verdict.call.handover.stays


def test_new_danger_while_waiting_speaks_first(heating: Instructions) -> None:
    verdict = say(stays(heating), heating, RaiseRedFlag("gas_smell", "ça sent le gaz"))
    assert actions(verdict)[0] == "safety_script:gas_smell"


def test_question_asked_meanwhile_stays_in_the_message(heating: Instructions) -> None:
    verdict = say(stays(heating), heating, AskOtherQuestion("il vient avec une pompe"))
    assert verdict.decisions[0].values["noted"] == "yes"
    message = message_of(verdict.call, heating, BY_NIGHT)
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert "il vient avec une pompe" in message.details["reason"].value


def test_acknowledgement_is_told_once(heating: Instructions, woken: Verdict) -> None:
    assert told(woken.call, heating, ladder()) is None
    news = told(woken.call, heating, acknowledged(Way.SMS))
    assert news is not None
    assert actions(news) == ["say_on_call:acknowledged", "ask_anything_else"]
    assert news.call.handover.told is OnCallNews.ACKNOWLEDGED
    assert told(news.call, heating, acknowledged(Way.SMS)) is None
    late = told(news.call, heating, acknowledged(Way.SMS, eta_min=20))
    assert late is not None
    assert (late.decisions[0].values["only_eta"], late.decisions[0].values["eta_min"]) == ("yes", "20")
    assert told(late.call, heating, acknowledged(Way.SMS, eta_min=25)) is None


@pytest.mark.parametrize("by", ["agents", "operator:jeanne"])
def test_somebody_else_is_not_called_the_person_on_call(heating: Instructions, woken: Verdict, by: str) -> None:
    news = told(woken.call, heating, acknowledged(Way.CONSOLE, by=by))
    assert news is not None
    assert news.decisions[0].values["other"] == "yes"
    again = say(news.call, heating, Unclear("alors"))
    assert again.decisions[0].values["other"] == "yes"


def test_whoever_stays_is_connected_with_a_telephone_only(heating: Instructions) -> None:
    by_phone = told(stays(heating), heating, acknowledged())
    assert by_phone is not None
    assert actions(by_phone) == ["say_on_call:acknowledged", "connect"]
    assert by_phone.call.handover.connects
    by_sms = told(stays(heating), heating, acknowledged(Way.SMS))
    assert by_sms is not None
    assert actions(by_sms) == ["say_on_call:acknowledged", "ask_anything_else"]
    assert not by_sms.call.handover.stays
    cannot = told(stays(heating), heating, acknowledged(), ONLY_WAKES)
    assert cannot is not None
    assert "connect" not in actions(cannot)


def test_connecting_that_fails_is_said_truly(heating: Instructions) -> None:
    connecting = told(stays(heating), heating, acknowledged())
    assert connecting is not None
    assert actions(say(connecting.call, heating, Unclear("allô"))) == ["wait:transfer"]
    failed = connecting_failed(connecting.call, heating, BY_NIGHT, CAN)
    assert failed is not None
    assert actions(failed) == ["say_not_connected", "ask_anything_else"]
    assert connecting_failed(failed.call, heating, BY_NIGHT, CAN) is None
    assert actions(resume(connecting.call, heating, BY_NIGHT)) == actions(failed)
    silent = Verdict(connecting.call, ())
    for _ in range(3):
        silent = pass_silence(silent.call, heating, BY_NIGHT, CAN)
    assert actions(silent) == actions(failed)


def test_alarm_is_told_with_what_is_still_done(heating: Instructions) -> None:
    late = told(stays(heating), heating, alarm(over=False, status=LadderStatus.CLIMBING))
    assert late is not None
    assert actions(late) == ["say_on_call:exhausted"]
    assert late.call.handover.stays
    assert told(late.call, heating, alarm(over=False, status=LadderStatus.CLIMBING)) is None
    over = told(late.call, heating, alarm())
    assert over is not None
    assert over.decisions[0].values["over"] == "yes"
    assert not over.call.handover.stays
    assert actions(say(over.call, heating, Unclear("alors")))[0] == "say_on_call:exhausted"
    assert told(over.call, heating, acknowledged(Way.LINK)) is not None


def test_ladder_that_restarts_later_does_not_keep_the_caller_waiting(heating: Instructions) -> None:
    pause = told(stays(heating), heating, alarm(over=False, status=LadderStatus.WAITING))
    assert pause is not None
    assert actions(pause) == ["say_on_call:exhausted", "ask_anything_else"]


def test_news_in_the_middle_of_a_question_comes_back_to_it(lifts: Instructions) -> None:
    asked = decide(greeted(lifts, number="+33639980200"), [RaiseRedFlag("trapped_in_lift", "…")], lifts, BY_NIGHT, CAN)
    assert asked.call.handover.on_call_woken
    news = told(asked.call, lifts, acknowledged(Way.SMS))
    assert news is not None
    assert actions(news) == ["say_on_call:acknowledged", "repeat"]
    assert news.call.expectation == asked.call.expectation


def test_nothing_is_told_of_people_whom_the_caller_was_not_told_of(heating: Instructions) -> None:
    call = greeted(heating)
    assert told(call, heating, acknowledged()) is None


def test_time_limit_says_that_people_are_still_being_tried(heating: Instructions) -> None:
    verdict = reach_time_limit(stays(heating), heating, BY_NIGHT, CAN)
    assert verdict.decisions[0].values["trying"] == "yes"


def test_nobody_is_said_to_be_tried_in_quiet_hours(heating: Instructions) -> None:
    duty = heating.on_call
    assert isinstance(duty, OnCall)
    quiet = QuietHours.model_validate("21:00-07:00")
    client = heating.model_copy(update={"on_call": duty.model_copy(update={"quiet": quiet})})
    verdict = Verdict(greeted(client), ())
    for turn in (LEAK, (Affirm("oui"),), (Affirm("oui"),)):
        verdict = decide(verdict.call, turn, client, BY_NIGHT, ONLY_WAKES)
        assert "wake_on_call" not in " ".join(actions(verdict))
    day = datetime(2026, 11, 24, 20, 30, tzinfo=UTC)
    assert "wake_on_call" not in " ".join(actions(decide(greeted(client), LEAK, client, day, ONLY_WAKES)))


def test_promise_is_not_made_while_nothing_leaves_the_house(heating: Instructions) -> None:
    works = Verdict(greeted(heating), ())
    fails = Verdict(greeted(heating), ())
    turns: tuple[tuple[Act, ...], ...] = ((StateRequest("no-heating", "…"), *LEAK[1:4]), (Affirm("oui"),), (Affirm("oui"),))
    for turn in turns:
        works = decide(works.call, turn, heating, BY_NIGHT, Facilities())
        fails = decide(fails.call, turn, heating, BY_NIGHT, Facilities(delivery=False))
        if works.call.stage is Stage.CLOSING:
            break
    kept = next(d for d in works.decisions if d.action == "take_message")
    held = next(d for d in fails.decisions if d.action == "take_message")
    assert kept.because.endswith("].promise")
    assert "held" not in kept.values
    assert held.values["held"] == "yes"
    assert not held.because.endswith("].promise")
    assert held.values["callback"] == ""


def test_question_that_was_noted_leaves_a_message(heating: Instructions) -> None:
    """« Je la note pour l'équipe » is a promise, whatever else the caller wanted."""
    verdict = say(greeted(heating), heating, AskOtherQuestion("vous réparez les piscines ?"))
    assert "note_question" in actions(verdict)
    assert message_of(replace(verdict.call, details={}), heating, BY_NIGHT) is not None
