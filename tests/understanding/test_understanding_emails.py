"""E-mail addresses: dictated ones come back exactly, half-heard ones are never called sure."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understanding.acts_in_words import context
from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.details import EMAIL, Detail
from voicebot.understanding.ports import Context
from voicebot.understanding.rules import read_by_rules

ASKED = context(asked=EMAIL)
_NAMES = ("jean", "martin", "sophie", "leroux", "karim", "benali", "dubois", "claire")
_HOMES = {"free.fr": "free point fr", "gmail.com": "gmail point com", "laposte.net": "la poste point net"}
_SIGNS = {".": "point", "-": "tiret du six", "_": "tiret du huit"}


def _email(words: str, where: Context = ASKED) -> GiveDetail | None:
    acts = [a for a in read_by_rules(words, where).acts if isinstance(a, GiveDetail)]
    return next((a for a in acts if a.detail == EMAIL), None)


@st.composite
def _dictated(draw: st.DrawFn) -> tuple[str, str]:
    """(address, how it is said): names, spelled names and digits between signs."""
    address, said = "", []
    for i in range(draw(st.integers(1, 3))):
        if i:
            sign = draw(st.sampled_from(sorted(_SIGNS)))
            address, said = address + sign, [*said, _SIGNS[sign]]
        name = draw(st.sampled_from(_NAMES))
        address += name
        said.append(" ".join(name) if draw(st.booleans()) else name)
    digits = draw(st.sampled_from(["", "7", "42", "75"]))
    if digits:
        address, said = address + digits, [*said, {"7": "sept", "42": "quarante-deux", "75": "soixante-quinze"}[digits]]
    home = draw(st.sampled_from(sorted(_HOMES)))
    opening = draw(st.sampled_from(["", "alors ", "mon adresse mail c'est ", "c'est "]))
    at = draw(st.integers(1, len(said)))
    said.insert(at, draw(st.sampled_from(["", "euh", "euh"])))
    return f"{address}@{home}", " ".join([opening.strip(), *said, "arobase", _HOMES[home]]).strip()


@settings(max_examples=300, deadline=None)
@given(_dictated())
def test_dictated_address_comes_back_exactly(said: tuple[str, str]) -> None:
    address, words = said
    act = _email(words)
    assert act is not None
    assert act.complete
    assert act.value == address


@pytest.mark.parametrize(
    ("words", "value"),
    [
        ("jean point martin arobase free point fr", "jean.martin@free.fr"),
        ("jean.martin@free.fr", "jean.martin@free.fr"),
        ("julie underscore petit arobase hot mail point fr", "julie_petit@hotmail.fr"),
        ("marie claire en un seul mot arobase wanadou point fr", "marieclaire@wanadoo.fr"),
        ("m a r t i n arobase jimel point com", "martin@gmail.com"),
        ("h comme hôtel point deux l arobase s f r point fr", "h.ll@sfr.fr"),
        ("martin m a r t i n tout attaché soixante-quinze arobase gmel point com", "martin75@gmail.com"),
        ("luc point moreau chez orange point fr", "luc.moreau@orange.fr"),
    ],
)
def test_address_with_a_known_home_is_sure(words: str, value: str) -> None:
    act = _email(words)
    assert act is not None
    assert (act.value, act.complete, act.confidence) == (value, True, Confidence.SURE)


@pytest.mark.parametrize(
    "words",
    [
        "jean martin arobase yahoo point fr",
        "contact arobase dupont plomberie point com",
        "luc point moreau gmail point com",
        "jean point martin arobase gmail point fr",
        "jean point martin arobase gmail point com non pardon arobase hotmail point fr",
        "a point leroux arobase gmail",
        "jean point martin",
        "je n'ai pas d'adresse mail",
    ],
)
def test_doubtful_address_is_never_sure(words: str) -> None:
    act = _email(words)
    assert act is None or not act.complete or act.confidence is Confidence.UNSURE


def test_address_goes_on_after_a_breath() -> None:
    first = _email("jean point martin")
    assert first is not None
    assert (first.value, first.complete) == ("jean.martin", False)
    known = Detail(first.value, first.words, first.confidence, complete=False)
    where = Context(ASKED.instructions, ASKED.language, ASKED.expectation, None, {EMAIL: known}, ASKED.now)
    second = _email("arobase free point fr", where)
    assert second is not None
    assert (second.value, second.complete) == ("jean.martin@free.fr", True)


def test_no_changes_the_home_of_a_known_address() -> None:
    where = context(asked="confirmation", known={EMAIL: "jean.martin@gmail.com"})
    act = _email("non c'est hotmail point fr", where)
    assert act is not None
    assert (act.value, act.correction, act.confidence) == ("jean.martin@hotmail.fr", True, Confidence.UNSURE)
