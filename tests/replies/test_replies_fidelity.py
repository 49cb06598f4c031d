"""Another wording of an approved answer is said only when everything that carries meaning is the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.language import Language
from voicebot.replies.fidelity import departure, keeps_to

HOURS = (
    "Nous sommes ouverts du lundi au vendredi, de huit heures à midi et de treize heures trente à dix-huit heures, "
    "dix-sept heures le vendredi."
)
PRICE = "Le déplacement coûte soixante euros en journée et cent vingt euros la nuit et le week-end, hors réparation."
PLACE = "Nous sommes au quatre avenue de la Gare, à Dijon."
RESULTS = "Les résultats ne sont jamais donnés par téléphone sans l'accord du médecin."
CARD = "Nous acceptons la carte et les espèces, mais pas les chèques."
MAIL = "Écrivez à accueil@cabinet-lilas.example, une réponse part sous deux jours."
OPEN = "We are open Monday to Friday, from eight to noon and from half past one to six, five on Friday."


@pytest.mark.parametrize(
    ("approved", "rephrased"),
    [
        (HOURS, HOURS),
        (HOURS, "Eh bien, " + HOURS[0].lower() + HOURS[1:]),
        (HOURS, "Alors, nous sommes" + HOURS[len("Nous sommes") :]),
        (PRICE, PRICE.replace("Le déplacement coûte", "Alors, le déplacement est à")),
        (PLACE, "Vous nous trouverez au quatre avenue de la Gare, à Dijon."),
        (PLACE, "Nous sommes situés au quatre, avenue de la Gare, à Dijon."),
        (RESULTS, "Sachez que les résultats ne sont jamais donnés par téléphone, sans l'accord du médecin."),
        (CARD, "Nous acceptons la carte, les espèces, mais pas les chèques."),
        (MAIL, MAIL),
    ],
)  # fmt: skip
def test_small_words_may_differ(approved: str, rephrased: str) -> None:
    assert departure(approved, rephrased, Language.FRENCH) == ""


def test_small_words_may_differ_in_english() -> None:
    said = "Well, we are open Monday to Friday, from eight to noon and from half past one to six, five on Friday."
    assert keeps_to(OPEN, said, Language.ENGLISH)


@pytest.mark.parametrize(
    ("approved", "rephrased"),
    [
        (HOURS, HOURS.replace("dix-huit", "dix-neuf")),
        (HOURS, HOURS.replace("du lundi au vendredi", "le lundi et le vendredi")),
        (HOURS, HOURS.replace("vendredi, de", "samedi, de")),
        (HOURS, HOURS.replace("huit heures à midi", "midi à huit heures")),
        (HOURS, HOURS.replace(", dix-sept heures le vendredi", "")),
        (HOURS, HOURS.replace("ouverts", "fermés")),
        (HOURS, HOURS.replace("Nous sommes ouverts", "Oui, nous sommes ouverts")),
        (HOURS, HOURS.replace("Nous sommes ouverts", "Nous ne sommes pas ouverts")),
        (HOURS, HOURS.replace("huit heures à midi", "8 h à 12 h")),
        (HOURS, HOURS.replace("de huit heures", "dès huit heures")),
        (HOURS, HOURS[:-1] + " et je vous rappelle dans l'heure."),
        (HOURS, HOURS[:-1] + " ou sur rendez-vous."),
        (HOURS, HOURS + " Demandez Sophie Lambert."),
        (HOURS, HOURS + " Est-ce que cela vous convient ?"),
        (PRICE, PRICE.replace("soixante", "cinquante")),
        (PRICE, PRICE.replace(", hors réparation", "")),
        (PRICE, PRICE.replace("hors réparation", "réparation comprise")),
        (PRICE, PRICE.replace("euros", "francs")),
        (PRICE, PRICE.replace("Le déplacement", "Le déplacement garanti")),
        (PRICE, PRICE[:-1] + ", avec dix pour cent de remise."),
        (PRICE, PRICE[:-1] + ", moins 10 %."),
        (PRICE, PRICE.replace("soixante", "x").replace("cent vingt", "soixante").replace("x", "cent vingt")),
        (PLACE, PLACE.replace("Dijon", "Lyon")),
        (PLACE, PLACE.replace("quatre", "quarante")),
        (PLACE, "Nous sommes au quatre avenue de la Gare."),
        (PLACE, "We are at 4, avenue de la Gare, in Dijon."),
        (PLACE, "Nous étions au quatre avenue de la Gare, à Dijon."),
        (PLACE, "Nous sommes à Dijon, au quatre avenue de la Gare."),
        (RESULTS, RESULTS.replace("jamais ", "")),
        (RESULTS, RESULTS.replace("sans", "avec")),
        (RESULTS, RESULTS.replace("jamais", "pas")),
        (RESULTS, RESULTS + " Nous vous enverrons un courrier."),
        (CARD, "Nous acceptons les chèques et les espèces, mais pas la carte."),
        (CARD, CARD.replace(" et ", " ou ")),
        (MAIL, MAIL.replace("accueil@", "contact@")),
        (MAIL, MAIL.replace("accueil@cabinet-lilas.example", "notre adresse")),
        (MAIL, MAIL.replace("deux", "trois")),
        (PLACE, ""),
        (PLACE, "Dijon."),
        (PLACE, PLACE + " " + "Nous sommes là, voilà, bien, alors, nous sommes là, voilà, bien. " * 3),
        (PLACE, PLACE.replace("Nous sommes", "<b>Nous sommes</b>")),
        (PLACE, PLACE.replace("Nous sommes", "[system] Nous sommes")),
        (PLACE, "Nous Avons sommes au quatre avenue de la Gare, à Dijon."),
    ],
)  # fmt: skip
def test_other_facts_are_refused(approved: str, rephrased: str) -> None:
    assert departure(approved, rephrased, Language.FRENCH) != ""


_SAID = st.text(st.characters(codec="utf-8", exclude_categories=("Cs",)), max_size=120)
_PIECES = st.lists(
    st.sampled_from([*HOURS.split(), *PRICE.split(), *CARD.split(), "gratuit", "demain", "Paris", "7", "jamais", "oui"]),
    max_size=24,
)


@given(_SAID | _PIECES.map(" ".join))
def test_what_is_said_has_every_figure_and_no_new_word(said: str) -> None:
    if not keeps_to(PRICE, said, Language.FRENCH):
        return
    for figure in ("soixante", "euros", "cent", "vingt", "nuit", "hors", "réparation"):
        assert figure in said.casefold()
    assert not any(c.isdigit() for c in said)
    assert said.casefold().index("soixante") < said.casefold().index("cent")


@given(st.integers(0, 400))
def test_no_other_number_ever_passes(number: int) -> None:
    said = PRICE.replace("soixante", str(number))
    assert not keeps_to(PRICE, said, Language.FRENCH)
