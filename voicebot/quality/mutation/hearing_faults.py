"""Faults of understanding: what the caller said is taken for something else, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from voicebot.domain.acts import (
    Act,
    Affirm,
    AskForHuman,
    AskForLanguage,
    AskForPerson,
    AskForSecret,
    AskOtherQuestion,
    AskQuestion,
    AskToRepeat,
    AskWhetherRobot,
    Confidence,
    GiveDetail,
    PressKeys,
    RaiseRedFlag,
    Refuse,
    RefuseRecording,
    SayGoodbye,
    StateRequest,
    TellCallerKind,
    Unclear,
)
from voicebot.domain.call import Awaited
from voicebot.domain.details import DetailKind
from voicebot.domain.filters import CallerKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.quality.judging.verdict import Area
from voicebot.quality.mutation.fault import Change, Fault, Scene, Seam, Severity
from voicebot.understanding.ports import Reading

_CRITICAL, _SERIOUS, _MINOR = Severity.CRITICAL, Severity.SERIOUS, Severity.MINOR
_FOREIGN_WORDS = frozenset({"ok", "hello", "stop", "week-end", "mail", "e-mail", "cool", "job", "parking", "fuel"})

ActChange = Callable[[Act, Scene], Act | None]


def _each(change: ActChange) -> Change:
    """Every act goes through `change`; None drops it. A turn that loses all its acts was not understood."""

    def reading(value: Reading, scene: Scene) -> Reading:
        acts = tuple(new for act in value.acts if (new := change(act, scene)) is not None)
        return value if acts == value.acts else replace(value, acts=acts or (Unclear(scene.words),))

    return reading


def _drop(*kinds: type[Any]) -> Change:
    return _each(lambda act, _scene: None if isinstance(act, kinds) else act)


def _detail(kind: DetailKind, change: Callable[[str], str]) -> ActChange:
    def act(given: Act, scene: Scene) -> Act:
        if not isinstance(given, GiveDetail) or _kind(scene.instructions, given.detail) is not kind or not given.complete:
            return given
        return replace(given, value=change(given.value))

    return act


def _kind(instructions: Instructions | None, detail: str) -> DetailKind | None:
    try:
        return instructions.detail_kind(detail) if instructions else None
    except KeyError:
        return None


def swapped_digits(value: str) -> str:
    """The last two neighbouring digits that differ change places."""
    for place in range(len(value) - 1, 4, -1):
        if value[place] != value[place - 1]:
            return value[: place - 1] + value[place] + value[place - 1] + value[place + 1 :]
    return value


def _misspelt(name: str) -> str:
    letters = list(name)
    for place in range(len(letters) - 2, 0, -1):
        if letters[place].isalpha() and letters[place] != letters[place - 1]:
            return "".join([*letters[:place], letters[place], *letters[place:]])
    return name


def _other_way_round(name: str) -> str:
    first, _, last = name.partition(" ")
    return f"{last} {first}" if last else name


def _a_day_later(value: str) -> str:
    day = value[8:10]
    return f"{value[:8]}{int(day) % 28 + 1:02d}{value[10:]}" if value[:4].isdigit() and day.isdigit() else value


def _surely(act: Act, _scene: Scene) -> Act:
    return replace(act, confidence=Confidence.SURE) if isinstance(act, GiveDetail | StateRequest) else act


def _without_correction(act: Act, _scene: Scene) -> Act | None:
    return None if isinstance(act, GiveDetail) and act.correction else act


def _deaf_to(flag: str) -> Change:
    return _each(lambda act, _scene: None if isinstance(act, RaiseRedFlag) and act.red_flag == flag else act)


def _false_danger(value: Reading, scene: Scene) -> Reading:
    ordinary = any(isinstance(act, StateRequest) for act in value.acts)
    if not ordinary or any(isinstance(act, RaiseRedFlag) for act in value.acts):
        return value
    return replace(value, acts=(RaiseRedFlag("fire", scene.words), *value.acts))


def _answered(from_kind: type[Any], to_kind: type[Any]) -> Change:
    def act(given: Act, scene: Scene) -> Act:
        asked = scene.call is not None and scene.call.expectation.awaited is Awaited.CONFIRMATION
        return to_kind(given.words) if asked and isinstance(given, from_kind) else given

    return _each(act)


def _neighbour(ids: list[str], own: str) -> str:
    """The next of a list of ids."""
    return ids[(ids.index(own) + 1) % len(ids)] if own in ids else own


def _another_answer(act: Act, scene: Scene) -> Act:
    if not isinstance(act, AskQuestion) or scene.instructions is None:
        return act
    return replace(act, faq=_neighbour([f.id for f in scene.instructions.faq], act.faq))


def _another_scenario(act: Act, scene: Scene) -> Act:
    if not isinstance(act, StateRequest) or scene.instructions is None:
        return act
    return replace(act, scenario=_neighbour([s.id for s in scene.instructions.scenarios], act.scenario))


def _another_person(act: Act, scene: Scene) -> Act:
    if not isinstance(act, AskForPerson) or act.person is None or scene.instructions is None:
        return act
    return replace(act, person=_neighbour([p.id for p in scene.instructions.people], act.person))


def _canvasser(value: Reading, scene: Scene) -> Reading:
    held = scene.instructions and any(f.who == CallerKind.CANVASSER for f in scene.instructions.filters)
    asks = any(isinstance(act, StateRequest) for act in value.acts)
    return replace(value, acts=(*value.acts, TellCallerKind(CallerKind.CANVASSER, scene.words))) if held and asks else value


def _language_of_a_word(value: Reading, scene: Scene) -> Reading:
    if scene.call is None or scene.call.language is not Language.FRENCH:
        return value
    words = set(scene.words.casefold().replace(",", " ").split())
    if not words & _FOREIGN_WORDS or any(isinstance(act, AskForLanguage) for act in value.acts):
        return value
    return replace(value, language=Language.ENGLISH)


def _language_ignored(value: Reading, scene: Scene) -> Reading:
    acts = tuple(act for act in value.acts if not isinstance(act, AskForLanguage))
    own = scene.call.language if scene.call else None
    foreign = value.language is not None and value.language is not own
    return replace(value, acts=acts or (Unclear(scene.words),), language=own if foreign else value.language)


def _keys_ignored(acts: tuple[Act, ...] | None, _scene: Scene) -> tuple[Act, ...] | None:
    return None if acts is None else (*(a for a in acts if isinstance(a, PressKeys)), Unclear(""))


def _keys_swapped(acts: tuple[Act, ...] | None, _scene: Scene) -> tuple[Act, ...] | None:
    changed = (replace(a, value=swapped_digits(a.value)) if isinstance(a, GiveDetail) else a for a in acts or ())
    return None if acts is None else tuple(changed)


def _heard(name: str, harm: str, severity: Severity, area: Area, change: Change) -> Fault:
    return Fault(name, harm, severity, area, {Seam.READING: change})


_FLAGS = {
    "gas_smell": "A caller in a house full of gas is asked for an address instead of being told to leave.",
    "carbon_monoxide": "A family breathing carbon monoxide is left in the house.",
    "chest_pain": "A caller with a heart attack is given an appointment.",
    "suicidal_words": "Somebody who says they want to die is asked for their name.",
    "trapped_in_lift": "People in a stuck lift are treated as an ordinary breakdown.",
    "continuous_leak": "Water runs through a ceiling until the office opens.",
    "police_custody": "A lawyer's client in custody stays alone until the morning.",
    "animal_poisoning": "A poisoned dog waits for an appointment.",
}

HEARING_FAULTS: tuple[Fault, ...] = (
    _heard("number_digits_swapped", "The client rings a stranger instead of the caller.", _CRITICAL, Area.MESSAGE,
           _each(_detail(DetailKind.PHONE, swapped_digits))),
    _heard("number_digit_dropped", "The callback number has one digit too few: nobody can be called back.", _CRITICAL,
           Area.MESSAGE, _each(_detail(DetailKind.PHONE, lambda value: value[:-1]))),
    _heard("name_misspelt", "The client looks for a caller who is not in its files.", _SERIOUS, Area.MESSAGE,
           _each(_detail(DetailKind.NAME, _misspelt))),
    _heard("names_in_wrong_order", "First name and last name stand in each other's place.", _MINOR, Area.MESSAGE,
           _each(_detail(DetailKind.NAME, _other_way_round))),
    _heard("date_a_day_off", "The appointment is wanted on another day than the one in the message.", _SERIOUS, Area.MESSAGE,
           _each(_detail(DetailKind.DATE, _a_day_later))),
    _heard("yes_no_detail_inverted", "« Je ne peux pas couper l'eau » is noted as « l'eau est coupée ».", _CRITICAL,
           Area.URGENCY, _each(_detail(DetailKind.YES_NO, lambda value: {"yes": "no", "no": "yes"}.get(value, value)))),
    _heard("reference_digit_swapped", "The client opens the file of another contract.", _SERIOUS, Area.MESSAGE,
           _each(_detail(DetailKind.REFERENCE, swapped_digits))),
    _heard("unsure_taken_as_sure", "A guess of the ears is written down as what the caller said.", _SERIOUS, Area.MESSAGE,
           _each(_surely)),
    _heard("correction_ignored", "The caller corrects their number, and the wrong one stays.", _CRITICAL, Area.MESSAGE,
           _each(_without_correction)),
    *(
        _heard(f"danger_missed_{flag}", harm, _CRITICAL, Area.URGENCY, _deaf_to(flag)) for flag, harm in _FLAGS.items()
    ),
    _heard("danger_imagined", "A caller with an ordinary request is told to flee from a fire.", _CRITICAL, Area.URGENCY,
           _false_danger),
    _heard("human_ignored", "A caller who asks for a person is not heard.", _SERIOUS, Area.HANDOFF, _drop(AskForHuman)),
    _heard("person_ignored", "A caller who asks for somebody by name is not heard.", _SERIOUS, Area.HANDOFF,
           _drop(AskForPerson)),
    _heard("another_person_wanted", "The message goes to a colleague of whoever was asked for.", _SERIOUS, Area.HANDOFF,
           _each(_another_person)),
    _heard("no_taken_as_yes", "A caller refuses a read-back, and it is recorded as confirmed.", _CRITICAL, Area.MESSAGE,
           _answered(Refuse, Affirm)),
    _heard("yes_taken_as_no", "A caller confirms, and is asked again what is wrong.", _SERIOUS, Area.QUESTIONS,
           _answered(Affirm, Refuse)),
    _heard("answer_of_another_question", "A caller who asks for the price hears the opening hours.", _SERIOUS,
           Area.INSTRUCTIONS, _each(_another_answer)),
    _heard("question_ignored", "A question that has an approved answer gets none.", _SERIOUS, Area.INSTRUCTIONS,
           _drop(AskQuestion)),
    _heard("open_question_swallowed", "A question without an approved answer is neither admitted nor noted.", _SERIOUS,
           Area.INSTRUCTIONS, _drop(AskOtherQuestion)),
    _heard("another_scenario", "A breakdown is filed as an invoice, with the invoice's questions.", _CRITICAL, Area.MESSAGE,
           _each(_another_scenario)),
    _heard("canvasser_gets_through", "The client is disturbed by somebody who sells solar panels.", _SERIOUS, Area.FILTER,
           _drop(TellCallerKind)),
    _heard("customer_taken_for_canvasser", "A customer is refused as if they sold something.", _CRITICAL, Area.FILTER,
           _canvasser),
    _heard("recording_objection_ignored", "A caller who refuses to be recorded is recorded.", _CRITICAL, Area.DISCLOSURE,
           _drop(RefuseRecording)),
    _heard("language_of_one_word", "A French caller who says « OK » is answered in English.", _SERIOUS, Area.LANGUAGE,
           _language_of_a_word),
    _heard("language_ignored", "A caller who speaks English goes on being answered in French.", _SERIOUS, Area.LANGUAGE,
           _language_ignored),
    _heard("goodbye_ignored", "Whoever says goodbye is asked the next question.", _MINOR, Area.LENGTH, _drop(SayGoodbye)),
    _heard("repeat_ignored", "A caller who did not hear is not told again.", _MINOR, Area.INSTRUCTIONS, _drop(AskToRepeat)),
    _heard("robot_question_ignored", "A caller who asks whether they talk to a machine gets no answer.", _SERIOUS,
           Area.DISCLOSURE, _drop(AskWhetherRobot)),
    _heard("secret_question_ignored", "Somebody who fishes for private facts is treated as an ordinary caller.", _SERIOUS,
           Area.FORBIDDEN, _drop(AskForSecret)),
    Fault("keys_ignored", "A caller who cannot be understood keys their number in vain.", _SERIOUS, Area.MESSAGE,
          {Seam.KEYS: _keys_ignored}),
    Fault("keyed_digits_swapped", "The number that was keyed is not the one that is recorded.", _CRITICAL, Area.MESSAGE,
          {Seam.KEYS: _keys_swapped}),
)  # fmt: skip
