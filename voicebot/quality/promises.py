"""The truth check: every sentence that committed the house to something has its receipt, or is found."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from voicebot.domain.call import EndReason
from voicebot.domain.decisions import Action
from voicebot.domain.events import EventKind
from voicebot.domain.message_event import MessageEventKind
from voicebot.domain.work import WorkKind
from voicebot.quality.call_receipts import CallRecord, SpokenWords
from voicebot.quality.commitments import QUOTES_THE_CALLER, Commitment, commitments_of, committing_words, is_clients_own

FRESH = timedelta(minutes=2)
"""What must follow a sentence may still be on its way for so long."""
OVERDUE = timedelta(hours=1)
"""After its dispatches were due, a promise that nothing was sent for, and no alarm was raised for, is broken."""

NEWS_TAKES = timedelta(seconds=15)
"""The caller hears how a ladder ended when nobody speaks; until then the receptionist knows of no end."""

_Kind = MessageEventKind


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence without its receipt. commitment: "unknown" for words that nobody has classified."""

    call: str
    at: datetime
    sentence: str
    text: str
    phrase: str
    commitment: str
    missing: str


@dataclass(slots=True)
class Verification:
    """Of one call or of many. commitments: how many were looked at, those of findings and pending ones included.

    pending: still fresh, the receipt may come. clients_own: sentences by which a client commits itself to its business.
    """

    calls: int = 0
    sentences: int = 0
    commitments: int = 0
    pending: int = 0
    clients_own: int = 0
    findings: list[Finding] = field(default_factory=list)


def verify(records: Iterable[CallRecord], now: datetime) -> Verification:
    """Looks at every sentence of every call. now: aware; tells what is still fresh and what is overdue."""
    whole = Verification()
    for record in records:
        whole.calls += 1
        for words in record.spoken():
            whole.sentences += 1
            _look_at(words, record, now, whole)
    return whole


def _look_at(words: SpokenWords, record: CallRecord, now: datetime, whole: Verification) -> None:
    commits = commitments_of(words.phrase)
    meant = "" if commits or words.phrase in QUOTES_THE_CALLER else committing_words(words.text)
    if meant:
        if is_clients_own(words.phrase):
            whole.clients_own += 1
        else:
            whole.commitments += 1
            whole.findings.append(_finding(words, record, "unknown", f"unknown commitment: « {meant} »"))
    for commitment in commits or ():
        whole.commitments += 1
        missing = _RECEIPTS[commitment](_Behind(record, words, now))
        if missing == _PENDING:
            whole.pending += 1
        elif missing:
            whole.findings.append(_finding(words, record, commitment, missing))


def _finding(words: SpokenWords, record: CallRecord, commitment: str, missing: str) -> Finding:
    return Finding(record.call.id, words.at, words.id, words.text, words.phrase, commitment, missing)


_PENDING = "pending"


class _Behind:
    """What must stand behind one sentence of one call. Each rule returns what is missing, "" when nothing is."""

    def __init__(self, record: CallRecord, words: SpokenWords, now: datetime) -> None:
        self._record = record
        self._words = words
        self._now = now

    def recorded(self) -> str:
        if not self._record.told_before(EventKind.MESSAGE_RECORDED, self._words.number):
            return "no message was recorded before it"
        return "" if self._record.message else "the recorded message is not there"

    def noted(self) -> str:
        # Whoever took the call to its end had it on the card.
        elsewhere = self._record.call.ended in (EndReason.REFUSED, EndReason.HANDLED)
        return "" if self._record.message or elsewhere else "no message holds what was to be noted"

    def kept(self) -> str:
        heard = self._record.told_before(EventKind.CALLER_SAID, self._words.number)
        lost = any(data["text"].strip() for data in heard) and not self._record.call.verbatim
        return "the caller's words are not there" if lost else ""

    def leaves(self) -> str:
        record = self._record
        if record.call.rehearsal:
            return ""
        queued = record.dispatches or record.has_work(WorkKind.DELIVER) or record.happened(_Kind.ALARM_RAISED)
        return self._sent() if queued else self._late("nothing was queued to send the message")

    def _sent(self) -> str:
        """A message of which no dispatch got through is told to people, and none is forgotten."""
        record, due = self._record, self._record.last_due or self._words.at
        if record.on_their_way or record.happened(_Kind.ALARM_RAISED):
            return ""
        if record.dispatches and record.dispatches <= record.dead:
            return "every dispatch is a dead letter, and no alarm was raised"
        overdue = self._now - due > OVERDUE
        return "nothing was sent although it is overdue, and no alarm was raised" if overdue else ""

    def promise(self) -> str:
        turns = self._record.told_before(EventKind.DECIDED, self._words.number)
        if turns and "delivery" in turns[-1].get("unable", ()):
            return "promised while no message could leave the house"
        if missing := self.recorded():
            return missing
        if self._record.message and not self._record.message.callback_promised:
            return "the message does not say what was promised"
        return self.leaves()

    def transfers(self) -> str:
        rung = self._record.decided_before(self._words.number, Action.TRANSFER)
        if not rung:
            return "nobody was rung for the caller"
        return "" if self._record.happened(_Kind.HANDOFF_QUEUED, self._words.at) else "the call was not put into the queue"

    def queued(self) -> str:
        queued = {e.data["handoff"]: e.at for e in self._record.happened(_Kind.HANDOFF_QUEUED, self._words.at)}
        over = {e.data["handoff"] for e in self._record.happened(_Kind.HANDOFF_OVER) if e.at + NEWS_TAKES < self._words.at}
        return "" if set(queued) - over else "the call was not in the queue"

    def rings(self) -> str:
        return "" if self._record.happened(_Kind.AGENT_RUNG, self._words.at) else "nobody was being rung"

    def had(self) -> str:
        if not self._record.told_before(EventKind.HANDED_OVER, self._words.number):
            return "nobody had taken the call"
        return "" if self._record.happened(_Kind.HANDOFF_ACCEPTED, self._words.at) else "no agent had accepted before it"

    def callback(self) -> str:
        """The promise is on the list, with the number that was spoken."""
        record = self._record
        if record.call.rehearsal:
            return ""
        promised = record.decided_before(self._words.number, Action.PROMISE_CALLBACK)
        ends = {e.data["number_ends"] for e in record.happened(_Kind.CALLBACK_PROMISED, self._words.at)}
        if not promised or not ends:
            return "no callback is on the list"
        return "" if any(d["subject"][-2:] in ends for d in promised) else "the callback on the list has another number"

    def text(self) -> str:
        record = self._record
        if record.call.rehearsal or record.has_work(WorkKind.TEXT_CALLER) or record.happened(_Kind.TEXT_SENT):
            return ""
        return "no SMS was ordered"

    def wakes(self) -> str:
        record = self._record
        if not record.decided_before(self._words.number, Action.WAKE_ON_CALL):
            return "nobody had been ordered to be woken"
        begun = record.happened(_Kind.LADDER_BEGUN) or record.has_work(WorkKind.WAKE)
        if not (begun or record.ladder_alarms()):
            return self._late("no ladder was begun")
        ended = [e.at for e in record.happened(_Kind.LADDER_ENDED) if e.at + NEWS_TAKES < self._words.at]
        restarted = [e.at for e in record.happened(_Kind.LADDER_RESTARTED)]
        over = bool(ended) and not any(at > max(ended) for at in restarted)
        return "the ladder had ended before it" if over else ""

    def taken(self) -> str:
        acknowledged = self._record.happened(_Kind.ACKNOWLEDGED, self._words.at)
        return "" if acknowledged else "nobody had acknowledged before it"

    def eta(self) -> str:
        news = self._record.decided_before(self._words.number, Action.SAY_ON_CALL)
        told = next((m for d in reversed(news) if (m := d["values"].get("eta_min"))), "")
        given = {str(e.data["minutes"]) for e in self._record.happened(_Kind.ETA_GIVEN, self._words.at)}
        return "" if told in given else "nobody had said when they would act"

    def alarm(self) -> str:
        return "" if self._record.ladder_alarms(self._words.at) else "no alarm had been raised before it"

    def recording_stopped(self) -> str:
        stopped = self._record.told_before(EventKind.RECORDING_STOPPED, self._words.number)
        return "" if stopped else "the recording was not stopped"

    def _late(self, missing: str) -> str:
        """What is missing, once it is too late for it to come."""
        return missing if self._now - self._words.at > FRESH else _PENDING


_RECEIPTS: dict[Commitment, Callable[[_Behind], str]] = {
    Commitment.RECORDED: _Behind.recorded,
    Commitment.NOTED: _Behind.noted,
    Commitment.KEPT: _Behind.kept,
    Commitment.LEAVES: _Behind.leaves,
    Commitment.PROMISE: _Behind.promise,
    Commitment.TRANSFERS: _Behind.transfers,
    Commitment.WAKES: _Behind.wakes,
    Commitment.TAKEN: _Behind.taken,
    Commitment.ETA: _Behind.eta,
    Commitment.ALARM: _Behind.alarm,
    Commitment.RECORDING_STOPPED: _Behind.recording_stopped,
    Commitment.QUEUED: _Behind.queued,
    Commitment.RINGS: _Behind.rings,
    Commitment.HAD: _Behind.had,
    Commitment.CALLBACK: _Behind.callback,
    Commitment.TEXT: _Behind.text,
}
