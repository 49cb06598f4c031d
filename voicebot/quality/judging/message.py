"""The recorded message, field by field: as it was to be, exactly or nearly."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from rapidfuzz import fuzz

from voicebot.domain.decisions import Action
from voicebot.domain.details import HOUSE_DETAILS, DetailKind, DetailSource
from voicebot.domain.events import EventKind
from voicebot.domain.message import Message
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.quality.facts import NONE, MessageFacts
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence, Quantity
from voicebot.understanding.phonetics import sound

CHECKS = Checks(Area.MESSAGE)
WORDED = frozenset({DetailKind.NAME, DetailKind.PERSON, DetailKind.ADDRESS, DetailKind.FREE_TEXT})
"""Details of which the letters and digits are compared, not the signs between them."""

_EXACT = frozenset({DetailKind.PHONE, DetailKind.REFERENCE, DetailKind.EMAIL})

VALUES: dict[str, Callable[[Message], Any]] = {
    "state": lambda m: m.state,
    "scenario": lambda m: m.scenario,
    "urgency": lambda m: m.urgency.level,
    "criterion": lambda m: m.urgency.criterion,
    "outcome": lambda m: m.orientation.outcome if m.orientation else None,
    "to": lambda m: (m.orientation.to or None) if m.orientation else None,
    "person": lambda m: m.person_wanted,
    "human_wanted": lambda m: m.human_wanted,
    "caller_kind": lambda m: m.caller_kind,
    "language": lambda m: m.language,
    "promised": lambda m: bool(m.callback_promised),
}


@CHECKS.check(
    "recorded",
    Need.RECORD,
    Need.REFERENCE,
    fr="Un message a été enregistré quand il en fallait un, et aucun quand il n'en fallait pas.",
    en="A message was recorded where one was due, and none where none was.",
    critical=True,
)
def recorded(call: CallInHand) -> Iterator[Found]:
    expect, message = call.expect, call.record.message if call.record else None
    if expect and (expect.no_message or expect.message is not None):
        there = f"a {message.state} message" if message else NONE
        yield Found((message is None) is expect.no_message, "no message" if expect.no_message else "a message", there)


@CHECKS.check(
    "*",
    Need.RECORD,
    Need.REFERENCE,
    fr="Ce champ du message a la valeur attendue (état, motif, urgence, orientation, personne, langue, promesse).",
    en="This field of the message has the expected value (state, scenario, urgency, outcome, person, language, promise).",
)
def fields(call: CallInHand) -> Iterator[Found]:
    wanted, message = _wanted(call)
    if wanted is None or message is None:
        return
    for name, value in VALUES.items():
        expected, found = getattr(wanted, name), value(message)
        if expected is not None:
            same = (None if expected == NONE else expected) == found
            yield Found(same, str(expected), NONE if found in (None, "") else str(found), part=name)


@CHECKS.check(
    "details.*",
    Need.RECORD,
    Need.REFERENCE,
    fr="Cette information du message est celle que l'appelant a donnée.",
    en="This detail of the message is what the caller gave.",
)
def details(call: CallInHand) -> Iterator[Found]:
    wanted, message = _wanted(call)
    for name, expected in (wanted.details if wanted and message else {}).items():
        detail = message.details.get(name) if message else None
        found = detail.value if detail and detail.complete else ""
        evidence = _where(call, detail.words) if detail else ()
        yield Found(same_value(expected, found, kind_of(call, name)), expected, found or NONE, evidence=evidence, part=name)


@CHECKS.check(
    "missing",
    Need.RECORD,
    Need.REFERENCE,
    fr="Les informations obligatoires qui manquent sont celles que l'on attendait, et le message le dit.",
    en="The mandatory details that are missing are the expected ones, and the message says so.",
)
def missing(call: CallInHand) -> Iterator[Found]:
    wanted, message = _wanted(call)
    if wanted and message and wanted.missing is not None:
        same = set(wanted.missing) == set(message.missing)
        yield Found(same, ", ".join(wanted.missing) or "nothing", ", ".join(message.missing) or "nothing")


@CHECKS.check(
    "as_given",
    Need.RECORD,
    fr="Numéros, références et e-mails du message sont ceux qui ont été compris de l'appelant, ou montrés par la ligne.",
    en="Numbers, references and e-mails of the message are those understood from the caller, or shown by the line.",
    critical=True,
)
def as_given(call: CallInHand) -> Iterator[Found]:
    message = call.record.message if call.record else None
    if message is None or not call.exchanges or call.record is None:
        return
    given: dict[str, set[str]] = {}
    for exchange in call.exchanges:
        for act in exchange.acts:
            if act["kind"] == "give_detail":
                given.setdefault(act["detail"], set()).add(act["value"])
    for name, detail in message.details.items():
        from_speech = detail.source is DetailSource.SPEECH and name in given
        if detail.complete and kind_of(call, name) in _EXACT and from_speech:
            passed = detail.value in given[name] | {call.record.call.caller_number}
            yield Found(passed, " or ".join(sorted(given[name])), detail.value, "", _where(call, detail.words))


@CHECKS.check(
    "verbatim",
    Need.RECORD,
    fr="Le message garde les mots de l'appelant, tels qu'ils ont été compris, pour que l'on puisse le vérifier.",
    en="The message keeps the caller's words as they were understood, so that it can be checked.",
)
def verbatim(call: CallInHand) -> Iterator[Found]:
    """Words that were said to a human of ours are in the call's file, not in the message."""
    record = call.record
    taken = [e.number for e in record.events if e.kind is EventKind.MESSAGE_RECORDED] if record else []
    if record is None or record.message is None or not taken:
        return
    spoken = [e for e in record.events if e.kind is EventKind.CALLER_SAID and e.data["text"].strip()]
    kept, words = record.message.verbatim, {e.data["text"] for e in spoken}
    due = [e.data["text"] for e in spoken if e.number < taken[-1]]
    alone = not any(e.kind is EventKind.HANDED_OVER for e in record.events)
    missing = [text for text in due if text not in kept] if alone or not kept else []
    foreign = [text for text in kept if text not in words]
    if due:
        found = f"« {missing[0]} » is missing" if missing else f"« {foreign[0]} » was not said" if foreign else "all"
        evidence = tuple(Evidence(turn.number) for turn in call.transcript.caller_turns if turn.text in missing[:1])
        yield Found(not (missing or foreign), "the caller's words", found, "", evidence)


@CHECKS.check(
    "read_back",
    Need.RECORD,
    fr="La relecture dit les numéros qui sont notés, chiffre pour chiffre.",
    en="The read-back says the numbers that are noted, digit for digit.",
    critical=True,
)
def read_back(call: CallInHand) -> Iterator[Found]:
    for d in call.decided(Action.READ_BACK):
        said = [t for t in call.exchange_of(d).said if t.phrase == "read_back" and t.event > d.event]
        for name, value in d.values.items() if said else ():
            if kind_of(call, name) is DetailKind.PHONE:
                wanted = spoken_number(value, said[0].language or call.language_at[said[0].number])
                passed = any(wanted in turn.text for turn in said)
                yield Found(passed, wanted, said[0].text, d.behind, (Evidence(said[0].number),))


@CHECKS.measure(
    "message_completeness",
    needs=(Need.RECORD,),
    fr="Part des informations obligatoires qui sont dans le message.",
    en="Share of the mandatory details that are in the message.",
)
def completeness(call: CallInHand) -> Iterator[Quantity]:
    message = call.record.message if call.record else None
    if message is None:
        return
    given = sum(1 for detail in message.details.values() if detail.complete)
    wanted = given + len(message.missing)
    if wanted:
        yield Quantity("message_completeness", "rate", (given / wanted,))


@CHECKS.measure(
    "message_exact",
    "message_fuzzy",
    needs=(Need.RECORD, Need.REFERENCE),
    fr="Informations du message identiques à la référence (exact), et leur ressemblance lettre à lettre de 0 à 1 (fuzzy).",
    en="Details of the message that equal the reference (exact), and how alike their letters are, 0 to 1 (fuzzy).",
)
def likeness(call: CallInHand) -> Iterator[Quantity]:
    wanted, message = _wanted(call)
    if not wanted or not message or not wanted.details:
        return
    exact: list[float] = []
    alike: list[float] = []
    for name, expected in wanted.details.items():
        detail = message.details.get(name)
        found, kind = (detail.value if detail and detail.complete else ""), kind_of(call, name)
        exact.append(float(same_value(expected, found, kind)))
        alike.append(1.0 if exact[-1] else _alike(expected, found, kind))
    yield Quantity("message_exact", "rate", tuple(exact))
    yield Quantity("message_fuzzy", "rate", tuple(alike))


def _wanted(call: CallInHand) -> tuple[MessageFacts | None, Message | None]:
    wanted = call.expect.message if call.expect else None
    return wanted, call.record.message if call.record else None


def kind_of(call: CallInHand, detail: str) -> DetailKind:
    """Kind of a detail; free text for one that nobody knows."""
    own = call.instructions.detail(detail) if call.instructions else None
    return own.kind if own else HOUSE_DETAILS.get(detail, DetailKind.FREE_TEXT)


def same_value(wanted: str, found: str, kind: DetailKind) -> bool:
    """Is `found` what was wanted? Worded details are compared on letters and digits, and the wanted one may be a part."""
    if wanted == NONE:
        return not found
    if kind is DetailKind.NAME:
        return bare(wanted) == bare(found)
    if kind in WORDED:
        return bare(wanted) in bare(found)
    return wanted == found


def _alike(wanted: str, found: str, kind: DetailKind) -> float:
    """How alike, 0-1. Names that sound the same are as good as written the same, but for one part in ten."""
    if wanted == NONE or not found:
        return 0.0
    if kind is DetailKind.NAME and _sounds(wanted) == _sounds(found):
        return 0.9
    likeness_of = fuzz.partial_ratio if kind in WORDED - {DetailKind.NAME} else fuzz.ratio
    return min(0.99, likeness_of(bare(wanted), bare(found)) / 100)


def _sounds(name: str) -> list[str]:
    return [sound(word) for word in name.replace("-", " ").split()]


def bare(text: str) -> str:
    """Letters and digits alone, without accents or case."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    return re.sub(r"[^a-z0-9]", "", folded)


def _where(call: CallInHand, words: str) -> tuple[Evidence, ...]:
    turns = [t for t in call.transcript.caller_turns if words and words.casefold() in t.text.casefold()]
    if not turns:
        return ()
    start = turns[-1].text.casefold().find(words.casefold())
    return (Evidence(turns[-1].number, start, start + len(words)),)
