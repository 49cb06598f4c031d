"""Names: spelled ones come back exactly, repaired ones are read back."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understanding.acts_in_words import context
from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.details import CALLER_NAME, COMPANY
from voicebot.understanding.normalise import plain
from voicebot.understanding.rules import read_by_rules

_WORDS = {
    "a": "Anatole", "b": "Berthe", "c": "Célestin", "d": "Désiré", "e": "Eugène", "f": "François", "g": "Gaston",
    "h": "Henri", "i": "Irma", "j": "Joseph", "k": "Kléber", "l": "Louis", "m": "Marcel", "n": "Nicolas", "o": "Oscar",
    "p": "Pierre", "q": "Quintal", "r": "Raoul", "s": "Suzanne", "t": "Thérèse", "u": "Ursule", "v": "Victor",
    "w": "William", "x": "Xavier", "y": "Yvonne", "z": "Zoé",
}  # fmt: skip


def _name(words: str, detail: str = CALLER_NAME, **where: object) -> GiveDetail | None:
    asked = context(asked=str(where.pop("asked", detail)), **where)  # type: ignore[arg-type]
    acts = [a for a in read_by_rules(words, asked).acts if isinstance(a, GiveDetail)]
    return next((a for a in acts if a.detail == detail), None)


@st.composite
def _spelled(draw: st.DrawFn) -> tuple[str, str]:
    """(letters, how they are said)."""
    letters = draw(st.text("abcdefghijklmnopqrstuvwxyz", min_size=4, max_size=10))
    said: list[str] = []
    at = 0
    while at < len(letters):
        letter, doubled = letters[at], letters[at : at + 2] == letters[at] * 2
        if doubled and letters[at + 2 : at + 3] != letter and letters[at - 1 : at] != letter and letter not in "uv":
            said.append(draw(st.sampled_from([f"deux {letter}", f"double {letter}"])))
            at += 2
            continue
        said.append(draw(st.sampled_from([letter, letter, f"{letter} comme {_WORDS[letter]}"])))
        at += 1
    return letters, draw(st.sampled_from(["", "ça s'écrit ", "j'épelle "])) + " ".join(said)


@settings(max_examples=300, deadline=None)
@given(_spelled())
def test_spelled_name_comes_back_exactly_or_is_read_back(said: tuple[str, str]) -> None:
    letters, words = said
    act = _name(words)
    assert act is not None
    right = plain(act.value).replace(" ", "") == letters
    assert right or act.confidence is Confidence.UNSURE, (words, act.value)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("dupont d u p o n t", "Dupont"),
        ("D comme Denise U P O N T", "Dupont"),
        ("karim k a r i m benhamou b e n h a m o u", "Karim Benhamou"),
        ("perin avec deux r", "Perrin"),
        ("madame da silva d a s i l v a", "Da Silva"),
        ("hache a deux d a d", "Haddad"),
        ("p e tiret t i t", "Pe-Tit"),
        ("double vé a l t e r", "Walter"),
        ("i grec v e s", "Yves"),
        ("jean trait d'union luc arnoux", "Jean-Luc Arnoux"),
        ("nom garnier prénom sylvie", "Sylvie Garnier"),
        ("madame rose comme la fleur", "Madame Rose"),
        ("hélène hélène vasseur", "Hélène Vasseur"),
        ("je suis le fils de madame Perrot, moi c'est Julien Perrot", "Julien Perrot"),
        ("tango uniform romeo november echo romeo", "Turner"),
    ],
)
def test_name_as_on_paper(words: str, name: str) -> None:
    act = _name(words)
    assert act is not None
    assert (act.value, act.confidence) == (name, Confidence.SURE)


@pytest.mark.parametrize(
    ("words", "name"),
    [
        ("martin euh non pardon martinez", "Martinez"),
        ("p e r deux r i n", "Perrin"),
        ("blanchard pas blanchet", "Blanchard"),
    ],
)
def test_repaired_name_is_read_back(words: str, name: str) -> None:
    act = _name(words)
    assert act is not None
    assert (act.value, act.confidence) == (name, Confidence.UNSURE)


@pytest.mark.parametrize("words", ["c'est personnel", "je préfère pas le dire", "deux l", "bonjour", "oui oui"])
def test_no_name_is_made_of_ordinary_words(words: str) -> None:
    act = _name(words)
    assert act is None or act.confidence is Confidence.UNSURE


@pytest.mark.parametrize(
    ("words", "company"),
    [
        ("société Mercadier et Fils", "Mercadier et Fils"),
        ("c'est la mairie de Rezé", "Mairie de Rezé"),
        ("we're Harper and Sons", "Harper and Sons"),
        ("boulangerie martin", "Boulangerie Martin"),
    ],
)
def test_company_is_written_as_on_its_door(words: str, company: str) -> None:
    act = _name(words, COMPANY)
    assert act is not None
    assert act.value == company
