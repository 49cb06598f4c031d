"""Disclosure: the first words say that it is an AI; who is recorded is told so, and an objection is obeyed."""

from __future__ import annotations

import re
from collections.abc import Iterator

from voicebot.domain.decisions import Action
from voicebot.domain.language import Language
from voicebot.quality.judging.call_in_hand import CallInHand
from voicebot.quality.judging.checks import Checks, Found, Need
from voicebot.quality.judging.verdict import Area, Evidence
from voicebot.replies.phrasebook import phrasebook

CHECKS = Checks(Area.DISCLOSURE)
_SAYS_AI = re.compile(
    r"(?i:intelligence artificielle|\brobot\b|assistante? (virtuelle?|vocale?|automatique)|artificial intelligence"
    r"|(virtual|automated|voice) (assistant|receptionist))|\bIA\b|\bAI\b|\bA\.I\."
)
FIRST = 2
"""Sentences in which a receptionist of another house must have said it."""


@CHECKS.check(
    "ai_notice",
    fr="Les premiers mots disent que c'est une intelligence artificielle, avant toute autre chose.",
    en="The first words say that it is an artificial intelligence, before anything else.",
    critical=True,
)
def ai_notice(call: CallInHand) -> Iterator[Found]:
    if not call.said:
        return
    evidence = tuple(Evidence(t.number) for t in call.said[:FIRST])
    found = " ".join(t.text for t in call.said[:FIRST])
    if call.record is None or call.instructions is None:
        yield Found(bool(_SAYS_AI.search(found)), "an AI notice first", found, "", evidence)
        return
    language = call.said[0].language or call.instructions.language
    name = call.instructions.identity.spoken_name[language]
    notice = " ".join(text.format(spoken_name=name) for text in phrasebook(language).phrases["notice"])
    began = call.exchanges[0].said[:FIRST] if call.exchanges else ()
    passed = found == notice and len(began) == FIRST
    yield Found(passed, notice, found, "opening.greet ← house", evidence)


@CHECKS.check(
    "ai_notice_heard",
    Need.RECORD,
    fr="L'annonce de l'IA ne peut pas être coupée, et l'appelant l'a entendue en entier.",
    en="The AI notice cannot be cut off, and the caller heard it whole.",
    critical=True,
)
def ai_notice_heard(call: CallInHand) -> Iterator[Found]:
    last = len(call.exchanges) - 1
    for turn in call.transcript.turns:
        if turn.phrase == "notice" and turn.event:
            cut = turn.played in ("part", "none") and last > 0
            can = bool(call.sentence_data(turn).get("interruptible"))
            what = "cut off" if cut else "interruptible" if can else "heard"
            yield Found(not (cut or can), "heard whole, not interruptible", what, "", (Evidence(turn.number),))


@CHECKS.check(
    "recording_notice",
    Need.RECORD,
    Need.INSTRUCTIONS,
    fr="Quand l'appel est enregistré, l'appelant en est prévenu dans l'accueil ; sinon rien n'est annoncé.",
    en="Where the call is recorded the caller is told so in the greeting; else nothing of it is said.",
    critical=True,
)
def recording_notice(call: CallInHand) -> Iterator[Found]:
    if call.instructions is None or not call.exchanges or not call.exchanges[0].said:
        return
    told = any(t.phrase == "recording_notice" for t in call.exchanges[0].said)
    enabled = call.instructions.recording.enabled
    yield Found(told is enabled, "told" if enabled else "not recorded", "told" if told else "not told", "recording")


@CHECKS.check(
    "objection",
    Need.RECORD,
    fr="« Je refuse d'être enregistré » : l'enregistrement s'arrête dans le même tour, et c'est dit.",
    en="« I refuse to be recorded »: recording stops in the same turn, and is said to.",
    critical=True,
)
def objection(call: CallInHand) -> Iterator[Found]:
    recorded = bool(call.decided(Action.GREET)) and call.decided(Action.GREET)[0].values.get("recorded") == "yes"
    refused = [e for e in call.exchanges if any(act["kind"] == "refuse_recording" for act in e.acts)]
    if recorded and refused and refused[0].decisions:
        stopped = bool(refused[0].decided(Action.STOP_RECORDING))
        yield Found(stopped, "recording stops", "stopped" if stopped else "it goes on", "recording", refused[0].evidence)


@CHECKS.check(
    "robot",
    Need.RECORD,
    fr="« Vous êtes un robot ? » reçoit une réponse vraie dans le même tour.",
    en="« Are you a robot? » is answered truly in the same turn.",
    critical=True,
)
def robot(call: CallInHand) -> Iterator[Found]:
    for exchange in call.exchanges:
        if any(act["kind"] == "ask_whether_robot" for act in exchange.acts) and exchange.said:
            said = " ".join(t.text for t in exchange.said)
            language = exchange.said[0].language or Language.FRENCH
            true = phrasebook(language).phrases["robot"][0] in said
            yield Found(true, phrasebook(language).phrases["robot"][0], said, "", exchange.evidence)
