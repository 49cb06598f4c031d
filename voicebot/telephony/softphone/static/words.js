// Every word of the page in both languages; the chosen one is remembered.

const WORDS = {
  fr: {
    title: "téléphone",
    practice: "Oreilles et voix d'essai.",
    practice_more: "Ce poste n'a pas de modèles téléchargés : la réceptionniste comprend mal une vraie voix et parle comme un automate.",
    whom: "Qui appelez-vous ?",
    no_clients: "Aucun client n'est configuré.",
    call: "Appeler",
    hang_up: "Raccrocher",
    idle: "Prêt",
    calling: "Appel en cours…",
    talking: "En ligne",
    resuming: "Ligne coupée, reprise…",
    over: "Appel terminé",
    refused: "L'appel n'a pas été pris.",
    unreachable: "Le serveur ne répond pas.",
    no_microphone: "Le micro est refusé ou absent : autorisez-le dans le navigateur.",
    you: "Vous",
    her: "Réceptionniste",
    level_you: "Votre niveau en dB",
    level_her: "Niveau de la réceptionniste en dB",
    keypad: "Clavier du téléphone",
    hint: "Casque conseillé. Pendant l'appel, les chiffres du clavier valent les touches du téléphone.",
    conversation: "Conversation",
    empty: "Choisissez un client, appelez et parlez : la conversation s'écrit ici, avec ce qui a été compris.",
    ears: "Oreilles",
    voice: "Voix",
    keys: "Touches",
    silence: "Silence",
    message: "Message enregistré",
    line_lost: "Ligne coupée",
    recording_stopped: "Enregistrement arrêté",
    trouble: "Incident",
    ended: "Fin de l'appel",
    state_request: "motif",
    give_detail: "renseignement",
    raise_red_flag: "danger",
    affirm: "oui",
    refuse: "non",
    do_not_know: "ne sait pas",
    ask_for_human: "veut un humain",
    ask_for_person: "demande une personne",
    ask_whether_robot: "robot ?",
    ask_question: "question",
    ask_other_question: "question sans réponse prévue",
    ask_for_secret: "demande confidentielle",
    tell_caller_kind: "qui appelle",
    ask_to_repeat: "répéter",
    ask_to_wait: "patienter",
    ask_for_language: "langue",
    refuse_recording: "refuse l'enregistrement",
    greet: "salut",
    thank: "merci",
    say_goodbye: "au revoir",
    wish_while_waiting: "pendant l'attente",
    press_keys: "touches",
    unclear: "pas compris",
    sector_general: "accueil",
    sector_medical: "santé",
    sector_legal: "droit",
    sector_property: "gestion immobilière",
    sector_lift: "ascenseurs",
    sector_heating: "chauffage, plomberie",
    sector_funeral: "pompes funèbres",
    sector_e_commerce: "vente en ligne",
    sector_veterinary: "vétérinaire",
    sector_roadside: "dépannage automobile",
    sector_town_hall: "mairie",
  },
  en: {
    title: "telephone",
    practice: "Practice ears and voice.",
    practice_more: "No models are downloaded here: the receptionist understands real voices badly and speaks like a machine.",
    whom: "Who are you calling?",
    no_clients: "No client is configured.",
    call: "Call",
    hang_up: "Hang up",
    idle: "Ready",
    calling: "Calling…",
    talking: "On the line",
    resuming: "Line lost, coming back…",
    over: "Call ended",
    refused: "The call was not taken.",
    unreachable: "The server does not answer.",
    no_microphone: "The microphone is refused or missing: allow it in the browser.",
    you: "You",
    her: "Receptionist",
    level_you: "Your level in dB",
    level_her: "The receptionist's level in dB",
    keypad: "Telephone keypad",
    hint: "A headset is best. During a call your keyboard's digits are the telephone's keys.",
    conversation: "Conversation",
    empty: "Choose a client, call and talk: the conversation is written here, with what was understood.",
    ears: "Ears",
    voice: "Voice",
    keys: "Keys",
    silence: "Silence",
    message: "Message recorded",
    line_lost: "Line lost",
    recording_stopped: "Recording stopped",
    trouble: "Trouble",
    ended: "End of the call",
    state_request: "request",
    give_detail: "detail",
    raise_red_flag: "danger",
    affirm: "yes",
    refuse: "no",
    do_not_know: "does not know",
    ask_for_human: "wants a human",
    ask_for_person: "asks for a person",
    ask_whether_robot: "robot?",
    ask_question: "question",
    ask_other_question: "question without approved answer",
    ask_for_secret: "asks for a secret",
    tell_caller_kind: "who is calling",
    ask_to_repeat: "repeat",
    ask_to_wait: "wait",
    ask_for_language: "language",
    refuse_recording: "refuses recording",
    greet: "greeting",
    thank: "thanks",
    say_goodbye: "goodbye",
    wish_while_waiting: "while waiting",
    press_keys: "keys",
    unclear: "unclear",
    sector_general: "reception",
    sector_medical: "health",
    sector_legal: "law",
    sector_property: "property management",
    sector_lift: "lifts",
    sector_heating: "heating, plumbing",
    sector_funeral: "funeral services",
    sector_e_commerce: "online shop",
    sector_veterinary: "veterinary practice",
    sector_roadside: "roadside assistance",
    sector_town_hall: "town hall",
  },
};

const KEPT = "voicebot.language";
let language = localStorage.getItem(KEPT) === "en" ? "en" : "fr";

export function word(name) {
  return WORDS[language][name] ?? name;
}

/** Names what an element says, so that it follows the language. */
export function name(element, wordName) {
  element.dataset.word = wordName;
  element.textContent = word(wordName);
}

export function offerLanguages(buttons) {
  for (const button of buttons) {
    button.addEventListener("click", () => {
      language = button.dataset.language;
      localStorage.setItem(KEPT, language);
      show(buttons);
    });
  }
  show(buttons);
}

function show(buttons) {
  document.documentElement.lang = language;
  for (const button of buttons) button.setAttribute("aria-pressed", String(button.dataset.language === language));
  for (const element of document.querySelectorAll("[data-word]")) element.textContent = word(element.dataset.word);
  for (const element of document.querySelectorAll("[data-label]")) element.ariaLabel = word(element.dataset.label);
}
