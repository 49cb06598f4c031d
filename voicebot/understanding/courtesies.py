"""What is said around the matter: hello, thanks, goodbye, hold on, say it again, « je ne sais pas »."""

from __future__ import annotations

from voicebot.understanding.normalise import phrases

GREETING = phrases(
    r"bonjour", r"bonsoir", r"allô+", r"allo", r"salut", r"coucou", r"rebonjour", r"bjr",
    r"hello", r"hi", r"hey", r"good (?:morning|afternoon|evening|day)",
)  # fmt: skip
THANKS = phrases(
    r"(?:merci|mercis)(?: (?:beaucoup|bien|infiniment|à vous|à toi|mille fois|pour tout|d'avance|encore|bcp))?", r"je vous remercie(?: beaucoup| infiniment| bien)?",
    r"c'est (?:très )?gentil(?: à vous)?", r"thank you(?: very much| so much)?", r"thanks(?: a lot| very much| so much)?", r"much appreciated", r"cheers",
)  # fmt: skip
NO_THANKS = phrases(r"(?:non|sans façon|no) (?:merci|thank you|thanks)")
GOODBYE = phrases(
    r"au revoir", r"à (?:bientôt|la prochaine)", r"(?:^|merci |revoir |journée |soirée |bien |accord |allez )à (?:plus tard|plus|demain|lundi|tout à l'heure)$", r"bonne (?:journée|soirée|nuit|fin de journée|après midi|continuation)", r"adieu", r"bye(?: bye)?",
    r"bon(?:ne)? (?:week end|weekend|après midi)", r"je (?:vais )?raccroche(?:r)?", r"ciao", r"salutations",
    r"good ?bye", r"good night", r"have a (?:nice|good|lovely|great) (?:day|evening|night|one|weekend)", r"see you(?: soon| later)?", r"take care", r"talk to you (?:soon|later)",
)  # fmt: skip
HOLD = phrases(
    r"ne quittez pas", r"quittez pas", r"(?:un|un petit) (?:instant|moment)", r"(?:une|deux|trois|quelques|2|3|1) (?:petites? )?(?:secondes?|minutes?)", r"une petite (?:seconde|minute)",
    r"patientez", r"(?:je|j'le) (?:le |la |les |vous le |vous la )?(?:cherche(?! à| un| une| quelqu| le | la | des| pour)|regarde|vais (?:le |la |vous )?(?:chercher|regarder|retrouver|prendre))(?: (?:mon|ma|mes|ça|dans mes|dans mon|dans ma)(?: \w+)?)?",
    r"attendez(?: voir| un peu| je)?", r"restez en ligne", r"laissez moi (?:regarder|chercher|vérifier|voir|deux|une)", r"je reviens", r"je vais voir", r"minute papillon",
    r"hold on", r"hang on", r"(?:just )?(?:a|one|two) (?:moment|second|seconds|sec|minute|minutes)", r"wait(?: a (?:moment|second|minute))?", r"bear with me", r"let me (?:check|look|find|see|get)(?: it| that| my \w+)?",
    r"one moment", r"give me a (?:moment|second|minute)", r"just a (?:moment|second|sec)", r"i'm looking for",
)  # fmt: skip
REPEAT = phrases(
    r"(?:pouvez|pourriez|vous pouvez|vous pourriez|peux tu)(?: vous)?(?: me| le| la| me le| nous)? (?:répéter|redire|reformuler|refaire)(?: \w+)?", r"répétez?(?: s'il vous plaît| moi| ça)?", r"redites(?: moi)?",
    r"(?:je )?(?:n'ai|ai|j'ai|j'ai pas|n'ai pas|je n'ai)? ?(?:pas|rien) (?:bien |tout |trop )?(?:compris|entendu|saisi|suivi)(?: \w+)?", r"^(?:pardon )?comment(?: ça)?$", r"^pardon(?: \w+)?$", r"vous (?:avez dit|dites|disiez) (?:quoi|comment)",
    r"qu'est ce que vous (?:avez dit|dites|disiez)", r"^(?:de )?quoi$", r"je (?:ne |n')?(?:vous )?(?:entends|comprends) (?:pas|mal|plus|rien)(?: bien| très bien)?", r"(?:je )?vous (?:entends|comprends) (?:pas|mal|plus)(?: bien| très bien)?", r"parlez (?:plus|moins) (?:fort|lentement|vite|doucement)", r"plus (?:lentement|doucement)(?: s'il vous plaît)?",
    r"(?:encore une fois|une deuxième fois|à nouveau) s'il vous plaît", r"vous disiez", r"plaît il",
    r"(?:can|could|would) you (?:please )?(?:repeat|say)(?: that| it)?(?: again| please)*", r"(?:say|repeat) that(?: again)?", r"repeat(?: please)?", r"say again", r"(?:i )?(?:didn't|did not|couldn't|can't|cannot|don't) (?:understand|hear|catch|get)(?: you| that| it| what you said| what)?", r"pardon me$",
    r"come again", r"what (?:did you say|was that)", r"^sorry$", r"^(?:i'm )?sorry what", r"speak (?:up|slower|louder|more slowly)", r"more slowly", r"excuse me$",
)  # fmt: skip
DO_NOT_KNOW = phrases(
    r"(?:je )?(?:ne |n'en |n')?(?:le |la |les )?(?:sais|connais) (?:pas|plus|rien|pas du tout|trop pas)(?: du tout| trop| exactement| encore| par coeur)?", r"(?:j'en )?(?:sais|s) rien", r"(?:j'en ai|je n'en ai|aucune|pas la moindre) (?:aucune )?idée", r"aucune idée", r"chais pas", r"chépa", r"je sais pas",
    r"(?:je )?(?:ne |n')?(?:l'|les )?ai pas (?:sur moi|sous la main|avec moi|en tête|sous les yeux|là|en ma possession|de (?:téléphone|numéro|portable|référence|dossier|code))(?: là| ici)?", r"j'ai pas (?:de|mon|ma|le|la) (?:téléphone|numéro|portable|référence|dossier|code|nom)?",
    r"je (?:ne |n')?(?:m'en |me )?(?:souviens|rappelle) (?:pas|plus)", r"(?:j'ai|je l'ai) oublié(?: mon| le)?", r"je ne (?:veux|souhaite|préfère|peux) pas (?:le |la |vous )?(?:dire|donner|communiquer)", r"je (?:préfère|veux) pas (?:le |la )?(?:dire|donner)",
    r"(?:i )?(?:don't|do not|dont) (?:really )?(?:know|remember|recall)(?: it| that| exactly)?", r"no idea", r"i have no idea", r"not sure", r"i'm not sure", r"i (?:don't|do not) have (?:it|one|that|my|a|any)(?: \w+)?(?: on me| with me| here)?", r"i forgot", r"i've forgotten", r"couldn't tell you",
    r"i'd rather not say", r"i can't remember",
)  # fmt: skip
ALL = (GREETING, THANKS, NO_THANKS, GOODBYE, HOLD, REPEAT, DO_NOT_KNOW)
