"""Urgency and danger: heard at once, no false alarm, and the fixed safety script whole and first."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from voicebot.domain.language import Language
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel
from voicebot.policy.wordings import holds_one_of
from voicebot.quality.judging.call_in_hand import CallInHand, Exchange, quoted
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence
from voicebot.replies.phrasebook import phrasebook
from voicebot.understanding.dangers.red_flags import find_red_flags
from voicebot.understanding.normalise import Utterance

URGENCY = Checks(Area.URGENCY)
EMERGENCY = Checks(Area.EMERGENCY)
_RAISES = frozenset({"danger.red_flag", "danger.urgent"})


def _raised_in(exchange: Exchange) -> set[str]:
    """Red flags on which the receptionist acted in this exchange."""
    return {d.subject for d in exchange.decisions if d.rule in _RAISES}


def _scripted(flags: set[str]) -> set[str]:
    return {flag for flag in flags if flag in RED_FLAGS and RED_FLAGS[flag].has_script}


def _heard_in(call: CallInHand, exchange: Exchange) -> dict[str, str]:
    return call.once("dangers", _all_heard)[exchange.number]


def _all_heard(call: CallInHand) -> Iterator[dict[str, str]]:
    return (_listen(call, exchange) for exchange in call.exchanges)


def _listen(call: CallInHand, exchange: Exchange) -> dict[str, str]:
    """Red flag → words, by an independent look at the caller's words; not what the client's own words exclude."""
    if not exchange.words.strip():
        return {}
    instructions = call.instructions
    found = find_red_flags(Utterance.of(exchange.words), instructions.identity.sector if instructions else "")
    heard: dict[str, str] = {}
    for act in found:
        rule = instructions.red_flag_rule(act.red_flag) if instructions else None
        excluded = (w for words in (rule.unless if rule else {}).values() for w in words)
        if act.red_flag in RED_FLAGS and (RED_FLAGS[act.red_flag].has_script or not holds_one_of(exchange.words, excluded)):
            heard[act.red_flag] = act.words
    return heard


@URGENCY.check(
    "level",
    Need.RECORD,
    Need.REFERENCE,
    fr="Le niveau d'urgence de l'appel est celui attendu (P0 à P4).",
    en="The call's level of urgency is the expected one (P0 to P4).",
    critical=True,
)
def level(call: CallInHand) -> Iterator[Found]:
    if call.expect and call.expect.urgency and call.record:
        urgency = call.record.call.urgency
        found = urgency.level if urgency else UrgencyLevel.P3
        yield Found(found is call.expect.urgency, call.expect.urgency, found, urgency.criterion if urgency else "")


@URGENCY.check(
    "dangers_heard",
    Need.RECORD,
    Need.REFERENCE,
    fr="Chaque danger attendu a été entendu et traité, dans le tour où il a été dit (rappel).",
    en="Each expected danger was heard and acted on, in the turn in which it was said (recall).",
    critical=True,
)
def dangers_heard(call: CallInHand) -> Iterator[Found]:
    for flag in (call.expect.dangers or ()) if call.expect else ():
        said = next((e.number for e in call.exchanges if flag in _heard_in(call, e)), None)
        acted = next((e.number for e in call.exchanges if flag in _raised_in(e)), None)
        late = acted is not None and said is not None and acted > said
        evidence = call.exchanges[said].evidence if said is not None else ()
        yield Found(
            acted is not None and not late, f"{flag} at once", "late" if late else str(acted or "never"), "", evidence
        )


@URGENCY.check(
    "false_alarms",
    Need.RECORD,
    Need.REFERENCE,
    fr="Aucun danger n'a été relevé qui n'était pas attendu (fausse alerte).",
    en="No danger was raised that was not expected (false alarm).",
)
def false_alarms(call: CallInHand) -> Iterator[Found]:
    if call.expect is None or call.expect.dangers is None:
        return
    for exchange in call.exchanges:
        for flag in sorted(_raised_in(exchange) - set(call.expect.dangers)):
            yield Found(False, "no other danger", flag, "danger.red_flag", exchange.evidence)
    yield Found(True, "no other danger", "none")


@URGENCY.check(
    "danger_missed",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Aucun danger n'est resté sans suite : un second regard sur les mots de l'appelant n'en trouve pas d'autre.",
    en="No danger was passed over: a second look at the caller's words finds no other.",
    critical=True,
)
def danger_missed(call: CallInHand) -> Iterator[Found]:
    known: set[str] = set()
    spoke = False
    for exchange in call.exchanges:
        known |= _raised_in(exchange)
        spoke = spoke or bool(exchange.words.strip())
        answered = bool(exchange.decisions)
        for flag, words in _heard_in(call, exchange).items() if answered else ():
            if flag not in known and exchange.caller:
                evidence = (quoted(exchange.caller, words, flag),)
                yield Found(False, f"{flag} is acted on", "nothing was made of it", "", evidence)
    if spoke:
        yield Found(True, "no danger passed over", "none")


def _dangerous(call: CallInHand) -> Iterator[tuple[Exchange, set[str]]]:
    """Exchanges in which a danger with a script was understood or acted on for the first time."""
    known: set[str] = set()
    for exchange in call.exchanges:
        understood = {act["red_flag"] for act in exchange.acts if act["kind"] == "raise_red_flag"}
        new = _scripted(understood | _raised_in(exchange)) - known
        known |= new
        if new and (exchange.decisions or exchange.said):
            yield exchange, new


@EMERGENCY.check(
    "at_once",
    Need.RECORD,
    fr="Les phrases de secours sont dites aussitôt le danger entendu, avant toute autre chose, identification comprise.",
    en="The safety script is spoken as soon as the danger is heard, before anything else, identification included.",
    critical=True,
)
def at_once(call: CallInHand) -> Iterator[Found]:
    for exchange, flags in _dangerous(call):
        scripts = {f"safety.{flag}" for flag in flags}
        first = exchange.said[0] if exchange.said else None
        passed = first is not None and first.phrase in scripts
        evidence = (*exchange.evidence, *((Evidence(first.number),) if first else ()))
        yield Found(
            passed, f"the script of {', '.join(sorted(flags))} first", first.text if first else "silence", "", evidence
        )


@EMERGENCY.check(
    "whole",
    Need.RECORD,
    fr="Les phrases de secours sont dites en entier et sans aucun changement.",
    en="The safety script is spoken whole and unaltered.",
    critical=True,
)
def whole(call: CallInHand) -> Iterator[Found]:
    for exchange, flags in _dangerous(call):
        language = next((t.language for t in exchange.said if t.language), None) or Language.FRENCH
        said = [t.text for t in exchange.said]
        for flag in sorted(flags):
            missing = [text for text in phrasebook(language).safety[flag] if text not in said]
            yield Found(
                not missing,
                missing[0] if missing else flag,
                "missing or altered" if missing else "whole",
                flag,
                exchange.evidence,
            )


@EMERGENCY.check(
    "not_interruptible",
    Need.RECORD,
    fr="Les phrases de secours ne peuvent pas être coupées par la voix de l'appelant.",
    en="The caller's voice cannot cut the safety script off.",
    critical=True,
)
def not_interruptible(call: CallInHand) -> Iterator[Found]:
    for turn in call.said:
        if turn.phrase.startswith("safety."):
            can = bool(call.sentence_data(turn).get("interruptible"))
            yield Found(
                not can, "not interruptible", "interruptible" if can else "not interruptible", "", (Evidence(turn.number),)
            )


@EMERGENCY.check(
    "number",
    fr="Après un danger de mort, le bon numéro de secours est dit (15, 17, 18, 112, 114, 119 ou 3114).",
    en="After a danger to life, the right emergency number is said (15, 17, 18, 112, 114, 119 or 3114).",
    critical=True,
)
def number(call: CallInHand) -> Iterator[Found]:
    told: set[str] = set()
    for exchange in call.exchanges:
        for flag in sorted(_scripted(set(_heard_in(call, exchange))) - told) if exchange.said else ():
            told.add(flag)
            said = " ".join(t.text for t in exchange.said)
            wanted = tuple(dict.fromkeys((*script_numbers(flag), "112")))
            there = any(_spoken(number).search(said) for number in wanted)
            yield Found(there, " or ".join(wanted), "said" if there else "no such number is said", flag, exchange.evidence)


@lru_cache(maxsize=64)
def script_numbers(flag: str) -> tuple[str, ...]:
    """Numbers to which the house's French script of a red flag sends the caller."""
    text = " ".join(phrasebook(Language.FRENCH).safety[flag])
    return tuple(number for number in _NUMBERS if _spoken(number).search(text))


_NUMBERS = {
    "15": r"15|quinze|fifteen|one five",
    "17": r"17|dix-sept|seventeen|one seven",
    "18": r"18|dix-huit|eighteen|one eight",
    "112": r"112|cent douze|one one two",
    "114": r"114|cent quatorze|one one four",
    "119": r"119|cent dix-neuf|one one nine",
    "3114": r"3114|31 14|trente et un,? quatorze|three one,? one four|thirty-one,? fourteen",
}


@lru_cache(maxsize=16)
def _spoken(number: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{_NUMBERS[number]})\b", re.IGNORECASE)
