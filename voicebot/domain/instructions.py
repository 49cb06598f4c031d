"""A client's instructions (fiche de consignes): what its YAML file in client_configs/ says, typed and checked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from voicebot.domain.caller_text import CallerText
from voicebot.domain.confidentiality import Confidentiality, Recording
from voicebot.domain.delivery import Delivery
from voicebot.domain.details import HOUSE_DETAILS, DetailKind
from voicebot.domain.examples import Example
from voicebot.domain.filters import Filter
from voicebot.domain.handoff import HandoffRules
from voicebot.domain.hours import Hours
from voicebot.domain.identity import Greeting, Identity, Tone, VoiceChoice
from voicebot.domain.language import Language
from voicebot.domain.on_call import OnCall, WhenOnCall
from voicebot.domain.people import Person, Team
from voicebot.domain.scenario import ClientDetail, Faq, Outcome, Scenario, TemporaryNotice
from voicebot.domain.urgency import RedFlagRule
from voicebot.domain.written import Id, Part


class Limits(Part):
    """Time limits of one call, in seconds."""

    call_s: Annotated[int, Field(ge=60, le=3600)] = 600
    silence_s: Annotated[float, Field(ge=3, le=30)] = 7.0
    """Silence after which the caller is gently asked whether they are still there."""
    hold_s: Annotated[float, Field(ge=10, le=180)] = 60.0
    """Patience after « ne quittez pas »."""


class Instructions(Part):
    """Everything that voicebot obeys for one client. Source: client_configs/<id>.yaml.

    version: grows with each published change. valid_from, valid_to: days between which the file holds, both included.
    review_on: day by which the client reads it again.
    """

    format: Annotated[int, Field(ge=1, le=1)]
    id: Id
    version: Annotated[int, Field(ge=1)]
    author: str
    valid_from: date
    valid_to: date | None = None
    review_on: date | None = None
    identity: Identity
    voices: dict[Language, VoiceChoice]
    greeting: Greeting
    tone: Tone = Tone()
    notices: tuple[TemporaryNotice, ...] = ()
    hours: Hours
    recording: Recording = Recording()
    confidentiality: Confidentiality = Confidentiality()
    people: tuple[Person, ...] = ()
    teams: tuple[Team, ...] = ()
    details: tuple[ClientDetail, ...] = ()
    scenarios: tuple[Scenario, ...]
    filters: tuple[Filter, ...] = ()
    red_flags: tuple[RedFlagRule, ...] = ()
    on_call: OnCall | None = None
    deliveries: tuple[Delivery, ...] = ()
    faq: tuple[Faq, ...] = ()
    limits: Limits = Limits()
    handoff: HandoffRules = HandoffRules()
    texts: tuple[CallerText, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def language(self) -> Language:
        """Language in which this client's calls begin."""
        return self.identity.languages[0]

    def scenario(self, scenario_id: str | None) -> Scenario | None:
        return next((s for s in self.scenarios if s.id == scenario_id), None)

    def question(self, faq_id: str) -> Faq | None:
        return next((f for f in self.faq if f.id == faq_id), None)

    def person(self, person_id: str | None) -> Person | None:
        return next((p for p in self.people if p.id == person_id), None)

    def team(self, team_id: str | None) -> Team | None:
        return next((t for t in self.teams if t.id == team_id), None)

    def text(self, text_id: str) -> CallerText | None:
        return next((t for t in self.texts if t.id == text_id), None)

    def filter(self, filter_id: str | None) -> Filter | None:
        return next((f for f in self.filters if f.id == filter_id), None)

    def red_flag_rule(self, red_flag: str) -> RedFlagRule | None:
        return next((r for r in self.red_flags if r.red_flag == red_flag), None)

    def detail(self, detail_id: str) -> ClientDetail | None:
        """The client's own detail, or its own way to ask for a house detail."""
        return next((d for d in self.details if d.id == detail_id), None)

    def detail_kind(self, detail_id: str) -> DetailKind:
        """Kind of a detail. Raises: KeyError for an id that neither the client nor the house knows."""
        own = self.detail(detail_id)
        return own.kind if own else HOUSE_DETAILS[detail_id]

    def roster_in_use(self, now: datetime) -> bool:
        """Is there an on-call roster, and is it used at `now` (aware), whoever stands on it?"""
        duty = self.on_call
        if duty is None:
            return False
        return duty.active == WhenOnCall.ALWAYS or not self.hours.is_open(now, self.identity.zone)

    def in_force(self, day: date) -> bool:
        """Does the file itself hold on `day`?"""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def on(self, day: date) -> Instructions:
        """The same instructions without the scenarios, filters, answers and notices that do not hold on `day`."""
        if day not in self.held_by_day:
            self.held_by_day[day] = self._held(day)
        return self.held_by_day[day]

    def _held(self, day: date) -> Instructions:
        kept: dict[str, Any] = {}
        for name in ("scenarios", "filters", "faq", "notices", "texts"):
            parts = getattr(self, name)
            held = tuple(part for part in parts if part.holds_on(day))
            if len(held) != len(parts):
                kept[name] = held
        return self.model_copy(update=kept) if kept else self

    @cached_property
    def held_by_day(self) -> dict[date, Instructions]:
        """Kept so that understanding prepares each day's instructions once."""
        return {}

    @model_validator(mode="after")
    def _answer_to_give(self) -> Self:
        mute = [
            s.id for s in self.scenarios if not s.answer and {s.outcome, s.outside_hours} & {Outcome.ANSWER, Outcome.REFUSAL}
        ]
        if mute:
            raise ValueError(f"scenarios[{mute[0]}] ends with an answer but has none; write answer:")
        return self

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = [*self._missing_languages(), *self._unknown_details(), *self._unknown_people(), *self._doubled_ids()]
        if problems:
            raise ValueError("; ".join(problems))
        return self

    def sentences(self) -> Iterator[tuple[str, dict[Language, str]]]:
        """(place, sentence by language) of everything that this client has the receptionist say."""
        yield "identity.spoken_name", self.identity.spoken_name
        yield "greeting.open", self.greeting.open
        yield "greeting.closed", self.greeting.closed
        yield from ((f"greeting.by_time[{i}].say", g.say) for i, g in enumerate(self.greeting.by_time))
        yield from ((f"notices[{n.id}].say", n.say) for n in self.notices)
        if self.recording.enabled:
            yield "recording.purpose", self.recording.purpose
        for s in self.scenarios:
            yield from ((f"scenarios[{s.id}].{name}", text) for name, text in _sentences_of(s) if text)
        yield from ((f"filters[{f.id}].answer", f.answer) for f in self.filters if f.answer)
        yield from ((f"faq[{f.id}].answer", f.answer) for f in self.faq)
        for d in self.details:
            yield f"details[{d.id}].ask", d.ask
            if d.again:
                yield f"details[{d.id}].again", d.again
        for t in self.texts:
            yield f"texts[{t.id}].title", t.title
            yield f"texts[{t.id}].body", t.body
        yield from ((f"people[{p.id}].absence", p.absence) for p in self.people if p.absence)
        yield from ((f"teams[{t.id}].name", t.name) for t in self.teams)
        for r in self.red_flags:
            both = (("afterwards", r.afterwards), ("cost_notice", r.cost_notice))
            yield from ((f"red_flags[{r.red_flag}].{name}", text) for name, text in both if text)

    def _missing_languages(self) -> list[str]:
        spoken = self.identity.languages
        missing = [
            f'{place} has no "{lang}" sentence' for place, text in self.sentences() for lang in spoken if lang not in text
        ]
        return missing + [f'voices has no "{lang}" voice' for lang in spoken if lang not in self.voices]

    def _unknown_details(self) -> list[str]:
        known = set(HOUSE_DETAILS) | {d.id for d in self.details}
        used = [(f"scenarios[{s.id}].details", d) for s in self.scenarios for d in (*s.details, *s.optional_details)]
        used += [(f"scenarios[{s.id}].escalations", e.detail) for s in self.scenarios for e in s.escalations]
        used += [(f"red_flags[{r.red_flag}].details", d) for r in self.red_flags for d in r.details]
        used += [(f"filters[{f.id}].details", d) for f in self.filters for d in f.details or ()]
        used += [("confidentiality.never_keep", d) for d in self.confidentiality.never_keep]
        return [
            f'{place} names "{d}", which no detail has; known: {", ".join(sorted(known))}'
            for place, d in used
            if d not in known
        ]

    def _unknown_people(self) -> list[str]:
        people, teams = {p.id for p in self.people}, {t.id for t in self.teams}
        used = [(f"people[{p.id}].backup", p.backup) for p in self.people if p.backup]
        used += [(f"teams[{t.id}].people", p) for t in self.teams for p in t.people]
        used += [(f"deliveries[{d.id}].to", p) for d in self.deliveries for p in d.to]
        if self.on_call:
            used += [("on_call.shifts.contacts", p) for shift in self.on_call.shifts for p in shift.contacts]
            used += [("on_call.manager", self.on_call.manager)] if self.on_call.manager else []
        wrong = [(place, p) for place, p in used if p not in people]
        anybody = [(f"scenarios[{s.id}].transfer.to", s.transfer.to) for s in self.scenarios if s.transfer]
        anybody += [(f"filters[{f.id}].to", f.to) for f in self.filters if f.to]
        wrong += [(place, p) for place, p in anybody if p not in people | teams]
        return [f'{place} names "{p}", who is not in people or teams' for place, p in wrong]

    def _doubled_ids(self) -> list[str]:
        groups = ("scenarios", "people", "teams", "faq", "details", "filters", "notices", "deliveries", "texts")
        problems: list[str] = []
        for name in groups:
            ids = [part.id for part in getattr(self, name)]
            problems += [f'{name} has "{i}" twice' for i in sorted({i for i in ids if ids.count(i) > 1})]
        both = {p.id for p in self.people} & {t.id for t in self.teams}
        return problems + [f'"{i}" is a person and a team' for i in sorted(both)]


def _sentences_of(s: Scenario) -> Iterator[tuple[str, dict[Language, str] | None]]:
    yield "title", s.title
    yield "answer", s.answer
    yield "cost_notice", s.cost_notice
    if s.promise:
        yield "promise.open", s.promise.open
        yield "promise.closed", s.promise.closed
