"""Understanding judged on labelled utterances: right, spurious and missed per act, detail and red flag."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from text_to_num import alpha2digit

from voicebot.clients.directory import Clients
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, GiveDetail
from voicebot.domain.call import Awaited, Expectation
from voicebot.domain.details import Detail, DetailKind
from voicebot.domain.language import Language
from voicebot.errors import EvalFileError
from voicebot.quality.comparing.rates import Counts, Rate
from voicebot.quality.labelled_utterances import ASK, Label, LabelledUtterance
from voicebot.understanding.normalise import plain
from voicebot.understanding.ports import Context, Understanding

NONE = "none"
_KINDS = {
    "wait": acts.AskToWait, "repeat": acts.AskToRepeat, "robot": acts.AskWhetherRobot, "do_not_know": acts.DoNotKnow,
    "goodbye": acts.SayGoodbye, "greet": acts.Greet, "thank": acts.Thank, "refuse_recording": acts.RefuseRecording,
    "confidential": acts.AskForSecret, "other_question": acts.AskOtherQuestion,
}  # fmt: skip
_TITLES = re.compile(r"\b(madame|mademoiselle|monsieur|mme|mlle|maitre|docteur|dr|mr|mrs|ms|miss|doctor|sir)\b")
_COURTESIES = {"greet", "thank"}
"""Said with anything; judged only where they are wanted."""


@dataclass(slots=True)
class DetailScore:
    """Of one kind of detail. exact: the right value. doubted: a wrong value marked unsure, so that it is asked again.

    asked: no whole value. wrong: a sure value that was not said. invented: a sure value where the label says "ask".
    """

    exact: int = 0
    asked: int = 0
    doubted: int = 0
    wrong: int = 0
    invented: int = 0
    rightly_asked: int = 0

    @property
    def given(self) -> int:
        return self.exact + self.asked + self.doubted + self.wrong

    @property
    def exact_rate(self) -> Rate:
        return Rate(self.exact, self.given)

    @property
    def wrong_rate(self) -> Rate:
        """Sure and wrong, of all utterances with this detail, those that must be asked again included."""
        return Rate(self.wrong + self.invented, self.given + self.invented + self.rightly_asked)


@dataclass(frozen=True, slots=True)
class Failure:
    """One label that was not met. what: which; wanted, found: in words."""

    utterance: LabelledUtterance
    what: str
    wanted: str
    found: str


@dataclass(slots=True)
class Report:
    """Scores of one run; confusions: (what, wanted, found) → how often."""

    utterances: int = 0
    danger: Counts = field(default_factory=Counts)
    ordinary: int = 0
    """Utterances without danger: the base of false alarms."""
    acts: dict[str, Counts] = field(default_factory=dict)
    details: dict[str, DetailScore] = field(default_factory=dict)
    confusions: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    failures: list[Failure] = field(default_factory=list)

    @property
    def false_alarms(self) -> Rate:
        """Ordinary utterances in which a danger was heard."""
        return Rate(self.danger.spurious, self.ordinary)

    def count(self, what: str, *, wanted: bool, found: bool) -> None:
        if wanted or found:
            c = self.acts.get(what, Counts())
            self.acts[what] = Counts(
                c.right + (wanted and found), c.spurious + (found and not wanted), c.missed + (wanted and not found)
            )


async def judge(utterances: Iterable[LabelledUtterance], clients: Clients, understanding: Understanding) -> Report:
    """Reads every utterance and scores it. Raises: EvalFileError for a client or detail that does not exist."""
    report = Report()
    for utterance in utterances:
        context = _context(utterance, clients)
        reading = await understanding.read(utterance.label.say, context)
        report.utterances += 1
        _Judge(report, utterance, reading.acts, context).judge()
    return report


def _context(utterance: LabelledUtterance, clients: Clients) -> Context:
    label = utterance.label
    instructions = clients.instructions.get(label.client or "")
    if instructions is None:
        known = ", ".join(sorted(clients.instructions))
        raise EvalFileError(utterance.file, [f'line {utterance.line}: no client "{label.client}"; known: {known}'])
    awaited = Awaited(label.asked) if label.asked in set(Awaited) else Awaited.DETAIL
    detail = label.asked if awaited is Awaited.DETAIL else None
    for name in (*label.details, *label.known, *((detail,) if detail else ())):
        try:
            instructions.detail_kind(name)
        except KeyError as unknown:
            raise EvalFileError(utterance.file, [f'line {utterance.line}: no detail "{name}"']) from unknown
    now = label.at.replace(tzinfo=instructions.identity.zone)
    known = {name: Detail(value, value) for name, value in label.known.items()}
    return Context(instructions, label.language, Expectation(awaited, detail), None, known, now)


@dataclass(slots=True)
class _Judge:
    report: Report
    utterance: LabelledUtterance
    acts: tuple[Act, ...]
    context: Context

    @property
    def label(self) -> Label:
        return self.utterance.label

    def judge(self) -> None:
        self._danger()
        self._human()
        self._ids()
        self._answer()
        self._kinds()
        for name, wanted in self.label.details.items():
            self._detail(name, wanted)

    def _fail(self, what: str, wanted: str, found: str) -> None:
        self.report.failures.append(Failure(self.utterance, what, wanted, found))
        self.report.confusions[(what.partition(" ")[0], wanted, found)] += 1

    def _every(self, kind: type[Any]) -> list[Any]:
        return [act for act in self.acts if isinstance(act, kind)]

    def _danger(self) -> None:
        raised = {act.red_flag for act in self._every(acts.RaiseRedFlag)}
        wanted, c = set(self.label.danger), self.report.danger
        self.report.ordinary += not wanted
        self.report.danger = Counts(
            c.right + bool(wanted and raised),
            c.spurious + bool(raised and not wanted),
            c.missed + bool(wanted and not raised),
        )
        for flag in wanted | raised:
            self.report.count(f"danger {flag}", wanted=flag in wanted, found=flag in raised)
        if bool(wanted) != bool(raised):
            self._fail("danger", " ".join(sorted(wanted)) or NONE, " ".join(sorted(raised)) or NONE)

    def _human(self) -> None:
        persons = self._every(acts.AskForPerson)
        found = bool(persons or self._every(acts.AskForHuman))
        wanted = self.label.human or self.label.person is not None
        self.report.count("human", wanted=wanted, found=found)
        if wanted != found:
            self._fail("human", str(wanted).lower(), str(found).lower())
        if self.label.person is not None:
            who = next((p.person or (ASK if p.candidates else "unknown") for p in persons), NONE)
            self._id("person", self.label.person, who)

    def _ids(self) -> None:
        if self.label.scenario is not None:
            self._id("scenario", self.label.scenario, self._scenario())
        if self.label.faq is not None:
            self._id("faq", self.label.faq, next((a.faq for a in self._every(acts.AskQuestion)), NONE))
        if self.label.caller_kind is not None:
            self._id("caller_kind", self.label.caller_kind, self._caller_kind())

    def _caller_kind(self) -> str:
        """The kind; where the act names a client's filter, the kind that this filter is for."""
        told = next((a.caller_kind for a in self._every(acts.TellCallerKind)), NONE)
        rule = self.context.instructions.filter(told)
        return rule.who.value if rule and rule.who else told

    def _scenario(self) -> str:
        """The scenario that was recognised; an unsure one counts where it is right, as the caller is asked."""
        act = next(iter(self._every(acts.StateRequest)), None)
        if act is None or (act.confidence is Confidence.UNSURE and act.scenario != self.label.scenario):
            return NONE
        return act.scenario

    def _id(self, what: str, wanted: str, found: str) -> None:
        right = wanted == found
        self.report.count(what, wanted=wanted != NONE, found=right and wanted != NONE)
        if not right and found != NONE:
            c = self.report.acts.get(what, Counts())
            self.report.acts[what] = Counts(c.right, c.spurious + 1, c.missed)
        if not right:
            self._fail(what, wanted, found)

    def _answer(self) -> None:
        wanted = self.label.answer
        if wanted is None:
            return
        found = "yes" if self._every(acts.Affirm) else "no" if self._every(acts.Refuse) else NONE
        detail = self.context.expectation.detail
        if detail and self.context.instructions.detail_kind(detail) is DetailKind.YES_NO:
            found = next((a.value for a in self._every(GiveDetail) if a.detail == detail), found)
        self._id("answer", wanted, found)

    def _kinds(self) -> None:
        if self.label.acts is None:
            return
        found = {name for name, kind in _KINDS.items() if self._every(kind)}
        found |= {f"language {a.language}" for a in self._every(acts.AskForLanguage)}
        wanted = set(self.label.acts)
        if unknown := sorted(n for n in wanted if n not in _KINDS and not n.startswith("language ")):
            raise EvalFileError(self.utterance.file, [f'line {self.utterance.line}: no act "{unknown[0]}"'])
        for name in sorted(wanted | found - _COURTESIES):
            self.report.count(name, wanted=name in wanted, found=name in found)
            if (name in wanted) != (name in found):
                self._fail(name, *((name, NONE) if name in wanted else (NONE, name)))

    def _detail(self, name: str, wanted: str) -> None:
        kind = self.context.instructions.detail_kind(name)
        score = self.report.details.setdefault(f"{kind.value}/{self.label.language.value}", DetailScore())
        act = next((a for a in self._every(GiveDetail) if a.detail == name), None)
        whole = act is not None and act.complete
        sure = act is not None and whole and act.confidence is Confidence.SURE
        if wanted == ASK:
            score.invented += sure
            score.rightly_asked += not sure
            if act and sure:
                self._fail(f"detail {name}", ASK, act.value)
            return
        right = act is not None and whole and same_value(kind, wanted, act.value, self.label.language)
        score.exact += right
        score.asked += not whole
        score.doubted += whole and not right and not sure
        score.wrong += sure and not right
        if not right:
            self._fail(f"detail {name}", wanted, f"{act.value}{'' if sure else '?'}" if act and whole else NONE)


def same_value(kind: DetailKind, wanted: str, found: str, language: Language = Language.FRENCH) -> bool:
    """Do two values say the same?

    Names and addresses regardless of capitals, accents and punctuation; names also of titles, addresses of how numbers are
    written.
    """
    if kind is DetailKind.NAME:
        return _letters(wanted) == _letters(found)
    if kind in (DetailKind.ADDRESS, DetailKind.FREE_TEXT):
        return _with_digits(wanted, language) == _with_digits(found, language)
    if kind is DetailKind.REFERENCE:
        return re.sub(r"\W", "", wanted).upper() == re.sub(r"\W", "", found).upper()
    return wanted == found


def _with_digits(place: str, language: Language) -> str:
    return plain(alpha2digit(place.replace("-", " ").lower(), language.value)).replace(" ", "")


def _letters(name: str) -> str:
    return re.sub(r"[^a-z]", "", _TITLES.sub("", plain(name)))
