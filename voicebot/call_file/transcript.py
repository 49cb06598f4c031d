"""The call as people read it: who said what when, what was understood and decided, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, tzinfo
from typing import Any

from voicebot.call_file.call_record import CallFile, Cause, Exchange, SpokenSentence
from voicebot.domain.acts import Confidence, GiveDetail, PressKeys
from voicebot.domain.call import Call, EndReason, RecordingState
from voicebot.domain.message import Message, MessageState

_MARGIN = " " * 23
_ENDS = {
    EndReason.GOODBYE: "au revoir dit",
    EndReason.CALLER_HUNG_UP: "l'appelant a raccroché",
    EndReason.SILENCE: "silence de l'appelant",
    EndReason.TIME_LIMIT: "durée maximale atteinte",
    EndReason.REFUSED: "appel refusé",
    EndReason.LINE_LOST: "ligne perdue",
    EndReason.CONNECTED: "mis en relation avec la personne d'astreinte",
}
_RECORDINGS = {
    RecordingState.OFF: "sans enregistrement",
    RecordingState.ON: "enregistré",
    RecordingState.REFUSED: "enregistrement refusé et effacé",
}
_CAUSES = {
    Cause.PICK_UP: "(décroché)",
    Cause.SILENCE: "(silence)",
    Cause.LINE_BACK: "(la ligne revient)",
    Cause.ON_CALL: "(nouvelles de l'astreinte)",
    Cause.HOUSE: "(limite de l'appel)",
}
_PLAYED = {"part": " [interrompue]", "none": " [non dite]"}


def transcript_of(record: CallFile, zone: tzinfo) -> str:
    """The transcript, with French labels. zone: of the times of day."""
    lines = [*_heading(record, zone), ""]
    for exchange in record.exchanges:
        lines += _exchange(exchange, record.call.started_at)
    return "\n".join([*lines, "", *_outcome(record.call, record.message), *_after_call(record, zone), ""])


def _heading(record: CallFile, zone: tzinfo) -> Iterable[str]:
    call = record.call
    yield f"Appel {call.id}"
    yield f"Client        {call.client}, consignes version {call.instructions_version}"
    yield f"Début         {call.started_at.astimezone(zone):%d/%m/%Y %H:%M:%S}"
    if call.ended_at:
        yield f"Durée         {_clock((call.ended_at - call.started_at).total_seconds())}"
    yield f"De            {call.caller_number or 'numéro masqué'} vers {call.dialled_number or '—'} ({call.carrier})"
    yield f"Son           {_RECORDINGS[call.recording]}"
    models = record.models
    yield f"Modèles       oreilles : {_names(models.ears)} ; compréhension : {_names(models.understanding)}"
    if record.timeline and record.timeline.median_wait_ms is not None:
        yield (
            f"Attentes      médiane {record.timeline.median_wait_ms} ms, "
            f"la plus longue {record.timeline.longest_wait_ms} ms, sur {len(record.timeline.waits)}"
        )


def _exchange(exchange: Exchange, began: datetime) -> Iterable[str]:
    at = (exchange.at - began).total_seconds()
    if exchange.heard:
        spoke_at = exchange.heard.started_ms / 1000 if exchange.heard.ended_ms else at
        yield _said(spoke_at, "Appelant", exchange.heard.text or "(rien de compréhensible)")
    elif exchange.keys:
        yield _said(at, "Appelant", f"(touches) {exchange.keys}")
    elif exchange.cause in _CAUSES:
        yield _said(at, "", _CAUSES[exchange.cause])
    if exchange.understood:
        by = exchange.understood.by + (f", repli : {exchange.understood.fallback}" if exchange.understood.fallback else "")
        yield f"{_MARGIN}→ compris ({by}) : {' ; '.join(map(_act, exchange.understood.acts)) or 'rien'}"
    for decision in exchange.decisions:
        about = f" {decision.subject}" if decision.subject else ""
        yield f"{_MARGIN}→ décidé : {decision.action}{about} — {decision.rule} — {decision.because}"
    for sentence in exchange.sentences:
        yield _said(_spoken_at(sentence, began), "Réceptionniste", sentence.text + _PLAYED.get(sentence.played or "", ""))


def _spoken_at(sentence: SpokenSentence, began: datetime) -> float:
    if sentence.started_ms is not None and sentence.played_ms:
        return sentence.started_ms / 1000
    return (sentence.at - began).total_seconds()


def _act(act: Any) -> str:
    if isinstance(act, GiveDetail):
        marks = [
            *(["incertain"] if act.confidence is Confidence.UNSURE else []),
            *(["incomplet"] if not act.complete else []),
            *(["correction"] if act.correction else []),
        ]
        return f"{act.detail} = {act.value}" + (f" ({', '.join(marks)})" if marks else "")
    if isinstance(act, PressKeys):
        return f"touches {act.keys}"
    about = next(
        (getattr(act, name) for name in ("scenario", "red_flag", "faq", "person", "language") if hasattr(act, name)), ""
    )
    return f"{act.kind} {about}".strip() if about else str(act.kind)


def _outcome(call: Call, message: Message | None) -> Iterable[str]:
    yield f"Issue         {_ENDS[call.ended] if call.ended else 'appel non terminé'}"
    if message is None:
        yield "Message       aucun"
        return
    state = "complet" if message.state is MessageState.COMPLETE else "PARTIEL"
    yield f"Message       {state}, urgence {message.urgency.level.value.upper()} ({message.urgency.criterion})"
    if message.scenario_title:
        yield f"  motif       {message.scenario_title}"
    for name, detail in message.details.items():
        doubt = "" if detail.confidence is Confidence.SURE or detail.confirmed else " (à vérifier)"
        yield f"  {name:<11} {detail.value}{doubt}"
    if message.person_wanted:
        yield f"  demande     {message.person_wanted}"
    if message.missing:
        yield f"  manque      {', '.join(message.missing)}"
    if message.callback_promised:
        yield f"  promis      {message.callback_promised}"


def _after_call(record: CallFile, zone: tzinfo) -> Iterable[str]:
    if record.after_call:
        yield "Suites"
    for event in record.after_call:
        what = ", ".join(f"{name} {value}" for name, value in event.data.items() if value not in ("", None))
        yield f"  {event.at.astimezone(zone):%d/%m %H:%M:%S}  {event.kind}  {what}".rstrip()


def _said(at_s: float, who: str, text: str) -> str:
    return f"{_clock(at_s)}  {who:<14}  {' '.join(text.split())}"


def _clock(seconds: float) -> str:
    whole = max(0, int(seconds))
    return f"{whole // 60:02}:{whole % 60:02}"


def _names(names: Sequence[str]) -> str:
    return ", ".join(names) or "aucune"
