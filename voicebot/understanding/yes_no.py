"""Yes and no, as people say them, in the light of what was asked."""

from __future__ import annotations

from enum import Enum

from voicebot.domain.call import Awaited
from voicebot.understanding.normalise import Span, Utterance, phrases


class Answer(Enum):
    YES = "yes"
    NO = "no"


_YES = phrases(
    r"oui+", r"ouais", r"ouai", r"ouep", r"mouais", r"voilà", r"(?:oui )?(?:c'est|c) (?:bien )?(?:ça|cela|exact|correct|juste|vrai|parfait|noté|tout à fait ça)",
    r"c'est (?:bien )?(?:moi|mon numéro|mon nom)(?: même)?$", r"tout à fait", r"exactement", r"exact", r"absolument", r"effectivement", r"en effet",
    r"parfaitement", r"bien sûr", r"bien entendu", r"évidemment", r"certainement", r"volontiers", r"d'accord", r"ça (?:marche|roule|me va|me convient|va|joue)", r"affirmatif",
    r"c'est pas faux", r"ce n'est pas faux", r"je (?:veux bien|confirme|suis d'accord)", r"parfait", r"correct", r"c'est (?:bon|ok|okay|d'accord)",
    r"pourquoi pas", r"avec plaisir", r"allez y", r"si si", r"ok", r"okay", r"pas de (?:problème|souci)s?", r"carrément", r"impeccable", r"nickel", r"entendu",
    r"yes", r"yeah", r"yep", r"yup", r"ya", r"that's (?:right|correct|it|fine|me|good|perfect)", r"that is (?:right|correct|it|fine)", r"it is$", r"correct", r"right", r"exactly",
    r"absolutely", r"of course", r"sure", r"certainly", r"indeed", r"definitely", r"please do", r"go ahead", r"i do", r"sounds good", r"fine", r"all right", r"alright",
    r"perfect", r"affirmative", r"very well", r"no problem",
)  # fmt: skip
_NO = phrases(
    r"non+", r"nan", r"nope", r"pas du tout", r"pas vraiment", r"absolument pas", r"pas (?:correct|exact|juste|bon|ça)", r"(?:c'est|c) (?:faux|inexact|incorrect|pas ça|pas bon|pas juste|pas correct|pas exact|pas le bon)",
    r"ce n'est pas (?:ça|bon|juste|correct|exact|le bon|tout à fait ça|mon)", r"c'est pas (?:ça|bon|juste|correct|exact|le bon|tout à fait ça|mon|tout à fait exact)", r"surtout pas", r"jamais de la vie", r"pas question", r"certainement pas", r"pas tout à fait",
    r"vous vous (?:êtes trompée?|trompez)", r"il y a une erreur", r"négatif", r"ça ne (?:me )?va pas", r"ça (?:me )?va pas", r"je ne (?:suis pas d'accord|veux pas|préfère pas)", r"je (?:suis pas d'accord|veux pas|préfère pas)", r"pas d'accord", r"sûrement pas",
    r"bien sûr que non", r"pas pour (?:moi|l'instant|le moment)", r"y a une erreur", r"c'est (?:une )?erreur",
    r"no", r"nah", r"not (?:really|at all|quite|exactly|correct|right|now|today)", r"that's (?:wrong|not (?:right|correct|it|my))", r"that is (?:wrong|not (?:right|correct|it))", r"it's (?:wrong|not (?:right|correct))", r"wrong", r"incorrect",
    r"i don't think so", r"no way", r"negative", r"it isn't", r"it is not", r"of course not", r"i'd rather not",
)  # fmt: skip
_NOTHING_ELSE = phrases(
    r"(?:ce sera|ça sera|c'est|ce serait) tout", r"rien (?:d'autre|de plus|à ajouter)", r"rien", r"c'est bon", r"ça ira", r"ça (?:me )?suffit", r"j'ai tout dit", r"je n'ai (?:plus rien|rien d'autre)",
    r"c'est parfait", r"non c'est bon", r"terminé",
    r"that's all", r"that is all", r"that's it", r"that'll be all", r"that will be all", r"nothing(?: else)?", r"i'm (?:good|fine|done)", r"all good",
)  # fmt: skip
_SHORT_SI = phrases(r"^(?:mais |bah |ben )?si(?: si)*(?: (?:bien sûr|merci|oui))?$")
_MEANS_YES = phrases(
    r"c'est pas faux",
    r"ce n'est pas faux",
    r"pas de (?:problème|souci)s?",
    r"non (?:non )?c'est (?:bon|parfait|bien|ok|correct|exact|ça|très bien)",
    r"no (?:no )?(?:that's|it's) (?:fine|good|right|correct|ok|okay|perfect)",
    r"no problem",
    r"i'm not against it",
)
_RETRACTS = phrases(
    r"(?:enfin|ou plutôt|euh|attendez|mais|ah) (?:non|no|pas|nan)",
    r"(?:non|nan) (?:enfin|pardon|attendez|si|mais) (?:si|oui)",
    r"enfin si",
    r"(?:actually|wait|well|i mean) (?:no|yes)",
    r"sauf que",
    r"mais (?:le|la|mon|ma|pas|c'est|il|sans|avec)",
    r"presque",
    r"but (?:the|my|it|not|with)",
)
_FILLER = phrases(
    r"merci(?: beaucoup| bien| à vous)?",
    r"s'il vous plaît",
    r"monsieur",
    r"madame",
    r"alors",
    r"donc",
    r"enfin",
    r"attendez",
    r"thank you(?: very much)?",
    r"thanks",
    r"please",
    r"et",
    r"mais",
    r"bon",
    r"ah",
    r"oh",
    r"hum",
    r"is",
    r"it",
    r"bien",
    r"très bien",
)


def find_answer(utterance: Utterance, awaited: Awaited) -> tuple[Answer, tuple[Span, ...]] | None:
    """The answer and its tokens, or None. The last word counts: « oui… enfin non » is no."""
    said: list[tuple[Span, Answer]] = [(span, Answer.YES) for span in utterance.find_all(_YES)]
    said += [(span, Answer.NO) for span in utterance.find_all(_NO)]
    if awaited is Awaited.ANYTHING_ELSE:
        said = [s for s in said if not _inside(s[0], utterance.find_all(_NOTHING_ELSE))]
        said += [(span, Answer.NO) for span in utterance.find_all(_NOTHING_ELSE)]
    else:
        covering = list(utterance.find_all(_MEANS_YES))
        said = [s for s in said if not _inside(s[0], covering)] + [(span, Answer.YES) for span in covering]
    if _SHORT_SI.search(utterance.plain):
        said.append(((0, len(utterance.tokens)), Answer.YES))
    if not said:
        return None
    said = _widest(said)
    spans = tuple(span for span, _ in said)
    return _verdict(utterance, said), spans


def _inside(span: Span, others: object) -> bool:
    return any(first <= span[0] and span[1] <= last for first, last in others)  # type: ignore[attr-defined]


def _widest(said: list[tuple[Span, Answer]]) -> list[tuple[Span, Answer]]:
    """Of answers that overlap only the longest: « absolument pas » is not « absolument »."""
    kept: list[tuple[Span, Answer]] = []
    for span, answer in sorted(said, key=lambda s: (s[0][0] - s[0][1], s[0])):
        if all(span[1] <= k[0] or span[0] >= k[1] for k, _ in kept):
            kept.append((span, answer))
    return sorted(kept)


def _verdict(utterance: Utterance, said: list[tuple[Span, Answer]]) -> Answer:
    answers = [answer for _, answer in said]
    if Answer.YES in answers and Answer.NO in answers:
        # « non, oui… »: whoever takes a word back means the last one; « non non, c'est bon » was settled above.
        return answers[-1] if _RETRACTS.search(utterance.plain) else answers[0]
    if (
        answers[0] is Answer.YES
        and _RETRACTS.search(utterance.plain)
        and phrases(r"sauf que", r"mais (?:le|la|mon|ma|pas|c'est|sans|avec)", r"presque", r"but").search(utterance.plain)
    ):
        return Answer.NO
    return answers[0]


def only_answers(utterance: Utterance, spans: tuple[Span, ...]) -> bool:
    """Nothing but the answer and politeness was said."""
    rest = utterance.take([*spans, *utterance.find_all(_FILLER)])
    return not rest.free
