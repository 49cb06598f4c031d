"""Approved sentences: whatever is said is a phrase of the house or of this client, filled with what is true of this call."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.quality.commitments import REPEAT, is_clients_own
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.client_in_hand import client_in_hand, house_templates
from voicebot.quality.records.transcript import Turn
from voicebot.replies.fidelity import keeps_to
from voicebot.replies.spoken import spoken_moment

_OF_TAKERS = ("taker_announced_person", "taken_back_lost_person")


def departures(call: CallInHand) -> Iterator[tuple[Turn, str]]:
    """(sentence, what would have been approved) for each that is not; only sentences whose phrase is known are looked at."""
    instructions = call.instructions
    if instructions is None:
        return
    earlier: set[str] = set()
    for turn in call.said:
        if turn.phrase:
            approved = _approved(call, instructions, turn, earlier)
            if approved != turn.text:
                yield turn, approved
        earlier.add(turn.text)


def _approved(call: CallInHand, instructions: Instructions, turn: Turn, earlier: set[str]) -> str:
    """The sentence itself where it is approved; else what stands there instead."""
    language = turn.language or call.language_at.get(turn.number, instructions.language)
    if turn.phrase == REPEAT:
        return turn.text if turn.text in earlier else "a sentence that was said before"
    if is_clients_own(turn.phrase):
        return _clients(call, instructions, turn, language)
    patterns = house_templates(turn.phrase, language)
    matches = [m for pattern in patterns if (m := pattern.match(turn.text) or pattern.match(_uncapital(turn.text)))]
    if not matches:
        return f"the phrase {turn.phrase}" if patterns else f"a phrase of the house; {turn.phrase} is none"
    wrong = next(
        (w for name, said in matches[0].groupdict().items() if (w := _filled(call, turn, name, said, language))), ""
    )
    return wrong or turn.text


def _uncapital(text: str) -> str:
    return text[:1].lower() + text[1:]


def _clients(call: CallInHand, instructions: Instructions, turn: Turn, language: Language) -> str:
    texts = client_in_hand(instructions).sentences.get((turn.phrase, language), ())
    for text in texts:
        filled = _with_reopening(text, instructions, call.said_at(turn), language)
        if filled == turn.text or ("{reopening}" in text and call.said_at(turn) is None):
            return turn.text
    if turn.phrase.startswith("faq[") and texts:
        faq = instructions.question(turn.phrase[4:].partition("]")[0])
        if faq and faq.rephrase and keeps_to(texts[0], turn.text, language):
            return turn.text
    return texts[0] if texts else f"{turn.phrase} says nothing in {language}"


def _with_reopening(text: str, instructions: Instructions, at: datetime | None, language: Language) -> str:
    if "{reopening}" not in text or at is None:
        return text
    opening = instructions.hours.next_opening(at, instructions.identity.zone)
    return " ".join(text.replace("{reopening}", spoken_moment(opening, at, language) if opening else "").split())


def _filled(call: CallInHand, turn: Turn, name: str, said: str, language: Language) -> str:
    """What should stand in a place of a house sentence, "" when it does or when that cannot be known."""
    instructions, record = call.instructions, call.record
    if instructions is None:
        return ""
    match name:
        case "spoken_name":
            allowed = {instructions.identity.spoken_name.get(language, "")}
        case "purpose":
            allowed = {instructions.recording.purpose.get(language, "")}
        case "title":
            allowed = {t.title.get(language, "") for t in instructions.texts}
        case "request":
            allowed = {s.title.get(language, "") for s in instructions.scenarios}
        case "person" if turn.phrase not in _OF_TAKERS:
            names = client_in_hand(instructions).names[language]
            allowed = names | {n[:1].upper() + n[1:] for n in names} | {n[:1].lower() + n[1:] for n in names}
        case "number" if record:
            allowed = {spoken_number(d.subject, language) for d in call.decided(Action.PROMISE_CALLBACK)}
        case "ending" if record:
            digits = "".join(c for c in record.call.caller_number if c.isdigit())[-4:]
            allowed = {spoken_number(digits, language)}
        case _:
            return ""
    return "" if said in allowed else f"{', '.join(sorted(allowed)[:3]) or 'nothing'} in the place of {name}"
