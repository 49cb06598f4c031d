"""The rules of a call, acts in and decisions out; no words, no audio, no clock of their own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.policy.conftest import BY_DAY, BY_NIGHT
from voicebot.domain.acts import (
    Act,
    Affirm,
    AskForHuman,
    AskForLanguage,
    AskForPerson,
    AskQuestion,
    AskToRepeat,
    AskToWait,
    AskWhetherRobot,
    Confidence,
    DoNotKnow,
    GiveDetail,
    RaiseRedFlag,
    Refuse,
    RefuseRecording,
    SayGoodbye,
    StateRequest,
    Thank,
    Unclear,
)
from voicebot.domain.call import Awaited, Call, EndReason, RecordingState, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLBACK_NUMBER, DetailSource
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.message import MessageState
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel
from voicebot.policy.decide import Verdict, decide, greet, pass_silence, reach_time_limit, resume
from voicebot.policy.message import message_of

NAME = GiveDetail("caller_name", "Paul Martin", "je m'appelle paul martin")
NUMBER = GiveDetail("callback_number", "+33639981234", "zéro six trente-neuf …")
ADDRESS = GiveDetail("address", "12 rue des Lilas", "au douze rue des lilas")
NO_HEATING = StateRequest("no-heating", "je n'ai plus de chauffage")


def actions(verdict: Verdict) -> list[str]:
    return [f"{d.action}:{d.subject}" if d.subject else d.action for d in verdict.decisions]


def hear(call: Call, client: Instructions, *acts: Act) -> Verdict:
    return decide(call, acts, client, BY_NIGHT)


def test_every_decision_names_its_rule_and_what_it_obeys(call: Call, heating: Instructions) -> None:
    for acts in (
        (NO_HEATING,),
        (RaiseRedFlag("gas_smell", "ça sent le gaz"),),
        (AskForHuman("quelqu'un"),),
        (Unclear("bzz"),),
    ):
        for decision in hear(call, heating, *acts).decisions:
            assert "." in decision.rule
            assert decision.because


@pytest.mark.parametrize(("now", "because"), [(BY_DAY, "greeting.open"), (BY_NIGHT, "greeting.closed")])
def test_greeting_follows_opening_hours(call: Call, heating: Instructions, now, because: str) -> None:
    verdict = greet(call, heating, now)
    assert verdict.decisions[0].because == because
    assert verdict.call.recording is RecordingState.ON
    assert verdict.call.expectation.awaited is Awaited.REQUEST


def test_only_missing_details_are_asked_in_any_order(call: Call, heating: Instructions) -> None:
    first = hear(call, heating, NO_HEATING, NUMBER)
    assert actions(first) == ["ask:caller_name"]
    second = hear(first.call, heating, NAME, ADDRESS)
    assert actions(second) == ["read_back:caller_name,callback_number,address"]
    third = hear(second.call, heating, Affirm("oui"))
    assert actions(third) == ["take_message:no-heating", "ask_anything_else"]
    message = message_of(third.call, heating, BY_NIGHT)
    assert message is not None
    assert message.state is MessageState.COMPLETE
    assert message.missing == ()
    assert message.urgency.level is UrgencyLevel.P2


def test_all_at_once_is_read_back_at_once(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS)
    assert actions(verdict) == ["read_back:caller_name,callback_number,address"]


def test_correction_at_read_back_is_read_back_alone(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS)
    corrected = hear(asked.call, heating, Refuse("non"), replace(NUMBER, value="+33639985678", correction=True))
    assert actions(corrected) == ["confirm_correction:callback_number", "read_back:callback_number"]
    done = hear(corrected.call, heating, Affirm("oui"))
    assert "take_message:no-heating" in actions(done)
    assert done.call.details[CALLBACK_NUMBER].value == "+33639985678"


def test_read_back_refused_without_correction_asks_what_is_wrong_then_ends(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS)
    seen: list[str] = []
    for _ in range(6):
        verdict = hear(verdict.call, heating, Refuse("non"))
        seen += actions(verdict)
        if "take_message:no-heating" in seen:
            break
    assert "ask_what_is_wrong:callback_number" in seen
    assert "take_message:no-heating" in seen, "a refused read-back must not loop"
    assert not verdict.call.details[CALLBACK_NUMBER].confirmed


@pytest.mark.parametrize("red_flag", sorted(flag.id for flag in RED_FLAGS.values() if flag.has_script))
def test_red_flag_speaks_first_in_every_state(call: Call, heating: Instructions, red_flag: str) -> None:
    reading_back = hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS).call
    for state in (call, reading_back, hear(reading_back, heating, Affirm("oui")).call):
        verdict = hear(state, heating, NAME, RaiseRedFlag(red_flag, "…"), AskForHuman("quelqu'un"))
        assert actions(verdict)[0] == f"safety_script:{red_flag}"
        assert verdict.call.urgency is not None
        assert verdict.call.urgency.level is UrgencyLevel.P0


def test_safety_script_is_given_once_and_the_address_is_asked_first(call: Call, heating: Instructions) -> None:
    first = hear(call, heating, RaiseRedFlag("gas_smell", "ça sent le gaz"))
    assert actions(first) == ["safety_script:gas_smell", "ask:address"]
    second = hear(first.call, heating, RaiseRedFlag("gas_smell", "le gaz"), ADDRESS)
    assert actions(second) == ["ask:callback_number"]


def test_goodbye_with_a_red_flag_never_swallows_the_script(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, RaiseRedFlag("fire", "il y a le feu"), SayGoodbye("au revoir"))
    assert actions(verdict)[0] == "safety_script:fire"


def test_human_is_refused_truly_and_a_message_is_offered(call: Call, heating: Instructions) -> None:
    first = hear(call, heating, AskForHuman("je veux parler à quelqu'un"))
    assert actions(first) == ["say_nobody_available", "ask:caller_name"]
    again = hear(first.call, heating, AskForHuman("un humain"))
    assert actions(again) == ["say_nobody_available", "ask:caller_name"]
    assert again.decisions[0].values["again"] == "yes"
    message = message_of(again.call, heating, BY_NIGHT)
    assert message is not None
    assert message.human_wanted


def test_person_of_the_directory_is_kept(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, AskForPerson("morel", "Morel", "je voudrais parler à monsieur Morel"))
    assert actions(verdict)[0] == "say_nobody_available:morel"
    message = message_of(verdict.call, heating, BY_NIGHT)
    assert message is not None
    assert message.person_wanted == "morel"


def test_phone_is_asked_twice_then_by_keypad_then_left_open(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, NO_HEATING, NAME)
    seen = actions(verdict)
    for _ in range(5):
        verdict = hear(verdict.call, heating, Unclear("bla"))
        seen += actions(verdict)
        if verdict.call.expectation.detail != CALLBACK_NUMBER:
            break
    numbers = [action for action in seen if action.endswith(":callback_number")]
    assert numbers == ["ask:callback_number", "ask_again:callback_number", "ask_by_keypad:callback_number"]


def test_partial_number_asks_for_the_rest(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING, NAME)
    partial = hear(asked.call, heating, replace(NUMBER, value="0639", complete=False))
    assert partial.decisions[-1].action is Action.ASK_AGAIN
    assert partial.decisions[-1].values["heard"] == "0639"


def test_shown_number_is_offered_and_taken_on_yes(call: Call, heating: Instructions) -> None:
    shown = replace(call, caller_number="+33639980099")
    asked = hear(shown, heating, NO_HEATING, NAME)
    assert asked.decisions[-1].rule == "details.shown_number"
    taken = hear(asked.call, heating, Affirm("oui"))
    assert taken.call.details[CALLBACK_NUMBER].source is DetailSource.LINE
    assert actions(taken) == ["ask:address"]
    refused = hear(asked.call, heating, Refuse("non"))
    assert actions(refused) == ["ask:callback_number"]
    assert "shown" not in refused.decisions[0].values


def test_unknown_detail_is_left_open_not_asked_again(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING, NAME, NUMBER)
    assert actions(asked) == ["ask:address"]
    verdict = hear(asked.call, heating, DoNotKnow("je ne sais pas"))
    assert not any(action.endswith(":address") for action in actions(verdict))
    done = hear(verdict.call, heating, Affirm("oui"))
    message = message_of(done.call, heating, BY_NIGHT)
    assert message is not None
    assert message.missing == ("address",)
    assert message.state is MessageState.PARTIAL


def test_words_that_fit_nothing_become_the_reason_never_a_loop(call: Call, heating: Instructions) -> None:
    first = hear(call, heating, Unclear("ben voilà la tuyauterie du truc"))
    assert actions(first) == ["ask_to_rephrase"]
    second = hear(first.call, heating, Unclear("la tuyauterie du machin"))
    assert actions(second) == ["acknowledge:reason", "ask:caller_name"]
    assert second.call.details["reason"].confidence is Confidence.UNSURE


def test_nothing_heard_is_said_so(call: Call, heating: Instructions) -> None:
    assert actions(hear(call, heating, Unclear(""))) == ["ask_to_rephrase:not_heard"]


def test_question_is_answered_and_the_pending_question_put_again(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING)
    answered = hear(asked.call, heating, AskQuestion("hours", "vos horaires"))
    assert actions(answered) == ["answer:hours", "ask:caller_name"]
    assert answered.call.tries == asked.call.tries


def test_question_alone_needs_no_message(call: Call, heating: Instructions) -> None:
    answered = hear(call, heating, AskQuestion("hours", "vos horaires"))
    assert actions(answered) == ["answer:hours", "ask_anything_else"]
    ended = hear(answered.call, heating, Refuse("non merci"), Thank("merci"))
    assert actions(ended) == ["take_leave:goodbye", "end_call:goodbye"]
    assert message_of(ended.call, heating, BY_NIGHT) is None


def test_robot_question_is_answered_truly(call: Call, heating: Instructions) -> None:
    assert actions(hear(call, heating, AskWhetherRobot("vous êtes un robot")))[0] == "say_robot"


def test_canvasser_is_refused_and_leaves_no_message(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, StateRequest("canvassing", "vous proposer une offre"))
    assert actions(verdict) == ["answer:scenario:canvassing", "take_leave:refused", "end_call:refused"]
    assert message_of(verdict.call, heating, BY_NIGHT) is None


def test_hold_is_granted_with_patience(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING, NAME)
    held = hear(asked.call, heating, AskToWait("deux secondes"))
    assert actions(held) == ["wait"]
    assert held.call.expectation.patient
    assert held.call.expectation.detail == CALLBACK_NUMBER


def test_repeat_changes_nothing_else(call: Call, heating: Instructions) -> None:
    asked = hear(call, heating, NO_HEATING)
    repeated = hear(asked.call, heating, AskToRepeat("pardon"))
    assert actions(repeated) == ["repeat"]
    assert repeated.call.expectation == asked.call.expectation


def test_refused_recording_stops_it_and_the_call_goes_on(call: Call, heating: Instructions) -> None:
    verdict = hear(call, heating, RefuseRecording("je refuse"))
    assert actions(verdict) == ["stop_recording", "ask_request"]
    assert verdict.call.recording is RecordingState.REFUSED


def test_language_changes_only_to_one_that_the_client_speaks(call: Call, heating: Instructions) -> None:
    assert hear(call, heating, AskForLanguage(Language.ENGLISH, "in english")).call.language is Language.ENGLISH
    french_only = heating.model_copy(
        update={"identity": heating.identity.model_copy(update={"languages": (Language.FRENCH,)})}
    )
    asked = hear(call, french_only, AskForLanguage(Language.ENGLISH, "in english"))
    assert asked.call.language is Language.FRENCH
    assert Action.SAY_LANGUAGES in [d.action for d in asked.decisions]
    again = hear(asked.call, french_only, AskForLanguage(Language.ENGLISH, "please"))
    assert Action.SAY_LANGUAGES not in [d.action for d in again.decisions]


def test_silence_is_one_prompt_then_keypad_then_a_kind_end_that_keeps_what_was_said(
    call: Call, heating: Instructions
) -> None:
    state = hear(call, heating, NO_HEATING, NAME).call
    first = pass_silence(state, heating, BY_NIGHT)
    second = pass_silence(first.call, heating, BY_NIGHT)
    third = pass_silence(second.call, heating, BY_NIGHT)
    assert actions(first) == ["ask_still_there"]
    assert actions(second) == ["offer_keypad:callback_number"]
    assert second.call.expectation.keypad
    assert actions(third) == ["keep_partial_message:silence", "take_leave:silence", "end_call:silence"]
    message = message_of(third.call, heating, BY_NIGHT)
    assert message is not None
    assert message.state is MessageState.PARTIAL
    assert message.missing == ("callback_number", "address")


def test_speaking_again_forgives_earlier_silences(call: Call, heating: Instructions) -> None:
    silent = pass_silence(call, heating, BY_NIGHT).call
    assert hear(silent, heating, NO_HEATING).call.silences == 0


def test_silence_after_the_message_ends_the_call_with_it_whole(call: Call, heating: Instructions) -> None:
    done = hear(hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS).call, heating, Affirm("oui"))
    ended = pass_silence(done.call, heating, BY_NIGHT)
    assert actions(ended) == ["take_leave:silence", "end_call:silence"]
    message = message_of(ended.call, heating, BY_NIGHT)
    assert message is not None
    assert message.state is MessageState.COMPLETE


def test_time_limit_ends_kindly_and_keeps_what_was_said(call: Call, heating: Instructions) -> None:
    verdict = reach_time_limit(hear(call, heating, NO_HEATING, NAME).call, heating, BY_NIGHT)
    assert actions(verdict)[0] == "keep_partial_message:time_limit"
    assert verdict.decisions[-1].subject == EndReason.TIME_LIMIT


def test_resume_goes_on_where_the_call_was(call: Call, heating: Instructions) -> None:
    state = hear(call, heating, NO_HEATING, NAME).call
    resumed = resume(state, heating, BY_NIGHT)
    assert actions(resumed) == ["resume", "repeat"]
    assert resumed.call.expectation == state.expectation
    assert resumed.call.details == state.details
    assert resumed.call.resumed == 1


def test_caller_who_adds_something_after_the_message_is_heard(call: Call, heating: Instructions) -> None:
    done = hear(hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS).call, heating, Affirm("oui"))
    more = hear(done.call, heating, Affirm("oui"))
    assert actions(more) == ["ask_request"]
    changed = hear(done.call, heating, replace(NUMBER, value="+33639987777", correction=True))
    assert actions(changed) == ["confirm_correction:callback_number", "read_back:callback_number"]


def test_goodbye_in_the_middle_keeps_a_partial_message(call: Call, heating: Instructions) -> None:
    ended = hear(hear(call, heating, NO_HEATING, NAME).call, heating, SayGoodbye("au revoir"))
    assert actions(ended) == ["keep_partial_message:goodbye", "take_leave:goodbye", "end_call:goodbye"]
    assert ended.call.stage is not Stage.CLOSING


def test_goodbye_after_the_message_starts_nothing_new(call: Call, heating: Instructions) -> None:
    done = hear(hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS).call, heating, Affirm("oui"))
    resembling = StateRequest("quote", "non merci au revoir")
    ended = hear(done.call, heating, resembling, Refuse("non"), SayGoodbye("au revoir"))
    assert actions(ended) == ["take_leave:goodbye", "end_call:goodbye"]
    message = message_of(ended.call, heating, BY_NIGHT)
    assert message is not None
    assert (message.state, message.scenario) == (MessageState.COMPLETE, "no-heating")


def test_no_to_anything_else_with_another_request_goes_on(call: Call, heating: Instructions) -> None:
    done = hear(hear(call, heating, NO_HEATING, NAME, NUMBER, ADDRESS).call, heating, Affirm("oui"))
    more = hear(done.call, heating, Refuse("non"), StateRequest("quote", "il me faudrait aussi un devis"))
    assert Action.END_CALL not in [d.action for d in more.decisions]
    assert more.call.scenario == "no-heating", "the more urgent request stays"
    assert "devis" in more.call.details["reason"].value


def test_another_detail_or_more_digits_cost_no_try(call: Call, heating: Instructions) -> None:
    state = hear(call, heating, NO_HEATING, NAME).call
    assert state.expectation.detail == CALLBACK_NUMBER
    aside = hear(state, heating, GiveDetail("address", "12 rue des Lilas", "12 rue des Lilas")).call
    assert aside.tries[CALLBACK_NUMBER] == state.tries[CALLBACK_NUMBER]
    begun = hear(aside, heating, GiveDetail(CALLBACK_NUMBER, "0639", "zéro six trente-neuf", complete=False))
    assert begun.call.tries[CALLBACK_NUMBER] == state.tries[CALLBACK_NUMBER]
    assert [d.rule for d in begun.decisions] == ["details.ask_rest"]
    stuck = hear(begun.call, heating, GiveDetail(CALLBACK_NUMBER, "0639", "zéro six trente-neuf", complete=False))
    assert stuck.call.tries[CALLBACK_NUMBER] == state.tries[CALLBACK_NUMBER] + 1
