"""People: whom the caller asks for, which of two that sound alike, who is there, who stands in, and what is told of them."""

from __future__ import annotations

import re

from voicebot.domain.acts import AskForHuman, AskForPerson, PressKeys, Unclear
from voicebot.domain.call import Awaited, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.details import CALLER_NAME
from voicebot.domain.orientation import Orientation
from voicebot.domain.people import Person
from voicebot.domain.scenario import Outcome
from voicebot.policy.turn import LEFT_QUEUE, Turn
from voicebot.policy.wordings import plain

HUMAN = "wish:human"
WHICH = "wish:which_person"
MOST_WISHES = 2
"""Times that the same wish is answered; after that the callback request is recorded (domain.md: access to a human)."""
MOST_WISHES_IN_ALL = 4

_ORDINALS = (
    re.compile(r"\b(premiere?|first)\b|^(le |la |number )?(1|une?|one)$"),
    re.compile(r"\b(deuxieme|seconde?|second)\b|^(le |la |number )?(2|deux|two)$"),
    re.compile(r"\b(troisieme|third)\b|^(le |la |number )?(3|trois|three)$"),
)


def hear_which(turn: Turn) -> None:
    """The answer to « lequel des deux ? » becomes a wish for that person."""
    chosen = _chosen(turn)
    if chosen:
        # « Alain » answers which Dupond is wanted; it is not the caller's own name.
        others = (
            a for a in turn.acts if not isinstance(a, AskForPerson | Unclear) and getattr(a, "detail", "") != CALLER_NAME
        )
        turn.acts = (AskForPerson(chosen, _name(turn, chosen), ""), *others)


def hear_wishes(turn: Turn) -> None:
    """Notes that a human or someone of the directory is wanted."""
    act = turn.first(AskForPerson)
    if act and not act.person and len(_listed(turn, act.candidates)) > 1:
        turn.change(human_asked=True, person_asked=act.name or None, person_candidates=_listed(turn, act.candidates))
    elif act:
        turn.change(person_candidates=())
        _note_wish(turn, act.person if _known(turn, act.person) else None, act.name)
    turn.wished = act is not None or turn.first(AskForHuman) is not None
    if turn.first(AskForHuman):
        turn.try_once_more(HUMAN)
        turn.change(human_asked=True)
    if turn.call.human_asked and turn.call.stage is Stage.GREETING:
        turn.change(stage=Stage.QUALIFYING)


def ask_which(turn: Turn) -> bool:
    """Two names sound alike: asks which, twice at most; then the name stays as said. Returns: whether it was asked."""
    candidates = turn.call.person_candidates
    if not candidates:
        return False
    if turn.tried(WHICH) >= MOST_WISHES:
        turn.change(person_candidates=())
        turn.try_once_more("wish:unknown")
        say_nobody(turn)
        return False
    again = "yes" if turn.try_once_more(WHICH) > 1 else ""
    turn.decide(Action.ASK_WHICH_PERSON, "people.which", f"people[{candidates[0]}]", ",".join(candidates), again=again)
    turn.expect(Awaited.PERSON)
    return True


def led_by_wish(turn: Turn) -> Orientation | None:
    """To the person asked for, or who stands in, when calls may be put through; to any human when a human was asked for."""
    wanted = turn.call.person_asked
    if _known(turn, wanted) and wanted:
        if reached := reach(turn, wanted, only_takers=True):
            return Orientation(Outcome.TRANSFER, *reached)
        if not turn.tried(HUMAN):
            return Orientation(Outcome.MESSAGE, wanted, _absence_path(turn, wanted))
    if turn.tried(HUMAN):
        return overflowed(turn) or Orientation(Outcome.TRANSFER, "", "house")
    return Orientation(Outcome.MESSAGE, because="house") if turn.call.human_asked else None


def overflowed(turn: Turn) -> Orientation | None:
    """To the people on call, where the client wants that once no agent took the call and the caller does not ask again."""
    left = LEFT_QUEUE in turn.call.told
    nobody = "" in turn.call.handover.failed and turn.first(AskForHuman) is None and not left
    on_call = turn.instructions.handoff.overflow == "on_call" and turn.instructions.on_call is not None
    return Orientation(Outcome.ON_CALL, because="handoff.overflow") if nobody and on_call else None


def reach(turn: Turn, wanted: str, *, only_takers: bool = False) -> tuple[str, str] | None:
    """(id of whom to ring, path of the instruction), or None when neither the wanted one nor a stand-in is there.

    Args:
        wanted: id of a person or team. only_takers: only people who take calls; a scenario may name others.
    """
    team = turn.instructions.team(wanted)
    if team:
        there = any(_there(turn, turn.instructions.person(p), only_takers) for p in team.people)
        return (team.id, f"teams[{team.id}].people") if there and team.id not in turn.call.handover.failed else None
    person, path, seen = turn.instructions.person(wanted), f"people[{wanted}]", set[str]()
    while person and person.id not in seen:
        if _there(turn, person, only_takers) and person.id not in turn.call.handover.failed:
            return person.id, path
        seen.add(person.id)
        path = f"people[{person.id}].backup"
        person = turn.instructions.person(person.backup)
    return None


def wishes_exhausted(turn: Turn) -> bool:
    """Was the same human asked for so often that the request is recorded as it stands?"""
    wished = {key: n for key, n in turn.call.tries.items() if key.startswith("wish:") and key not in (WHICH, "wish:secret")}
    return max(wished.values(), default=0) > MOST_WISHES or sum(wished.values()) > MOST_WISHES_IN_ALL


def say_nobody(turn: Turn, *, instead: str = "") -> None:
    """Says truly, and neutrally, that the wanted one cannot take the call; offers a message, or a stand-in."""
    wanted = None if _human_wished(turn) else turn.call.person_asked
    if not wanted or not _known(turn, wanted):
        again = turn.tried(HUMAN) + turn.tried("wish:unknown") > 1
        rule = "people.nobody_again" if again else "people.nobody"
        turn.decide(Action.SAY_NOBODY_AVAILABLE, rule, "house", again="yes" if again else "")
        return
    again = turn.tried(f"wish:{wanted}") > 1
    turn.decide(
        Action.SAY_NOBODY_AVAILABLE,
        "people.absent_again" if again else "people.absent",
        _absence_path(turn, wanted),
        wanted,
        why=why_absent(turn, wanted),
        again="yes" if again else "",
        instead=instead,
    )


def stand_in(turn: Turn) -> str:
    """Id of the person who is rung instead of the one asked for; "" when it is the one asked for, or nobody."""
    led, wanted = turn.call.orientation, turn.call.person_asked
    instead = led is not None and led.because.endswith(".backup") and led.to != wanted
    return led.to if led and instead else ""


def why_absent(turn: Turn, wanted: str) -> str:
    """secret, closed, away or unreachable (there, and calls may be put through, but the house cannot do it now)."""
    person = turn.instructions.person(wanted)
    if person and "presence" in person.never_tell:
        return "secret"
    if reach(turn, wanted, only_takers=True):
        return "unreachable"
    return "away" if turn.is_open else "closed"


def _human_wished(turn: Turn) -> bool:
    return turn.first(AskForHuman) is not None and turn.first(AskForPerson) is None


def _known(turn: Turn, wanted: str | None) -> bool:
    return turn.instructions.person(wanted) is not None or turn.instructions.team(wanted) is not None


def _listed(turn: Turn, candidates: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(c for c in candidates if turn.instructions.person(c))


def _note_wish(turn: Turn, wanted: str | None, name: str) -> None:
    turn.try_once_more(f"wish:{wanted}" if wanted else "wish:unknown")
    turn.change(human_asked=True, person_asked=wanted or name or turn.call.person_asked)


def _chosen(turn: Turn) -> str | None:
    """The candidate that the answer names: by id, by key, by place (« le premier »), or by a word only they have."""
    candidates = turn.call.person_candidates
    if not candidates or turn.call.expectation.awaited is not Awaited.PERSON:
        return None
    named = turn.first(AskForPerson)
    if named and named.person in candidates:
        return named.person
    keys = turn.first(PressKeys)
    words = plain(" ".join((keys.keys if keys else "", *(getattr(act, "words", "") for act in turn.acts))))
    alike = set(plain(named.name).split()) if named and named.candidates else set[str]()
    by_name = [c for c in candidates if (_own_words(turn, c, candidates) - alike) & set(words.split())]
    if len(by_name) == 1:
        return by_name[0]
    by_place = [c for c, place in zip(candidates, _ORDINALS, strict=False) if place.search(words)]
    return by_place[0] if len(by_place) == 1 else None


def _own_words(turn: Turn, candidate: str, candidates: tuple[str, ...]) -> set[str]:
    """Words of the name, role and aliases that no other candidate has."""
    others = {word for c in candidates if c != candidate for word in _words_for(turn, c)}
    return _words_for(turn, candidate) - others


def _words_for(turn: Turn, person_id: str) -> set[str]:
    person = turn.instructions.person(person_id)
    return (
        {word for text in (person.name, person.role, *person.aliases) for word in plain(text).split()} if person else set()
    )


def _name(turn: Turn, person_id: str) -> str:
    person = turn.instructions.person(person_id)
    return person.name if person else ""


def _absence_path(turn: Turn, wanted: str) -> str:
    person = turn.instructions.person(wanted)
    if person is None:
        return f"teams[{wanted}].people"
    return f"people[{wanted}].absence" if person.absence else f"people[{wanted}]"


def _there(turn: Turn, person: Person | None, only_takers: bool) -> bool:
    if person is None or (only_takers and not person.takes_calls):
        return False
    return person.is_there(turn.now, turn.instructions.identity.zone, turn.instructions.hours)
