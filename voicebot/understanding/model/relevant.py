"""What of a client's instructions one turn can need: all that a model is shown of them, and nothing private is among it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from voicebot.domain.call import Awaited
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, COMPANY, HOUSE_DETAILS, REASON
from voicebot.domain.filters import CallerKind, Filter
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.scenario import Outcome, Scenario
from voicebot.domain.written import Localised, LocalisedWords
from voicebot.understanding.ports import Context

MOST_EXAMPLES = 6
"""Examples of one scenario or question that are shown; a model needs fewer than the rules."""
_FEW = 2
_ALWAYS = (CALLER_NAME, CALLBACK_NUMBER, REASON)
_DOORS = (Outcome.TRANSFER, Outcome.ON_CALL)


@dataclass(frozen=True, slots=True)
class Shown:
    """One line of the prompt. title: or a name; examples, unless: in callers' words; role, kind, ask: where they apply."""

    id: str
    title: str = ""
    examples: str = ""
    unless: str = ""
    role: str = ""
    kind: str = ""
    ask: str = ""

    @property
    def name(self) -> str:
        return self.title


@dataclass(frozen=True, slots=True)
class Relevant:
    scenarios: tuple[Shown, ...]
    questions: tuple[Shown, ...]
    people: tuple[Shown, ...]
    kinds: tuple[Shown, ...]
    details: tuple[Shown, ...]


def relevant_to(context: Context) -> Relevant:
    """Built from ids, titles, callers' examples, names and roles only: numbers, e-mails, hours, rosters and the lists of
    filters are never read here."""
    client, language = context.instructions, context.language
    open_question = context.scenario is None and context.expectation.awaited is not Awaited.CONFIRMATION
    return Relevant(
        tuple(_scenario(s, context, open_question=open_question) for s in client.scenarios),
        tuple(Shown(f.id, examples=_some(f.callers_say, language, MOST_EXAMPLES)) for f in client.faq),
        (
            *(Shown(p.id, p.name, role=p.role) for p in client.people),
            *(Shown(t.id, _in(t.name, language)) for t in client.teams),
        ),
        tuple(_kinds(client, language, examples=open_question)),
        tuple(_detail(d, client, language) for d in relevant_details(context)),
    )


def _scenario(scenario: Scenario, context: Context, *, open_question: bool) -> Shown:
    title = _in(scenario.title, context.language)
    if scenario.id == context.scenario:
        return Shown(scenario.id, title, unless=_some(scenario.unless, context.language, MOST_EXAMPLES))
    if not open_question:
        return Shown(scenario.id, title)
    unless = _some(scenario.unless, context.language, _FEW)
    return Shown(scenario.id, title, _some(scenario.callers_say, context.language, MOST_EXAMPLES), unless)


def leads_to_people(scenario: Scenario) -> bool:
    """Does it put callers through or wake somebody, at some hour or after some answer?"""
    outcomes = {scenario.outcome, scenario.outside_hours, *(e.outcome for e in scenario.escalations)}
    return not outcomes.isdisjoint(_DOORS)


def claimable_kinds(client: Instructions) -> tuple[str, ...]:
    """Kinds of callers and ids of filters that a model may claim: none behind which this client opens a door."""
    doors = [f for f in client.filters if f.outcome in _DOORS]
    shut = {CallerKind.VIP, *(f.who for f in doors)}
    kinds = [k.value for k in CallerKind if k not in shut]
    return (*kinds, *(f.id for f in client.filters if _claimable(f) and f.id not in kinds))


def _claimable(one: Filter) -> bool:
    return one.outcome not in _DOORS and one.who is not CallerKind.VIP and bool(one.callers_say)


def _kinds(client: Instructions, language: Language, *, examples: bool) -> Iterable[Shown]:
    for kind in claimable_kinds(client):
        own = client.filter(kind)
        yield Shown(kind, examples=_some(own.callers_say, language, _FEW) if own and examples else "")


def relevant_details(context: Context) -> tuple[str, ...]:
    """Ids of details that this turn may give: those of the known scenario, else of any; what was asked; what is known."""
    client = context.instructions
    known = client.scenario(context.scenario)
    scenarios = (known,) if known else client.scenarios
    wanted = [d for s in scenarios for d in (*s.details, *s.optional_details, *(e.detail for e in s.escalations))]
    wanted += [d for f in client.filters for d in f.details or ()] if known is None else []
    wanted += [d for rule in client.red_flags for d in rule.details]
    asked = [context.expectation.detail] if context.expectation.detail else []
    every = dict.fromkeys([*_ALWAYS, COMPANY, *asked, *wanted, *context.details])
    knows = {*HOUSE_DETAILS, *(d.id for d in client.details)}
    never = client.confidentiality.never_keep
    return tuple(d for d in every if d in knows and d not in never)


def _detail(detail: str, client: Instructions, language: Language) -> Shown:
    own = client.detail(detail)
    return Shown(detail, kind=client.detail_kind(detail).value, ask=_in(own.ask, language) if own else "")


def _in(text: Localised, language: Language) -> str:
    return text.get(language) or next(iter(text.values()), "")


def _some(callers_say: LocalisedWords, language: Language, most: int) -> str:
    texts = callers_say.get(language) or next(iter(callers_say.values()), ())
    return " / ".join(texts[:most])
