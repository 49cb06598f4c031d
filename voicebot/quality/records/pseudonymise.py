"""A transcript told of other people: every text of it rewritten, every id replaced, what could not be rewritten masked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from voicebot.domain.instructions import Instructions
from voicebot.quality.records.personal_data import kept_of, number_is_asked, personal_data
from voicebot.quality.records.pseudonyms import Pseudonyms
from voicebot.quality.records.rewriting import Rewriter
from voicebot.quality.records.survivors import survivors
from voicebot.quality.records.transcript import Speaker, Transcript, transcript_json
from voicebot.understanding.masking import MASK
from voicebot.understanding.normalise import Utterance, plain

SOURCE = "pseudonymised"
_STRUCTURE_FIELDS = (
    "kind action rule because subject phrase state level criterion scenario confidence language client speaker played stage "
    "awaited detail outcome reason way how status channel code carrier recording red_flag instructions_digest heard_by by "
    "fallback interruptible began_at due_at taken_at started_at ended_at at queued_at told_at urgency filter caller_kind "
    "handoff_because handoff ended prompt_hash scenario_title"
)
_STRUCTURE = frozenset(_STRUCTURE_FIELDS.split())
"""Fields that hold ids of the client's file and of the house, moments and counts: never words of a caller."""
_LISTS_OF_IDS = frozenset(("missing", "told", "safety_script_given", "failed", "dangers", "decided", "never_decided"))
_OURS = frozenset(("last_said", "promise", "callback_promised", "says", "never_says", "title", "question"))
"""Fields with sentences of the receptionist: digits that nobody knows stay in them, for they are the client's."""
_FOREIGN_IDS = frozenset(("carrier_call_id", "provider_id", "stream"))


@dataclass(slots=True)
class PseudonymReport:
    """calls, texts: rewritten. masked: texts that still told something afterwards and were blanked, by kind."""

    calls: int = 0
    texts: int = 0
    masked: dict[str, int] = field(default_factory=dict)


def pseudonymised(
    transcript: Transcript,
    instructions: Instructions | None,
    pseudonyms: Pseudonyms,
    report: PseudonymReport | None = None,
) -> Transcript:
    """The transcript of other people. Its sound is left out: a voice is its owner's.

    Args:
        instructions: of the client; its own names, numbers and e-mails stay. None: nothing stays.
    """
    report = report or PseudonymReport()
    personal, kept = personal_data(transcript, instructions), kept_of(instructions)
    ids = {transcript.id: pseudonyms.id(transcript.id)}
    record = transcript.record
    for original in (record.call.id, record.call.carrier_call_id) if record else ():
        if original:
            ids.setdefault(original, pseudonyms.id(original))
    walk = _Walk(Rewriter(personal, kept, pseudonyms, ids), pseudonyms, _contexts(transcript))

    def checked(text: str, rewritten: str) -> str:
        report.texts += rewritten != text
        left = survivors(rewritten, personal, tuple(walk.rewriter.kept_spans(Utterance.of(rewritten))))
        if not left:
            return rewritten
        for kind in left:
            report.masked[kind] = report.masked.get(kind, 0) + 1
        return MASK

    walk.checked = checked
    document = walk.value(transcript_json.dump_python(transcript, mode="json"), "")
    new_id = ids[transcript.id]
    report.calls += 1
    return transcript_json.validate_python(document | {"id": new_id, "name": new_id, "source": SOURCE, "audio": ""})


@dataclass(frozen=True, slots=True)
class _Context:
    """Of a caller's turn: what had been asked."""

    asked: bool = False
    births: bool = False


def _contexts(transcript: Transcript) -> dict[str, _Context]:
    contexts: dict[str, _Context] = {}
    asked = ""
    for turn in transcript.turns:
        if turn.speaker is Speaker.RECEPTIONIST:
            asked = plain(turn.text) or asked
        elif turn.text:
            births = "naissance" in asked or "birth" in asked
            before = contexts.get(turn.text, _Context())
            contexts[turn.text] = _Context(before.asked or number_is_asked(asked), before.births or births)
    return contexts


class _Walk:
    def __init__(self, rewriter: Rewriter, pseudonyms: Pseudonyms, contexts: dict[str, _Context]) -> None:
        self.rewriter, self._pseudonyms, self._contexts = rewriter, pseudonyms, contexts
        self.checked: Callable[[str, str], str] = lambda _text, rewritten: rewritten
        self._done: dict[tuple[str, bool], str] = {}

    def value(self, value: Any, key: str, *, ours: bool = False) -> Any:
        """The value with every text in it rewritten. key: of the field it stands in. ours: the receptionist says it."""
        if isinstance(value, dict):
            says = value.get("speaker") == Speaker.RECEPTIONIST or value.get("kind") == "receptionist_says"
            return {k: self.value(v, k, ours=ours or says) for k, v in value.items()}
        if isinstance(value, list):
            return value if key in _LISTS_OF_IDS else [self.value(part, key, ours=ours) for part in value]
        if not isinstance(value, str) or not value or (key in _STRUCTURE and " " not in value):
            return value
        if key in _FOREIGN_IDS:
            return self._pseudonyms.id(value)
        return self._text(value, ours=ours or key in _OURS)

    def _text(self, text: str, *, ours: bool) -> str:
        if (text, ours) not in self._done:
            context = self._contexts.get(text, _Context())
            rewritten = self.rewriter.text(text, asked=context.asked, caller=not ours, births=context.births)
            self._done[text, ours] = self.checked(text, rewritten)
        return self._done[text, ours]
