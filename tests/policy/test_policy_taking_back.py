"""After a human nothing is asked that was known before, whatever the client, the call and the task."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.acts_at_random import details_of, whole_requests
from tests.policy.conftest import BY_DAY, actions, greeted
from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import AskForHuman
from voicebot.domain.agent import AgentWay
from voicebot.domain.call import Call, EndReason, call_json
from voicebot.domain.decisions import Action
from voicebot.domain.details import HOUSE_DETAILS
from voicebot.domain.handoff import Returned, Taker, Task, TaskKind, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.orientation import Facilities
from voicebot.policy.decide import Verdict, decide, resume
from voicebot.policy.humans import announce, take_back
from voicebot.policy.message import message_of
from voicebot.policy.waiting import handoff_id

SHIPPED = tuple(read_client_file(p) for p in sorted((Path(__file__).parents[2] / "client_configs").glob("*.yaml")))
often = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
ASKS = (Action.ASK, Action.ASK_AGAIN, Action.ASK_BY_KEYPAD)
EVERYTHING = Facilities(True, True, connect=True, texts=True, callback=True)
NAMES = st.sampled_from([Taker("claire", "Claire Petit"), Taker("morel", "Morel", AgentWay.PHONE)])
WHYS = st.sampled_from([Why.GIVEN_BACK, Why.AGENT_LOST, Why.NOT_CONNECTED, Why.AGENT_HUNG_UP, Why.CARRIER])


def tasks_of(client: Instructions) -> st.SearchStrategy[Task | None]:
    details = sorted({*HOUSE_DETAILS, *(d.id for d in client.details)})
    texts = [text.id for text in client.texts] + ["unknown"]
    return st.one_of(
        st.none(),
        st.builds(Task, st.just(TaskKind.TAKE_DETAIL), st.sampled_from([*details, "unheard_of"])),
        st.just(Task(TaskKind.TAKE_MESSAGE)),
        st.builds(lambda text: Task(TaskKind.SEND_TEXT, text=text), st.sampled_from(texts)),
    )


@st.composite
def handed_over(draw: st.DrawFn) -> tuple[Instructions, Call, Taker]:
    """A call of a shipped client that told something, and that a human has."""
    client = draw(st.sampled_from(SHIPPED))
    call = greeted(client, BY_DAY, draw(st.sampled_from(["", "+33639980200"])))
    told = draw(st.lists(st.one_of(details_of(client).map(lambda d: (d,)), whole_requests(client)), max_size=3))
    for acts in told:
        call = decide(call, acts, client, BY_DAY, EVERYTHING).call
    if draw(st.booleans()) and call.handover.to is None:
        call = decide(call, [AskForHuman("…")], client, BY_DAY, EVERYTHING).call
    taker = draw(NAMES)
    given = announce(replace(call, ended=None), client, BY_DAY, "c1-handoff-1", taker)
    assert given is not None
    return client, given.call, taker


@often
@given(handed_over(), WHYS, st.data())
def test_nothing_that_was_known_before_is_asked_after(
    taken: tuple[Instructions, Call, Taker], why: Why, data: st.DataObject
) -> None:
    client, call, taker = taken
    task = data.draw(tasks_of(client))
    can = data.draw(st.sampled_from([EVERYTHING, Facilities()]))
    known = {name for name, detail in call.details.items() if detail.complete}
    back = take_back(call, client, BY_DAY, can, Returned(why, taker, task))
    assert back is not None
    assert back.decisions[0].action is Action.TAKE_BACK
    assert call_json.validate_json(call_json.dump_json(back.call)) == back.call
    verdict = back
    for _ in range(8):
        asked = [d.subject for d in verdict.decisions if d.action in ASKS]
        assert not set(asked) & known, actions(verdict)
        assert len(asked) <= 1
        if any(d.action in (Action.END_CALL, Action.TRANSFER) for d in verdict.decisions):
            return
        # Somebody who gives a known detail another value may be asked which one holds.
        unknown = details_of(client).filter(lambda d, known=known: not d.correction and d.detail not in known)
        new = data.draw(st.lists(unknown, max_size=1))
        verdict = decide(verdict.call, new, client, BY_DAY, can)
        known |= {name for name, detail in verdict.call.details.items() if detail.complete}
    assert verdict.call.handover.with_taker is None


@often
@given(handed_over(), WHYS, st.data())
def test_the_caller_always_hears_how_it_goes_on(
    taken: tuple[Instructions, Call, Taker], why: Why, data: st.DataObject
) -> None:
    client, call, taker = taken
    back = take_back(call, client, BY_DAY, EVERYTHING, Returned(why, taker, data.draw(tasks_of(client))))
    assert back is not None
    last = back.decisions[-1].action
    expects = (*ASKS, Action.ASK_REQUEST, Action.READ_BACK, Action.ASK_ANYTHING_ELSE, Action.ASK_TO_STAY, Action.TRANSFER)
    assert last in expects or last is Action.WAIT, actions(back)
    assert take_back(back.call, client, BY_DAY, EVERYTHING, Returned(why)) is None or back.call.handover.to is not None


@often
@given(handed_over())
def test_conference_that_ended_gives_the_caller_back(taken: tuple[Instructions, Call, Taker]) -> None:
    client, call, _taker = taken
    verdict = resume(call, client, BY_DAY, EVERYTHING)
    assert verdict.decisions[0].action is Action.TAKE_BACK
    assert verdict.call.resumed == call.resumed + 1
    assert verdict.call.handover.with_taker is None


@often
@given(handed_over())
def test_handled_call_leaves_no_half_message_and_no_urgency_behind(taken: tuple[Instructions, Call, Taker]) -> None:
    client, call, _taker = taken
    ended = replace(call, ended=EndReason.HANDLED)
    message = message_of(ended, client, BY_DAY)
    urgent = call.urgency is not None and call.urgency.level <= "p1"
    told = "message" in call.told or call.question_noted or bool(call.promise)
    assert (message is not None) <= (urgent or told)
    assert message is not None or not urgent


def test_human_is_looked_for_again_after_a_talk_only_when_asked() -> None:
    client = next(c for c in SHIPPED if c.id == "chauffage-morel")
    call = decide(greeted(client, BY_DAY, "+33639980200"), [AskForHuman("…")], client, BY_DAY, EVERYTHING).call
    assert handoff_id(call) == "c1-handoff-1"
    taken = announce(call, client, BY_DAY, "c1-handoff-1", Taker("claire", "Claire"))
    assert taken is not None
    back = take_back(taken.call, client, BY_DAY, EVERYTHING, Returned(Why.GIVEN_BACK))
    assert back is not None
    assert Action.TRANSFER not in {d.action for d in back.decisions}
    on = decide(back.call, [], client, BY_DAY, EVERYTHING)
    assert Action.TRANSFER not in {d.action for d in on.decisions}
    again = decide(on.call, [AskForHuman("…")], client, BY_DAY, EVERYTHING)
    assert actions(again) == ["transfer"]


@pytest.mark.parametrize("client", SHIPPED, ids=lambda c: c.id)
def test_taken_over_at_the_first_word_goes_on_with_the_request(client: Instructions) -> None:
    taken = announce(greeted(client, BY_DAY), client, BY_DAY, "c1-handoff-1", Taker("claire", "Claire"))
    assert taken is not None
    back = take_back(taken.call, client, BY_DAY, EVERYTHING, Returned(Why.GIVEN_BACK))
    assert back is not None
    assert actions(back) == ["take_back:given_back", "ask_request"]
    assert isinstance(back, Verdict)
