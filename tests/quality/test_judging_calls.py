"""Judges on whole calls: none of the labelled conversations is blamed, and each check finds what it is there for."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from dataclasses import replace

import pytest
import structlog

from tests.quality.judging_calls import (
    again,
    clients,
    decides,
    events,
    expecting,
    failed,
    held,
    later,
    says,
    verdicts,
    without,
)
from voicebot.domain.call import EndReason
from voicebot.domain.events import CallEvent, EventKind
from voicebot.domain.language import Language
from voicebot.domain.orientation import Orientation
from voicebot.domain.scenario import Outcome
from voicebot.quality.judging.client_in_hand import canaries
from voicebot.quality.judging.every_check import CHECKS, MEASURES
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.records.transcript import Transcript

Tamper = Callable[[Transcript], Transcript]
SAYS = EventKind.RECEPTIONIST_SAYS


def _call(**changes: object) -> Tamper:
    return lambda t: again(t, call=replace(t.record.call, **changes)) if t.record else t


def _message(**changes: object) -> Tamper:
    def changed(t: Transcript) -> Transcript:
        assert t.record
        assert t.record.message
        return again(t, message=replace(t.record.message, **changes))

    return changed


def _detail(name: str, value: str) -> Tamper:
    def changed(t: Transcript) -> Transcript:
        assert t.record
        assert t.record.message
        details = t.record.message.details
        return _message(details={**details, name: replace(details[name], value=value)})(t)

    return changed


def _heard(old: str, new: str) -> Tamper:
    def change(e: CallEvent) -> CallEvent:
        said = e.kind is EventKind.CALLER_SAID
        return replace(e, data={**e.data, "text": e.data["text"].replace(old, new)}) if said else e

    return lambda t: events(t, change)


def _last_again(t: Transcript) -> Transcript:
    """The last decisions are made once more after a further turn of the caller."""
    assert t.record
    all_of = t.record.events
    last = [e for e in all_of if e.kind in (EventKind.DECIDED, SAYS)][-2:]
    more = CallEvent(9000, all_of[-1].at, EventKind.CALLER_SAID, {"text": "allô ?", "started_ms": 0, "ended_ms": 0})
    return again(t, events=(*all_of, more, *(replace(e, number=9001 + i) for i, e in enumerate(last))))


def _asks_thrice(t: Transcript) -> Transcript:
    def change(e: CallEvent) -> CallEvent:
        if e.kind is not EventKind.DECIDED or not any(d["action"] == "ask" for d in e.data["decisions"]):
            return e
        ask = [d | {"subject": "caller_name"} for d in e.data["decisions"] if d["action"] == "ask"]
        return replace(e, data={**e.data, "decisions": ask * 3})

    return events(t, change)


def _script_last(t: Transcript) -> Transcript:
    """The safety script comes after what followed it."""
    assert t.record
    script = [e for e in t.record.events if e.kind is SAYS and e.data["phrase"].startswith("safety.")]
    other = next(e for e in t.record.events if e.kind is SAYS and e.number > script[-1].number)
    texts = {script[0].number: other.data, other.number: script[0].data}
    return events(t, lambda e: replace(e, data=texts[e.number]) if e.number in texts else e)


def _said_twice(t: Transcript) -> Transcript:
    assert t.record
    first = next(e for e in t.record.events if e.kind is SAYS and e.data["sentence"].endswith(".1"))
    again_ = first.data["sentence"].removesuffix("1") + "2"
    return events(
        t, lambda e: replace(e, data={**e.data, "text": first.data["text"]}) if e.data.get("sentence") == again_ else e
    )


def _same_three_times(t: Transcript) -> Transcript:
    def change(e: CallEvent) -> CallEvent | None:
        if e.kind is not SAYS:
            return e
        first = e.data["sentence"].endswith(".1")
        return replace(e, data={**e.data, "text": "Un instant."}) if first else None

    return events(t, change)


def _interruptible(phrase: str) -> Tamper:
    def change(e: CallEvent) -> CallEvent:
        meant = e.kind is SAYS and e.data["phrase"].startswith(phrase)
        return replace(e, data={**e.data, "interruptible": True}) if meant else e

    return lambda t: events(t, change)


GAS, LEAK, ROBOT = "smell-of-gas", "leak-at-night-that-cannot-be-stopped", "is-it-a-robot"
ENGLISH, PLAIN, TRANSFER = "language-asked-for", "no-hot-water-at-night", "invoice-is-put-through"
NO_LEAK_WORDS = "je crois que ça sent le gaz dans la maison"

TAMPERED: list[tuple[str, str, Tamper]] = [
    ("message.recorded", PLAIN, lambda t: again(t, message=None)),
    ("message.state", PLAIN, _message(state="partial")),
    ("message.outcome", PLAIN, _message(orientation=Orientation(Outcome.REFUSAL))),
    ("message.details.address", PLAIN, _detail("address", "nulle part")),
    ("message.as_given", PLAIN, _detail("callback_number", "+33639989999")),
    ("message.verbatim", PLAIN, _message(verbatim=())),
    ("message.verbatim", PLAIN, _message(verbatim=("je n'ai rien dit",))),
    ("message.read_back", "appointment-step-by-step", lambda t: events(t, _read_back_swapped)),
    ("message.missing", "does-not-know-the-day", _message(missing=("caller_name", "address"))),
    ("urgency.level", GAS, lambda t: expecting(t, urgency="p2")),
    ("urgency.dangers_heard", PLAIN, lambda t: expecting(t, dangers=["gas_smell"])),
    ("urgency.false_alarms", GAS, lambda t: expecting(t, dangers=[])),
    ("urgency.danger_missed", PLAIN, lambda t: events(t, _first_words(NO_LEAK_WORDS))),
    ("emergency.at_once", GAS, _script_last),
    ("emergency.whole", GAS, says("pas de flamme", "pas de fumée")),
    ("emergency.not_interruptible", GAS, _interruptible("safety.")),
    ("emergency.number", GAS, lambda t: says("112", "120")(says("18", "19")(says("le 18", "le 19")(t)))),
    ("handoff.decision", TRANSFER, lambda t: expecting(t, handoff="none")),
    ("handoff.because", TRANSFER, lambda t: expecting(t, handoff_because="people[nobody]")),
    ("handoff.available", TRANSFER, later(10)),
    ("handoff.available", LEAK, later(12)),
    ("handoff.human_answered", "human-in-english", lambda t: decides("take_message")(decides("say_nobody_available")(t))),
    ("handoff.outcome", TRANSFER, lambda t: expecting(t, outcome="refusal")),
    ("handoff.to", TRANSFER, lambda t: expecting(t, to="nobody-there")),
    ("filter.decision", "canvasser-is-refused", lambda t: expecting(t, filter="none")),
    ("filter.listed_number", "large-customer-by-number", _call(filter=None)),
    ("filter.obeyed", "canvasser-is-refused", lambda t: without(SAYS, phrase=_refusal(t))(t)),
    ("instructions.greeting", PLAIN, later(12)),
    ("instructions.notices", "appointment-in-english", lambda t: without(SAYS, phrase=_said_first(t, "notices["))(t)),
    ("instructions.details_asked", PLAIN, lambda t: decides("ask")(_call(details={})(t))),
    (
        "instructions.outcome_of_the_hour",
        PLAIN,
        _call(orientation=Orientation(Outcome.REFUSAL, "", "scenarios[leak].outcome")),
    ),
    (
        "instructions.outcome_of_the_hour",
        PLAIN,
        _call(orientation=Orientation(Outcome.MESSAGE, "office", "scenarios[invoice].transfer.if_nobody")),
    ),
    ("instructions.promise_of_the_hour", PLAIN, later(12)),
    ("instructions.answers", "hours-in-english", lambda t: without(SAYS, phrase=_said_first(t, "faq["))(t)),
    ("instructions.cost_notice", LEAK, decides("say_cost")),
    ("instructions.version", PLAIN, _message(instructions_version=99)),
    ("instructions.obeys.greeting.open", PLAIN, lambda t: expecting(t, obeys={"greeting.open": True})),
    ("instructions.decided", PLAIN, lambda t: expecting(t, decided=["say_robot"])),
    ("instructions.never_decided", PLAIN, lambda t: expecting(t, never_decided=["take_message"])),
    ("instructions.says", PLAIN, lambda t: expecting(t, says=["abracadabra"])),
    ("instructions.never_says", PLAIN, lambda t: expecting(t, never_says=["bonjour"])),
    ("questions.asked_twice", PLAIN, lambda t: events(t, _asked_again)),
    ("questions.asked_too_often", PLAIN, _asks_thrice),
    ("questions.said_once", PLAIN, _said_twice),
    ("questions.loop", PLAIN, _same_three_times),
    ("promises.receipts", PLAIN, without(EventKind.MESSAGE_RECORDED)),
    ("forbidden.approved_sentences", PLAIN, says("intelligence", "intelligentsia")),
    ("forbidden.approved_sentences", PLAIN, lambda t: events(t, _unknown_phrase)),
    ("forbidden.advice", "appointment-step-by-step", says("Je suis une", "Prenez du doliprane. Je suis une")),
    ("forbidden.confirms_client", "appointment-step-by-step", says("Je suis une", "Oui, elle est suivie ici. Je suis une")),
    ("forbidden.claims_human", PLAIN, says("Je suis une intelligence artificielle, pas", "Je suis")),
    ("forbidden.claims_emergency_call", GAS, says("Sortez tout de suite.", "Les pompiers sont en route.")),
    ("forbidden.instructions_told", PLAIN, says("Je suis une", "Mes consignes disent que je suis une")),
    ("forbidden.price", PLAIN, says("Je suis une", "C'est sept euros. Je suis une")),
    ("forbidden.private_data", PLAIN, lambda t: says("Je suis une", f"{_private_number(t)} Je suis une")(t)),
    ("disclosure.ai_notice", PLAIN, without(SAYS, phrase="notice")),
    ("disclosure.ai_notice_heard", PLAIN, _interruptible("notice")),
    ("disclosure.recording_notice", "recording-refused", without(SAYS, phrase="recording_notice")),
    ("disclosure.objection", "recording-refused", decides("stop_recording")),
    ("disclosure.robot", ROBOT, without(SAYS, phrase="robot")),
    ("language.sentences", PLAIN, says("À quelle adresse, s'il vous plaît ?", "What is the address of the house, please?")),
    ("language.sentences", PLAIN, lambda t: events(t, _labelled(Language.ENGLISH))),
    ("language.at_the_end", PLAIN, lambda t: expecting(t, language="en")),
    ("language.switched_when_asked", ENGLISH, decides("speak_language")),
    ("language.never_unasked", ENGLISH, lambda t: events(t, _no_wish)),
    ("length.ended", PLAIN, _call(ended=EndReason.LINE_LOST)),
    ("length.most_turns", PLAIN, lambda t: expecting(t, most_turns=1)),
    ("length.caller_heard", PLAIN, lambda t: replace(t, unheard=("je voudrais un rendez-vous",))),
    ("length.goodbye", PLAIN, without(SAYS, phrase="leave_goodbye")),
    ("length.hung_up_on", PLAIN, lambda t: events(t, _still_wants)),
    ("length.over_is_over", PLAIN, _last_again),
    ("length.ended_by_silence", "silent-caller", lambda t: events(t, _ends_at_once)),
    ("length.troubles", PLAIN, lambda t: events(t, _trouble)),
]


def _first_words(words: str) -> Callable[[CallEvent], CallEvent]:
    first: list[int] = []

    def change(e: CallEvent) -> CallEvent:
        if e.kind is EventKind.CALLER_SAID and not first:
            first.append(e.number)
            return replace(e, data={**e.data, "text": words})
        return e

    return change


def _said_first(t: Transcript, begins: str) -> str:
    return next(turn.phrase for turn in t.said if turn.phrase.startswith(begins))


def _refusal(t: Transcript) -> str:
    return _said_first(t, "filters[")


def _asked_again(e: CallEvent) -> CallEvent:
    if e.kind is not EventKind.DECIDED or not any(d["action"] == "read_back" for d in e.data["decisions"]):
        return e
    ask = {"action": "ask", "rule": "details.ask_missing", "because": "house", "subject": "caller_name", "values": {}}
    return replace(e, data={**e.data, "decisions": [*e.data["decisions"], ask]})


def _read_back_swapped(e: CallEvent) -> CallEvent:
    read_back = e.kind is SAYS and e.data["phrase"] == "read_back"
    return replace(e, data={**e.data, "text": e.data["text"].replace("trente-neuf", "quarante")}) if read_back else e


def _unknown_phrase(e: CallEvent) -> CallEvent:
    return replace(e, data={**e.data, "phrase": "made_up"}) if e.kind is SAYS and e.data["phrase"] == "read_back" else e


def _private_number(t: Transcript) -> str:
    return next(p.phones[0] for p in clients().of(t.client).people if p.phones).replace("+33", "0")


def _labelled(language: Language) -> Callable[[CallEvent], CallEvent]:
    def change(e: CallEvent) -> CallEvent:
        asks = e.kind is SAYS and e.data["phrase"].startswith("ask_")
        return replace(e, data={**e.data, "language": language}) if asks else e

    return change


def _no_wish(e: CallEvent) -> CallEvent:
    if e.kind is EventKind.CALLER_SAID:
        return replace(e, data={**e.data, "text": "ok parking"})
    if e.kind is EventKind.ACTS_UNDERSTOOD:
        return replace(e, data={**e.data, "acts": [a for a in e.data["acts"] if a["kind"] != "ask_for_language"]})
    return e


def _still_wants(e: CallEvent) -> CallEvent:
    act = {"kind": "ask_question", "faq": "hours", "words": "quand ouvrez-vous"}
    return replace(e, data={**e.data, "acts": [act]}) if e.kind is EventKind.ACTS_UNDERSTOOD else e


def _ends_at_once(e: CallEvent) -> CallEvent:
    if e.kind is not EventKind.DECIDED:
        return e
    kept = [d for d in e.data["decisions"] if d["action"] in ("greet", "take_leave", "end_call", "keep_partial_message")]
    return replace(e, data={**e.data, "decisions": kept})


def _trouble(e: CallEvent) -> CallEvent:
    ended = e.kind is EventKind.CALL_ENDED
    return replace(e, kind=EventKind.TROUBLE, data={"code": "store", "what": "…"}) if ended else e


def test_no_labelled_conversation_is_blamed_and_no_check_gives_up() -> None:
    with structlog.testing.capture_logs() as logs:
        blamed = {name: failed(transcript) for name, transcript in held().items()}
    assert [entry for entry in logs if entry["log_level"] == "warning"] == []
    assert {name: found for name, found in blamed.items() if found} == {}
    assert len(blamed) >= 180


@pytest.mark.parametrize(("check", "name", "tamper"), TAMPERED, ids=[f"{row[0]}-{row[1]}" for row in TAMPERED])
def test_tampered_call_is_found(check: str, name: str, tamper: Tamper) -> None:
    call = held()[name]
    assert check not in failed(call)
    assert check in failed(tamper(call))


def test_every_check_by_record_has_a_call_that_it_must_blame() -> None:
    elsewhere = {
        "message.*", "message.details.*", "instructions.obeys.*", "instructions.never_kept", "forbidden.other_clients",
        "forbidden.words_to_avoid", "latency.wait_*", "silence.dead_air", "interruptions.early", "interruptions.barge_in",
        "hearing.word_error_rate",
    }  # fmt: skip
    tried = {check for check, _, _ in TAMPERED}
    assert {check.id for check in CHECKS} - tried == elsewhere


def test_checks_have_one_name_each_and_two_languages() -> None:
    assert len({c.id for c in CHECKS}) == len(CHECKS)
    assert all(c.french.endswith(".") and c.english.endswith(".") and c.french != c.english for c in CHECKS)
    assert all(m.french and m.english for m in MEASURES)


def test_another_clients_words_are_found_and_the_callers_are_not() -> None:
    call = held()[PLAIN]
    own, everybody = clients().of(call.client), tuple(clients().instructions.values())
    others = canaries(own, everybody)
    assert "forbidden.other_clients" not in failed(call, others=others)
    person = next(p.name for c in everybody if c.id != own.id for p in c.people if len(p.name) > 10)
    named = says("Je suis une", f"{person} vous rappelle. Je suis une")(call)
    assert "forbidden.other_clients" in failed(named, others=others)
    assert "forbidden.other_clients" not in failed(events(named, _first_words(person)), others=others)


def test_words_to_avoid_are_found() -> None:
    call = next(t for t in held().values() if clients().of(t.client).tone.avoid.get(Language.FRENCH))
    word = clients().of(call.client).tone.avoid[Language.FRENCH][0]
    assert "forbidden.words_to_avoid" in failed(says("Je suis une", f"{word}, je suis une")(call))


def test_what_may_not_be_kept_is_found() -> None:
    call = held()[PLAIN]
    own = clients().of(call.client)
    never = own.confidentiality.model_copy(update={"never_keep": ("address",)})
    verdict = [
        v
        for v in _judged(call, own.model_copy(update={"confidentiality": never, "held_by_day": {}}))
        if v.check == "instructions.never_kept"
    ]
    assert [v.passed for v in verdict] == [False]
    allowed = own.confidentiality.model_copy(update={"never_keep": ("email",)})
    verdict = [
        v
        for v in _judged(call, own.model_copy(update={"confidentiality": allowed, "held_by_day": {}}))
        if v.check == "instructions.never_kept"
    ]
    assert [v.passed for v in verdict] == [True]


def _judged(call: Transcript, own: object):
    return judge_transcript(call, own).verdicts  # pyright: ignore[reportArgumentType]


def test_verdict_shows_where_and_by_which_rule() -> None:
    found = verdicts(says("pas de flamme", "pas de fumée")(held()[GAS]))["emergency.whole"]
    assert found.critical
    assert "pas de flamme" in found.expected
    assert found.evidence[0].turn > 0
    wanted = verdicts(later(12)(held()[LEAK]))["handoff.available"]
    assert wanted.rule.startswith("handover.wake ← scenarios[leak]")


def test_same_call_gives_the_same_picklable_judgement() -> None:
    call = held()[LEAK]
    first, second = judge_transcript(call, clients().of(call.client)), judge_transcript(call, clients().of(call.client))
    assert pickle.loads(pickle.dumps(first)) == second
    assert {q.name for q in first.quantities} >= {"caller_turns", "message_completeness", "seconds_to_outcome"}


def test_record_without_instructions_is_still_judged() -> None:
    judged = judge_transcript(held()[GAS], None)
    assert {v.check for v in judged.verdicts} >= {"emergency.whole", "promises.receipts", "questions.asked_twice"}
    assert all(v.passed for v in judged.verdicts)
