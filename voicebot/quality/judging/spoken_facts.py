"""What was written down for this call about decisions, words, the outcome and the end."""

from __future__ import annotations

from collections.abc import Iterator

from voicebot.quality.facts import NONE
from voicebot.quality.judging.call_in_hand import CallInHand, quoted
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area

INSTRUCTIONS = Checks(Area.INSTRUCTIONS)
HANDOFF = Checks(Area.HANDOFF)
LENGTH = Checks(Area.LENGTH)
CHECKS = (INSTRUCTIONS, HANDOFF, LENGTH)


@INSTRUCTIONS.check(
    "decided",
    Need.RECORD,
    Need.REFERENCE,
    fr="Les décisions attendues ont été prises.",
    en="The expected decisions were made.",
)
def decided(call: CallInHand) -> Iterator[Found]:
    known = {d.action for d in call.decisions} | {f"{d.action} {d.subject}" for d in call.decisions}
    for wanted in call.expect.decided if call.expect else ():
        yield Found(wanted in known, wanted, "decided" if wanted in known else "never decided")


@INSTRUCTIONS.check(
    "never_decided",
    Need.RECORD,
    Need.REFERENCE,
    fr="Aucune des décisions exclues n'a été prise.",
    en="None of the excluded decisions was made.",
)
def never_decided(call: CallInHand) -> Iterator[Found]:
    for unwanted in call.expect.never_decided if call.expect else ():
        made = [d for d in call.decisions if unwanted in (d.action, f"{d.action} {d.subject}")]
        evidence = call.where(made[0]) if made else ()
        yield Found(
            not made, f"never {unwanted}", "decided" if made else "never decided", made[0].behind if made else "", evidence
        )


@INSTRUCTIONS.check("says", Need.REFERENCE, fr="Les mots attendus ont été dits.", en="The expected words were said.")
def says(call: CallInHand) -> Iterator[Found]:
    everything = plain(" ".join(t.text for t in call.said))
    for part in call.expect.says if call.expect else ():
        there = plain(part) in everything
        yield Found(there, part, "said" if there else "never said")


@INSTRUCTIONS.check(
    "never_says", Need.REFERENCE, fr="Aucun des mots exclus n'a été dit.", en="None of the excluded words was said."
)
def never_says(call: CallInHand) -> Iterator[Found]:
    everything = plain(" ".join(t.text for t in call.said))
    for part in call.expect.never_says if call.expect else ():
        there = plain(part) in everything
        turns = [t for t in call.said if plain(part) in plain(t.text)] if there else []
        evidence = tuple(quoted(t, part) for t in turns)
        yield Found(
            not there, f"never « {part} »", turns[0].text if turns else part if there else "never said", "", evidence
        )


@HANDOFF.check(
    "outcome",
    Need.RECORD,
    Need.REFERENCE,
    fr="L'appel a été orienté comme attendu (message, réponse, refus, transfert, astreinte).",
    en="The call was led where it was to go (message, answer, refusal, transfer, on call).",
)
def outcome(call: CallInHand) -> Iterator[Found]:
    led = call.record.call.orientation if call.record else None
    if call.expect and call.expect.outcome:
        found = led.outcome if led else None
        yield Found(call.expect.outcome == found, call.expect.outcome, found or NONE, led.because if led else "")


@HANDOFF.check(
    "to",
    Need.RECORD,
    Need.REFERENCE,
    fr="L'appel a été orienté vers la personne ou l'équipe attendue.",
    en="The call was led to the expected person or team.",
)
def to(call: CallInHand) -> Iterator[Found]:
    led = call.record.call.orientation if call.record else None
    if call.expect and call.expect.to:
        found = led.to if led else ""
        yield Found(call.expect.to == found, call.expect.to, found or NONE, led.because if led else "")


@LENGTH.check("ended", Need.RECORD, Need.REFERENCE, fr="L'appel a fini comme attendu.", en="The call ended as expected.")
def ended(call: CallInHand) -> Iterator[Found]:
    if call.expect and call.expect.ended and call.record:
        how = call.record.call.ended
        yield Found(call.expect.ended is how, call.expect.ended, how or "the call was still going on")


@LENGTH.check(
    "most_turns",
    Need.REFERENCE,
    fr="L'appelant n'a pas parlé plus de fois qu'attendu.",
    en="The caller did not need more turns than expected.",
)
def most_turns(call: CallInHand) -> Iterator[Found]:
    if call.expect:
        turns = len(call.transcript.caller_turns)
        yield Found(turns <= call.expect.most_turns, f"at most {call.expect.most_turns} turns", f"{turns}")


@LENGTH.check(
    "caller_heard",
    Need.REFERENCE,
    fr="Rien de ce que l'appelant était venu dire n'est resté à dire quand l'appel a fini.",
    en="Nothing that the caller had come to say was left unsaid when the call ended.",
    critical=True,
)
def caller_heard(call: CallInHand) -> Iterator[Found]:
    unheard = call.transcript.unheard
    yield Found(not unheard, "every first line is heard", unheard[0] if unheard else "all of them")


def plain(text: str) -> str:
    """For comparing words: without case, curly apostrophes and doubled blanks."""
    return " ".join(text.casefold().replace("’", "'").split())
