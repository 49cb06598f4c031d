"""Who calls, by what they say of themselves: canvassers, suppliers, candidates, press, police, bailiffs, family, filters."""

from __future__ import annotations

from dataclasses import dataclass

from voicebot.domain.acts import Confidence, TellCallerKind
from voicebot.domain.filters import CallerKind
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.understanding.normalise import Span, Utterance
from voicebot.understanding.vocabulary import find_wording, wordings
from voicebot.understanding.wishes.directory import Directory
from voicebot.understanding.wishes.meanings import Unit, meanings_of

_BY_WORDS = (
    CallerKind.POLICE,
    CallerKind.BAILIFF,
    CallerKind.PRESS,
    CallerKind.CANDIDATE,
    CallerKind.SUPPLIER,
    CallerKind.CANVASSER,
)
"""Of several the first: who comes with a duty before who comes with an offer."""

_FAR = 2
"""Words between « la femme de » and the name."""

_WHO_ALSO_CALL_FOR_THEMSELVES = (CallerKind.POLICE, CallerKind.PRESS, CallerKind.BAILIFF)
"""« Je suis journaliste, vous avez un rendez-vous ? » is a patient."""

_WHO_SOUND_LIKE_CUSTOMERS = (CallerKind.CANVASSER, CallerKind.SUPPLIER)

_FEWEST_WORDS = 2
"""Words of meaning that a filter's wording needs to be found in other words; a shorter one must be said as it stands."""


@dataclass(frozen=True, slots=True)
class _Wording:
    filter: str
    language: Language
    stems: tuple[str, ...]
    units: tuple[frozenset[str], ...]


class CallerKinds:
    """What one client's filters say of callers, prepared once."""

    def __init__(self, instructions: Instructions) -> None:
        rows: list[_Wording] = []
        for rule in instructions.filters:
            for language, texts in rule.callers_say.items():
                lists = meanings_of(language)
                for text in texts:
                    said = Utterance.read(text)
                    units = tuple(_features(u) for u in lists.units(said) if not u.light)
                    rows.append(_Wording(rule.id, language, tuple(lists.stems(said)), units))
        self._wordings = tuple(rows)

    def tell(
        self, utterance: Utterance, language: Language, directory: Directory, *, has_matter: bool
    ) -> TellCallerKind | None:
        """Who the caller is. has_matter: the words also state an ordinary request, which an ordinary caller has."""
        rule = self._filter(utterance, language)
        if rule:
            return TellCallerKind(rule, utterance.words.strip())
        found = _relative(utterance, directory)
        if found:
            return TellCallerKind(CallerKind.FAMILY.value, utterance.quote(found))
        for kind in _BY_WORDS:
            span = find_wording(utterance, f"caller_kinds.{kind.value}")
            if span is None:
                continue
            own = wordings("caller_kinds.own_matter").search(utterance.plain) is not None
            if own and (has_matter or kind in _WHO_ALSO_CALL_FOR_THEMSELVES):
                return None
            doubtful = own or (has_matter and kind in _WHO_SOUND_LIKE_CUSTOMERS)
            confidence = Confidence.UNSURE if doubtful else Confidence.SURE
            return TellCallerKind(kind.value, utterance.quote(span), confidence)
        return None

    def _filter(self, utterance: Utterance, language: Language) -> str | None:
        mine = [w for w in self._wordings if w.language is language]
        if not mine:
            return None
        if not wordings("caller_kinds.introduces").search(utterance.plain):
            return None
        lists = meanings_of(language)
        stems = lists.stems(utterance)
        said = [_features(u) for u in lists.units(utterance)]
        for wording in mine:
            many = len(wording.stems)
            as_it_stands = any(tuple(stems[i : i + many]) == wording.stems for i in range(len(stems) - many + 1))
            meant = len(wording.units) >= _FEWEST_WORDS and all(any(u & s for s in said) for u in wording.units)
            if as_it_stands or meant:
                return wording.filter
        return None


def _features(unit: Unit) -> frozenset[str]:
    return frozenset(f for f, strength in unit.features if strength == max(s for _, s in unit.features))


def _relative(utterance: Utterance, directory: Directory) -> Span | None:
    """« Je suis la femme de Bernard »: of someone of the directory."""
    span = find_wording(utterance, "caller_kinds.relative")
    if span is None:
        return None
    near = wordings("caller_kinds.of_them").search(utterance.plain) is not None
    return next((span for named in directory.mentions(utterance) if near or named.span[0] - span[1] <= _FAR), None)
