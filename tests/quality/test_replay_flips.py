"""Changed instructions over past calls: what flips, by which rule, and what the caller cannot be made to have said."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from tests.quality.replay_calls_held import MOREL, NOTHING, ROOT, clients
from voicebot.clients.client_file import ClientFile, client_of, read_client
from voicebot.domain.orientation import Facilities
from voicebot.domain.replay import Flip, ReplayedCall, ReplayReport, replay_json
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.transcript import Speaker, Transcript, Turn
from voicebot.quality.replaying.gather import always, gather
from voicebot.quality.replaying.replay_call import Hear
from voicebot.quality.replaying.replay_calls import replay_here, replay_on_cores
from voicebot.quality.replaying.side_by_side import replay_page
from voicebot.understanding.rules import Rules

LEAK = "details: [caller_name, callback_number, address, water_is_off]"
BREAKDOWN = "    details: [caller_name, callback_number, address]\n    urgency: p2\n"


def changed(*edits: tuple[str, str]) -> ClientFile:
    text = MOREL.read_text("utf-8")
    for before, after in edits:
        assert before in text
        text = text.replace(before, after)
    return client_of(MOREL, text.encode(), MOREL.stem)


async def held(*names: str, can: Facilities = NOTHING) -> list[Transcript]:
    found: list[Transcript] = []
    async with passing_book() as book:
        for number, written in enumerate(read_conversations([ROOT / "evals" / "conversations" / "heating.yaml"])):
            if written.conversation.name in names:
                record = (await hold_call(written, clients().of(written.client), Rules(), book, number, can=can)).record
                found.append(transcript_of(record))
    assert len(found) == len(names)
    return found


async def replayed(calls: list[Transcript], after: ClientFile, hear: Hear = Hear.AGAIN) -> ReplayReport:
    gathered = gather(calls, after, always(read_client(MOREL)), hear=hear)
    return (await replay_here(gathered.task)).report(gathered.skipped, gathered.assumed)


def flips(call: ReplayedCall) -> dict[str, Flip]:
    return {flip.what: flip for flip in call.flips}


async def test_a_question_that_is_no_longer_asked_lowers_the_urgency() -> None:
    report = await replayed(
        await held("leak-that-cannot-be-stopped", "leak-under-control", "smell-of-gas", can=Facilities(on_call=True)),
        changed((LEAK, LEAK.replace(", water_is_off", ""))),
    )
    assert (report.calls, len(report.flipped), report.drifted) == (3, 1, ())
    call = report.flipped[0]
    urgency = flips(call)["urgency"]
    assert (urgency.before, urgency.after, urgency.because) == ("p1", "p2", "scenarios[leak].details")
    assert urgency.towards_danger
    assert flips(call)["outcome"].towards_danger
    assert call.turns[urgency.turn].said == "au douze rue des lilas à dijon"
    assert call.turns[urgency.turn].before != call.turns[urgency.turn].after


async def test_a_detail_that_was_never_asked_is_left_open_not_invented() -> None:
    after = changed((BREAKDOWN, BREAKDOWN.replace("address]", "address, contract_number]")))
    report = await replayed(await held("no-hot-water-at-night"), after)
    call = report.flipped[0]
    assert call.unanswered == ("contract_number",)
    assert flips(call)["missing"].after == "contract_number"
    assert flips(call)["missing"].because == "scenarios[no-heating].details"
    assert any(turn.said_after == "je ne sais pas" for turn in call.turns)


async def test_what_was_said_answers_the_question_that_asks_for_it_whatever_the_order() -> None:
    after = changed(
        (BREAKDOWN, BREAKDOWN.replace("caller_name, callback_number, address", "address, callback_number, caller_name"))
    )
    report = await replayed(await held("no-hot-water-at-night", "angry-caller"), after)
    assert report.flipped == ()


@pytest.mark.parametrize(
    ("edit", "what", "because"),
    [
        ((BREAKDOWN, BREAKDOWN + "    outside_hours: on_call\n"), "outcome", "scenarios[no-heating].outside_hours"),
        ((BREAKDOWN, BREAKDOWN.replace("p2", "p1")), "urgency", "scenarios[no-heating].urgency"),
        (("dans la demi-journée", "dans la journée"), "promise", "scenarios[no-heating].promise"),
        (("        - je n'ai plus d'eau chaude\n", ""), "", ""),
    ],
)
async def test_the_changed_instruction_is_named(edit: tuple[str, str], what: str, because: str) -> None:
    calls = await held("no-hot-water-at-night", "everything-in-one-breath")
    report = await replayed(calls, changed(edit))
    found = {(flip.what, flip.because.removesuffix(".open")) for call in report.flipped for flip in call.flips}
    assert ((what, because) in found) if what else not found


async def test_a_transfer_that_never_was_leaves_the_rest_unknown() -> None:
    after = changed((BREAKDOWN, BREAKDOWN + "    outcome: transfer\n    transfer: {to: office}\n"))
    calls = await held("everything-in-one-breath")
    gathered = gather(calls, after, always(read_client(MOREL)), can=Facilities(transfer=True))
    report = (await replay_here(gathered.task)).report()
    call = report.flipped[0]
    assert flips(call)["handoff"].after == "transfer"
    assert call.unanswered == ("human",)
    assert not flips(call).keys() & {"message", "missing", "end", "promise"}


async def test_calls_that_a_model_understood_need_no_model_again() -> None:
    """Acts that the rules would not find are taken from the record, in both ways."""
    (call,) = await held("leak-under-control")
    record = call.record
    assert record is not None
    events = tuple(
        replace(e, data=e.data | {"by": "language_model"}) if e.kind == "acts_understood" else e for e in record.events
    )
    words = [e.number for e in events if e.kind == "caller_said"]
    mumbled = tuple(replace(e, data=e.data | {"text": "hm"}) if e.number in words else e for e in events)
    theirs = replace(call, record=replace(record, events=mumbled))
    report = await replayed([theirs], changed((LEAK, LEAK.replace(", water_is_off", ""))), Hear.AS_RECORDED_BY_MODEL)
    assert report.calls == 1
    assert all(flip.what != "scenario" for flipped in report.flipped for flip in flipped.flips)
    again = await replayed([theirs], changed((LEAK, LEAK.replace(", water_is_off", ""))), Hear.AGAIN)
    assert again.drifted == (call.id,)


async def test_a_transcript_from_elsewhere_goes_as_far_as_it_goes() -> None:
    said = ("bonjour j'ai une fuite d'eau", "je m'appelle paul martin", "non je trouve pas le robinet")
    turns = tuple(Turn(n, Speaker.CALLER, text) for n, text in enumerate(said, 1))
    foreign = Transcript("theirs-1", "chauffage-morel", turns)
    report = await replayed([foreign], changed((LEAK, LEAK.replace("p2", "p1")), ("urgency: p2", "urgency: p1")))
    assert (report.calls, report.drifted) == (1, ())
    other = replace(foreign, id="other", client="cabinet-lilas")
    silent = replace(foreign, id="silent", turns=())
    skipped = (await replayed([foreign, other, silent], read_client(MOREL))).skipped
    assert [call for call, _ in skipped] == ["other", "silent"]


@pytest.mark.alone
async def test_processes_give_the_same_report_in_the_same_order(tmp_path: Path) -> None:
    calls = await held("leak-that-cannot-be-stopped", "leak-under-control", "smell-of-gas", can=Facilities(on_call=True))
    calls = [replace(c, id=f"{n}-{c.id}") for n in range(4) for c in calls]
    after = changed((LEAK, LEAK.replace(", water_is_off", "")))
    task = gather(calls, after, always(read_client(MOREL))).task
    told: list[tuple[int, int]] = []
    here = (await replay_here(task)).report()
    assert replay_on_cores(task, 2, lambda done, of: told.append((done, of))).report() == here
    assert told[-1] == (12, 12)
    assert replay_json.validate_json(replay_json.dump_json(here)) == here
    assert json.loads(replay_json.dump_json(here))["calls"] == 12


async def test_the_page_opens_by_itself_and_escapes_what_callers_said() -> None:
    report = await replayed(await held("no-hot-water-at-night"), changed((BREAKDOWN, BREAKDOWN.replace("p2", "p1"))))
    bad = replace(report.flipped[0], turns=(replace(report.flipped[0].turns[1], said="<script>alert(1)</script>"),))
    page = replay_page(replace(report, flipped=(bad,)))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "http" not in page
