"""What is true in every call, whatever is said and in whatever state: hypothesis looks for the call that breaks it."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.acts_at_random import FICHES, Passage, acts_of, calls
from tests.policy.conftest import BY_DAY, EVERYTHING, actions, greeted
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, RaiseRedFlag, Secret
from voicebot.domain.call import Awaited, call_json
from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import message_json
from voicebot.domain.orientation import ONLY_MESSAGES
from voicebot.domain.urgency import RED_FLAGS
from voicebot.policy.decide import Verdict, decide, pass_silence
from voicebot.policy.handover import FEWEST_SILENCES_IN_TRANSFER
from voicebot.policy.message import message_of
from voicebot.policy.on_call_news import STAY_WORD_S
from voicebot.policy.turn import Turn
from voicebot.policy.ways import ways

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
_STEP = re.compile(r"([a-z_]+)(?:\[([^\]]+)\])?")
_SCRIPTED = sorted(flag.id for flag in RED_FLAGS.values() if flag.has_script)


def stands_in(client: Instructions, path: str) -> bool:
    """Is there an instruction at this path of the client's file?"""
    if path == "house":
        return True
    here: Any = client
    for step in _STEP.finditer(path):
        name, key = str(step.group(1)), str(step.group(2) or "")
        if name not in type(here).model_fields:
            return False
        here = getattr(here, name)
        if key:
            found = [p for p in here if key in (getattr(p, "id", None), getattr(p, "red_flag", None))]
            found = found or ([here[int(key)]] if key.isdigit() and int(key) < len(here) else [])
            if not found:
                return False
            here = found[0]
    return True


@often
@given(calls())
def test_every_decision_names_a_rule_and_an_instruction_that_exists(passages: list[Passage]) -> None:
    for passage in passages:
        for decision in passage.verdict.decisions:
            assert re.fullmatch(r"[a-z_]+\.[a-z_]+", decision.rule), decision
            assert stands_in(passage.client, decision.because), decision
        led = passage.verdict.call.orientation
        assert led is None or stands_in(passage.client, led.because), led


@often
@given(calls())
def test_nobody_is_rung_or_woken_when_that_cannot_be_done(passages: list[Passage]) -> None:
    for passage in passages:
        done = {d.action for d in passage.verdict.decisions}
        assert passage.facilities.transfer or Action.TRANSFER not in done
        assert passage.facilities.on_call or Action.WAKE_ON_CALL not in done
        if Action.TRANSFER in done:
            assert passage.verdict.call.handover.to is not None
            assert passage.verdict.call.expectation.awaited is Awaited.NOTHING


@often
@given(calls())
def test_nothing_is_said_of_people_on_call_who_were_not_woken(passages: list[Passage]) -> None:
    for passage in passages:
        after, done = passage.verdict.call.handover, {d.action for d in passage.verdict.decisions}
        assert after.on_call_woken or not done & {Action.SAY_ON_CALL, Action.ASK_TO_STAY, Action.LET_STAY, Action.CONNECT}
        assert passage.facilities.connect or not done & {Action.ASK_TO_STAY, Action.CONNECT}
        asked = Action.ASK_TO_STAY in done
        assert not (asked and Action.SAFETY_SCRIPT in done), "the advice to hang up goes first"


@often
@given(calls())
def test_no_promise_and_no_call_back_while_nothing_leaves_the_house(passages: list[Passage]) -> None:
    for passage in passages:
        for decision in passage.verdict.decisions:
            if decision.action is Action.TAKE_MESSAGE:
                held = not passage.facilities.delivery
                assert (decision.values.get("held", "") == "yes") is held
                assert not held or not (decision.because.endswith("].promise") or decision.values["callback"])


@often
@given(calls())
def test_no_detail_is_asked_more_often_than_there_are_ways(passages: list[Passage]) -> None:
    for passage in passages:
        turn = Turn(passage.verdict.call, (), passage.client, passage.now)
        for detail, tries in passage.verdict.call.tries.items():
            if ":" not in detail:
                assert tries <= len(ways(turn, detail)) + 1, (detail, tries)
        asked = [d for d in passage.verdict.decisions if d.action in (Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD)]
        assert len(asked) <= 1, "one question at a time"


@often
@given(calls(), st.data())
def test_red_flag_speaks_first_in_every_state(passages: list[Passage], data: st.DataObject) -> None:
    last = passages[-1]
    fresh = [flag for flag in _SCRIPTED if flag not in last.verdict.call.safety_script_given]
    flag = data.draw(st.sampled_from(fresh))
    others: list[Act] = data.draw(
        st.lists(acts_of(last.client).filter(lambda a: not isinstance(a, RaiseRedFlag)), max_size=3)
    )
    verdict = decide(last.verdict.call, [*others, RaiseRedFlag(flag, "…")], last.client, last.now, last.facilities)
    assert actions(verdict)[0] == f"safety_script:{flag}"
    assert verdict.call.urgency is not None
    assert message_of(verdict.call, last.client, last.now) is not None
    refused = [d for d in verdict.decisions if d.action is Action.END_CALL]
    assert not refused, "a caller in danger is never sent away"


@often
@given(calls())
def test_every_call_ends_under_silence(passages: list[Passage]) -> None:
    last = passages[-1]
    verdict = last.verdict
    while_staying = int(last.client.limits.call_s / STAY_WORD_S)
    for _ in range(8 * FEWEST_SILENCES_IN_TRANSFER + 4 + while_staying):
        verdict = pass_silence(verdict.call, last.client, last.now, last.facilities)
        if verdict.decisions[-1].action is Action.END_CALL:
            return
    raise AssertionError(actions(verdict))


@often
@given(calls())
def test_refused_caller_leaves_no_message_and_no_promise(passages: list[Passage]) -> None:
    for passage in passages:
        ended = [d for d in passage.verdict.decisions if d.action is Action.END_CALL and d.subject == "refused"]
        if ended:
            assert message_of(passage.verdict.call, passage.client, passage.now) is None
            done = {d.action for d in passage.verdict.decisions}
            assert not done & {Action.TAKE_MESSAGE, Action.TRANSFER, Action.WAKE_ON_CALL, Action.KEEP_PARTIAL_MESSAGE}


@often
@given(calls())
def test_call_and_message_can_always_be_written_down(passages: list[Passage]) -> None:
    for passage in passages:
        call = passage.verdict.call
        assert call_json.validate_json(call_json.dump_json(call)) == call
        message = message_of(call, passage.client, passage.now)
        if message:
            assert message_json.validate_json(message_json.dump_json(message)) == message
            never = passage.client.confidentiality.never_keep
            assert not set(message.details) & set(never)


@often
@given(calls())
def test_turn_either_asks_or_answers_or_ends(passages: list[Passage]) -> None:
    for passage in passages:
        assert passage.verdict.decisions, passage.acts
        ends = [i for i, d in enumerate(passage.verdict.decisions) if d.action is Action.END_CALL]
        assert ends in ([], [len(passage.verdict.decisions) - 1])


_REPEATED: list[Act] = [
    acts.Affirm("oui"), acts.Refuse("non"), acts.DoNotKnow("je sais pas"), acts.AskForHuman("un conseiller"),
    acts.AskForPerson("dupont", "Dupont", "…"), acts.AskForPerson(None, "Dupont", "…", ("dupont", "dupond")),
    acts.AskForPerson(None, "Zorro", "…"), acts.Greet("bonjour"), acts.Thank("merci"), acts.Unclear("bla"), acts.Unclear(""),
    acts.StateRequest("breakdown", "panne"), acts.StateRequest("breakdown", "panne", Confidence.UNSURE),
    acts.StateRequest("works", "travaux"), acts.GiveDetail("contract", "12", "12"), acts.GiveDetail("caller_name", "B", "b"),
    acts.GiveDetail("callback_number", "06", "06", complete=False), acts.AskForSecret(Secret.PRIVATE_NUMBER, "…"),
    acts.TellCallerKind("canvasser", "…", Confidence.UNSURE), acts.TellCallerKind("supplier", "…"),
    acts.RaiseRedFlag("fire", "feu"), acts.PressKeys("9"),
]  # fmt: skip


@pytest.mark.parametrize("act", _REPEATED, ids=repr)
@pytest.mark.parametrize("facilities", [ONLY_MESSAGES, EVERYTHING], ids=["only messages", "everything"])
@pytest.mark.parametrize("client", FICHES, ids=lambda client: client.id)
def test_caller_who_says_the_same_for_ever_is_led_to_an_end(client: Instructions, facilities, act: Act) -> None:
    verdict = Verdict(greeted(client, BY_DAY), ())
    for _ in range(25):
        verdict = decide(verdict.call, [act], client, BY_DAY, facilities)
        done = {d.action for d in verdict.decisions}
        if done & {Action.END_CALL, Action.ASK_ANYTHING_ELSE, Action.TRANSFER}:
            return
    raise AssertionError(actions(verdict))
