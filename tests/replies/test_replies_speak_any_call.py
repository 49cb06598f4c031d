"""Whatever the rules decide, in any state, there are whole sentences for it, and no secret is among them."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.policy.acts_at_random import Passage, acts_of, calls
from voicebot.domain.acts import AskForSecret, Secret
from voicebot.domain.decisions import Action
from voicebot.domain.language import Language
from voicebot.policy.decide import decide
from voicebot.replies.compose import compose

often = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@often
@given(calls(), st.sampled_from(list(Language)))
def test_every_decision_has_whole_sentences(passages: list[Passage], language: Language) -> None:
    for passage in passages:
        call = replace(passage.verdict.call, language=language, last_said=("…",))
        said = compose(passage.verdict.decisions, call, passage.client, passage.now, number=1)
        assert said
        assert not any("{" in s.text or "  " in s.text or not s.text.strip() for s in said)
        assert len({s.id for s in said}) == len(said)


@often
@given(calls(), st.data())
def test_no_number_and_no_name_that_was_asked_for_is_ever_spoken(passages: list[Passage], data: st.DataObject) -> None:
    last = passages[-1]
    others = data.draw(st.lists(acts_of(last.client), max_size=2))
    ask = AskForSecret(Secret.WHO_IS_A_CLIENT, "est-ce que madame Quinquandon est patiente chez vous")
    verdict = decide(last.verdict.call, [ask, *others], last.client, last.now, last.facilities)
    for passage_call, decisions in ((verdict.call, verdict.decisions), (last.verdict.call, last.verdict.decisions)):
        said = " ".join(s.text for s in compose(decisions, passage_call, last.client, last.now, number=1))
        assert "Quinquandon" not in said
        for person in last.client.people:
            assert not any(phone in said for phone in person.phones)
            assert person.email is None or person.email not in said


@often
@given(calls())
def test_promise_is_spoken_only_with_a_recorded_message(passages: list[Passage]) -> None:
    for passage in passages:
        promises = {
            text
            for scenario in passage.client.scenarios
            if scenario.promise
            for text in (*scenario.promise.open.values(), *scenario.promise.closed.values())
            if "{" not in text
        }
        said = compose(passage.verdict.decisions, passage.verdict.call, passage.client, passage.now, number=1)
        if any(s.text in promises for s in said):
            assert any(d.action is Action.TAKE_MESSAGE for d in passage.verdict.decisions)
            assert passage.verdict.call.message_complete
