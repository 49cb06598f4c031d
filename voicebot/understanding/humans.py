"""Who or what the caller wants to speak with: a human, one person, another language; whether this is a robot; no recording."""

from __future__ import annotations

from voicebot.domain.call import Awaited
from voicebot.domain.language import Language
from voicebot.understanding.directory import Directory, title_only
from voicebot.understanding.normalise import TAKEN, Span, Utterance, phrases
from voicebot.understanding.ports import Context

_ANYONE = (
    r"(?:quelqu'un(?: (?:d'autre|de vivant|de réel|en vrai|de compétent|d'humain))?|un (?:humain|être humain|conseiller|agent|opérateur|responsable|employé|collaborateur|collègue|vrai \w+|interlocuteur|standardiste|technicien|secrétaire|monsieur|homme|vendeur|chef)|"
    r"une (?:vraie )?(?:personne|humaine|conseillère|opératrice|responsable|secrétaire|standardiste|dame|femme|hôtesse|collègue|assistante)(?: (?:humaine|réelle|physique|vivante))?|des (?:humains|gens)|(?:la|le|votre|au|à la|à une?) (?:secrétaire|secrétariat|standard|standardiste|responsable|direction|patron|patronne|gérant|gérante|accueil|service client|conseiller|collègue)|"
    r"l'(?:accueil|opérateur|opératrice)|vos collègues|votre (?:patron|chef|responsable))"
)
_WANT = (
    r"(?:(?:parler|discuter|causer)(?: directement| plutôt)?(?: à| avec| au| aux)?|(?:me |nous |m' ?)?(?:passer|passez|transférer|transférez|transfère|mettre|mettez|basculer)(?: moi| nous)?(?: en (?:relation|contact|ligne))?(?: avec| à| vers| au)?|passez moi|(?:avoir|joindre|contacter)(?: directement)?|"
    r"(?:être|mis|mise)(?: mis| mise)?(?: en (?:relation|contact|ligne))(?: avec)?|transférez moi(?: à| vers| au)?|mettez moi en (?:relation|contact|ligne) avec|demander|je (?:veux|voudrais|préfère|souhaite)(?: avoir)?|est ce qu'il y a|y a t il|il y a|préfère(?: avoir| parler à)?|donnez moi|besoin (?:de parler (?:à|avec)|d'))"
)
HUMAN = phrases(
    rf"{_WANT} {_ANYONE}(?: au téléphone)?",
    r"un (?:conseiller|humain|opérateur|agent humain)(?: s'il vous plaît)?$", r"^(?:un |une )?(?:conseiller|humain|opérateur|standard|secrétariat|secrétaire|agent|accueil)(?: s'il vous plaît)?$", r"une vraie personne", r"un (?:vrai|véritable) (?:humain|conseiller|être humain|interlocuteur)", r"quelqu'un de (?:vrai|vivant|réel|humain)", r"une personne (?:humaine|réelle|physique|vivante)",
    r"(?:pas|plus) (?:envie de )?(?:parler )?(?:à|avec) (?:une|un|des) (?:machine|robot|machines|robots|ordinateur|répondeur|intelligence artificielle|ia)", r"(?:je )?(?:ne )?(?:veux|parle) pas (?:parler |parle )?(?:à|avec|d') ?(?:une|un|des|aux) (?:machine|robot|machines|robots|ordinateur|répondeur|ia)s?",
    r"marre (?:des|de parler à (?:des|un|une)) (?:robots?|machines?)", r"passez moi (?:quelqu'un|le (?:secrétariat|standard|responsable)|un|une)\b(?! (?:message|coup))(?: \w+)?", r"(?:il n'y a|y a|il y a) (?:pas |donc pas |personne d'|vraiment pas )?(?:un |de )?(?:humain|quelqu'un de vivant|vrai humain)s?",
    r"être humain", r"vraie personne", r"l'humain",
    r"(?:speak|talk|chat|get through|transfer me|put me through|connect me)(?: directly)?(?: to| with)? (?:a |an |some |the |your )?(?:real |actual |live |proper |human )*(?:human|person|someone|somebody|anybody|anyone|people|agent|operator|adviser|advisor|representative|manager|receptionist|secretary|human being|assistant|member of staff|supervisor|boss)(?: being)?(?: (?:else|real|human))?",
    r"(?:real|actual|live) (?:person|human)", r"human being", r"(?:i )?(?:want|need|prefer|would like|'d like) (?:a |an )?(?:real |live )?(?:human|person|agent|operator|representative)", r"^(?:a |an )?(?:human|agent|operator|representative|real person)(?: please)?$", r"(?:don't|do not) (?:want|like) to (?:talk|speak) (?:to|with) (?:a |an )?(?:machine|robot|computer|bot|machines|robots)",
    r"is there (?:a |an )?(?:human|person|anyone|someone|anybody|somebody)(?: there| i can (?:talk|speak) to)?", r"can i (?:get|have) (?:a |an )?(?:human|person|agent|operator|real person)",
)  # fmt: skip
ROBOT = phrases(
    r"(?:êtes vous|vous êtes|t'es|tu es|est ce que vous êtes|c'est|je parle (?:à|avec)|je suis en train de parler à|vous seriez)(?: bien| vraiment| pas| encore)? (?:un|une|des) (?:robot|machine|ordinateur|répondeur|intelligence artificielle|ia|i a|bot|automate|vrai(?:e)? (?:personne|humain)|humain|personne (?:réelle|humaine)|programme|logiciel|chatbot|vraie dame|vrai monsieur|être humain)(?: automatique| ou (?:un|une) \w+)?",
    r"vous (?:n')?êtes (?:pas )?(?:humaine?|réelle?|vivante?)", r"êtes vous (?:humaine?|réelle?|vraie?)", r"(?:une|l') (?:intelligence artificielle|ia) (?:ou|qui)", r"je parle à (?:qui|quoi)", r"c'est (?:automatique|enregistré|un enregistrement|une voix de synthèse|une voix enregistrée)", r"robot ou (?:humain|personne)",
    r"(?:are|r) you (?:really |actually )?(?:a |an )?(?:robot|machine|human|computer|bot|real person|real human|real|person|ai|a i|recording|automated|artificial intelligence)", r"(?:is this|am i (?:talking|speaking) (?:to|with)) (?:a |an )?(?:robot|machine|computer|bot|human|real person|recording|ai|person|automated \w+)", r"you(?:'re| are) (?:a |an )?(?:robot|machine|bot|computer)",
)  # fmt: skip
NO_RECORDING = phrases(
    r"(?:je )?(?:ne )?(?:veux|souhaite|accepte|désire|préfère) pas (?:que (?:vous|l'appel|ce soit|cet appel|la conversation|ça|cette conversation|mon appel)(?: \w+){0,3} (?:enregistr\w+)|être enregistrée?|(?:d')?(?:être )?(?:enregistr\w+)|que vous m'enregistriez)", r"je (?:refuse|m'oppose à|suis contre|n'accepte pas) (?:d'être |que \w+ \w+ |cet |l' ?|tout |votre )?(?:enregistr\w+)(?: \w+)?", r"(?:pas|sans|aucun) (?:d' ?)?enregistrement", r"(?:n'|ne )?(?:m')? ?enregistrez pas", r"(?:arrêtez|stoppez|coupez|désactivez|supprimez|effacez) (?:l'|cet |de (?:m')?|d')? ?enregistr\w+", r"je refuse l'enregistrement", r"ne m'enregistrez pas", r"je n'autorise pas (?:l'|cet )?enregistrement", r"je refuse$", r"pas (?:être )?enregistrée?", r"refuse (?:d'être|d'etre) enregistrée?",
    r"(?:don't|do not|dont) (?:want (?:to be |you to |this |the call |this call )?(?:to be |being )?(?:record\w*)|record(?: me| this| the call| this call)?|agree to (?:be |being )?record\w*)", r"(?:i )?(?:refuse|object|decline)(?: to)?(?: be| being| the| this| any)? ?record\w*", r"(?:stop|no|without|turn off the|delete the|stop the) recording", r"not (?:be|being|to be) recorded", r"i do not consent(?: to (?:the )?recording)?", r"rather not be recorded",
)  # fmt: skip
_ENGLISH = phrases(
    r"(?:do you|can you|could you|does (?:anyone|someone|anybody)|can we|could we|can i|is it possible to|i(?:'d| would)? (?:prefer|like)(?: to)?|please)(?: please)? (?:speak|talk|have|continue in|speak in)? ?(?:in )?english", r"english(?: please)?$", r"in english", r"i (?:don't|do not|can't|cannot) (?:speak|understand) french", r"no french", r"my french is (?:bad|not good|poor|terrible)",
    r"parlez vous anglais", r"(?:vous parlez|en|parler) anglais",
)  # fmt: skip
_FRENCH = phrases(
    r"(?:en|parlez|parler|parlez vous|parle) français", r"français s'il vous plaît", r"je (?:ne )?parle pas (?:l')?anglais", r"je (?:ne )?comprends pas (?:l')?anglais",
    r"(?:do you speak|in|speak) french", r"french please", r"i (?:don't|do not) speak english",
)  # fmt: skip
_PERSON_CUES = phrases(
    r"parler (?:avec|à|au|aux)", r"(?:me|nous) passer", r"passez moi", r"passe moi", r"(?:joindre|contacter|avoir|rappeler)", r"(?:un |laisser un )?message (?:pour|à|au)", r"(?:je cherche à joindre|je demande|je cherche)", r"(?:mettre|mettez)(?: moi)? en (?:relation|contact|ligne) avec",
    r"est ce que", r"quand est ce que", r"c'est pour(?: parler à)?", r"(?:je voudrais|je veux|je souhaite|j'aimerais|pourrais je|puis je|je peux|est ce que je peux|peut on) (?:parler (?:avec|à|au)|avoir|joindre)", r"à l'attention de",
    r"(?:speak|talk)(?: to| with)", r"(?:put me through|transfer me|connect me) to", r"is", r"(?:a |leave a )?message for", r"(?:reach|get hold of|ask for|looking for)", r"(?:can|may|could) i (?:speak|talk) (?:to|with)", r"when (?:is|will)",
)  # fmt: skip
_PRESENCE = phrases(
    r"(?:est|est ce qu'il est|est elle|est il|serait|sera)(?: t il| t elle| il| elle)? (?:là|disponible|présente?|joignable|au bureau|au cabinet|dans les parages)", r"(?:be )?(?:there|available|around|in(?: today)?|back)",
)  # fmt: skip
_WEAK_CUES = frozenset(
    {
        "est ce que",
        "quand est ce que",
        "is",
        "c est pour",
        "avoir",
        "rappeler",
        "when is",
        "when will",
        "je cherche",
        "je demande",
    }
)
_POLITE = phrases(
    r"s'il vous plaît",
    r"bonjour",
    r"bonsoir",
    r"merci",
    r"oui",
    r"alors",
    r"please",
    r"hello",
    r"hi",
    r"yes",
    r"pour",
    r"c'est pour",
    r"for",
)
_NOT_TO_SPEAK = phrases(
    r"rendez[ -]?vous(?: \w+){0,2} avec", r"rdv avec", r"appointment(?: \w+){0,2} with", r"consultation avec"
)


def asks_language(utterance: Utterance) -> Language | None:
    """The language that the caller asks for; « je ne parle pas anglais » asks for French."""
    if utterance.find(_FRENCH):
        return Language.FRENCH
    return Language.ENGLISH if utterance.find(_ENGLISH) else None


def find_human(utterance: Utterance) -> Span | None:
    return utterance.find(HUMAN)


def find_person(utterance: Utterance, directory: Directory) -> tuple[str | None, str, Span] | None:
    """(id or None, name as said, tokens) of the person whom the caller wants to speak with."""
    if utterance.find(_NOT_TO_SPEAK):
        return None
    present = utterance.find(_PRESENCE)
    for cue in utterance.find_all(_PERSON_CUES):
        weak = " ".join(t.plain for t in utterance.tokens[cue[0] : cue[1]]) in _WEAK_CUES
        found = directory.named_after(utterance, cue[1], certain=weak and not (present and present[0] >= cue[1]))
        if found:
            person, span = found
            name = utterance.quote(span)
            if title_only(utterance, span) and person is None:
                continue
            return person, name, (cue[0], span[1])
    return None


def bare_person(utterance: Utterance, directory: Directory, context: Context) -> tuple[str | None, str, Span] | None:
    """« Le docteur Martin, s'il vous plaît »: someone of the directory, when the request is awaited and little else is said."""
    if context.expectation.awaited not in (Awaited.REQUEST, Awaited.NOTHING) or not 1 <= len(utterance.free) <= 8:
        return None
    rest = utterance.take(utterance.find_all(_POLITE))
    first = next((i for i, t in enumerate(rest.tokens) if t.plain != TAKEN), None)
    found = directory.named_after(rest, first, certain=True) if first is not None else None
    if not found or found[0] is None or rest.take([found[1]]).free:
        return None
    return found[0], utterance.quote(found[1]), found[1]
