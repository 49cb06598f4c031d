"""Dictated numbers: exact, or not called sure. Never a wrong one that is."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.understanding.acts_in_words import context
from tests.understanding.spoken_numbers import dictations, pair_in_words, written
from voicebot.domain.acts import Confidence, GiveDetail
from voicebot.domain.details import CALLBACK_NUMBER, Detail
from voicebot.understanding.completeness import completeness
from voicebot.understanding.details import numbering_plan
from voicebot.understanding.ports import Completeness, Context
from voicebot.understanding.rules import read_by_rules

_TENS = (
    "dix",
    "vingt",
    "trente",
    "quarante",
    "cinquante",
    "soixante",
    "quatre-vingts",
    "septante",
    "huitante",
    "nonante",
    "et",
)
ASKED = context(asked=CALLBACK_NUMBER)


def _number(words: str, where: Context = ASKED) -> GiveDetail | None:
    acts = [a for a in read_by_rules(words, where).acts if isinstance(a, GiveDetail)]
    return next((a for a in acts if a.detail == CALLBACK_NUMBER), None)


def _sure(act: GiveDetail | None) -> bool:
    return act is not None and act.complete and act.confidence is Confidence.SURE


@settings(max_examples=400, deadline=None)
@given(dictations())
def test_dictated_number_is_exact_or_not_sure(said: tuple[str, str]) -> None:
    digits, words = said
    right = numbering_plan.national(digits)
    act = _number(words)
    if _sure(act):
        assert act is not None
        assert act.value == right, words
    if right:
        assert act is not None, words
        assert act.complete, words


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("zéro deux quarante, quatre-vingt-neuf, seize, trente-trois", "+33240891633"),
        ("zéro six, trois fois le deux, cinquante-quatre, vingt-sept, un", "+33622254271"),
        ("le zéro six et après quatre fois vingt et un", "+33621212121"),
        ("zéro cinq cent quatre-vingt-dix vingt-cinq trente-six quarante-sept", "+590590253647"),
        ("zéro six, cent vingt-trois, quatre cent cinquante-six, soixante-dix-huit", "+33612345678"),
        ("plus trente-deux quatre cent nonante-cinq vingt-deux dix-huit zéro sept", "+32495221807"),
        ("l'indicatif c'est trente-trois puis six douze trente-quatre cinquante-six soixante-dix-huit", "+33612345678"),
        ("zéro six deux secondes je le regarde douze trente-quatre cinquante-six soixante-dix-huit", "+33612345678"),
        ("zéro six d'accord douze ouais trente-quatre et pour finir cinquante-six soixante-dix-huit", "+33612345678"),
        ("+ 33 6 12 34 56 78", "+33612345678"),
    ],
)
def test_hard_dictation_is_exact_and_sure(words: str, number: str) -> None:
    act = _number(words)
    assert act is not None
    assert (act.value, _sure(act)) == (number, True)


@pytest.mark.parametrize(
    ("words", "number"),
    [
        ("zéro six douze trente-quatre non pardon trente-cinq cinquante-six soixante-dix-huit", "+33612355678"),
        ("zéro six dix-huit vingt-quatre trente-six douze non pas douze treize", "+33618243613"),
        ("zéro six quatorze dix-huit vingt-deux trente et un enfin trente-deux", "+33614182232"),
        ("zéro six douze zéro six douze trente-quatre cinquante-six soixante-dix-huit", "+33612345678"),
        ("zero sis douze trante quatre cinquante six soissante dix huit", "+33612345678"),
    ],
)
def test_corrected_or_misheard_dictation_is_right_and_read_back(words: str, number: str) -> None:
    act = _number(words)
    assert act is not None
    assert (act.value, act.complete, act.confidence) == (number, True, Confidence.UNSURE)


@pytest.mark.parametrize(
    "words",
    [
        "le zéro deux quarante quatre vingt neuf seize trente trois",
        "zéro huit cent vingt-trois quarante-cinq soixante-sept",
        "soit zéro six douze trente-quatre cinquante-six soixante-dix-huit soit zéro un quarante-deux trente-neuf dix dix",
        "surtout pas au zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        "mon numéro de contrat c'est le zéro six douze trente-quatre cinquante-six soixante-dix-huit",
        "zéro six euh quarante euh huit euh douze euh trente-deux euh dix",
    ],
)
def test_ambiguous_denied_or_foreign_number_is_not_sure(words: str) -> None:
    assert not _sure(_number(words))


@settings(max_examples=200, deadline=None)
@given(written())
def test_written_number_is_exact(said: tuple[str, str]) -> None:
    digits, words = said
    right = numbering_plan.national(digits)
    act = _number(words)
    assert act is not None
    assert act.complete
    assert (act.value == right and _sure(act)) if right else not _sure(act)


@settings(max_examples=300, deadline=None)
@given(dictations().filter(lambda d: numbering_plan.national(d[0]) is not None), st.integers(1, 12))
def test_number_cut_by_a_breath_is_continued_or_not_sure(said: tuple[str, str], cut: int) -> None:
    digits, words = said
    spoken = words.split()
    cut = min(cut, len(spoken) - 1)
    first = _number(" ".join(spoken[:cut]))
    if _sure(first) and (spoken[cut - 1] in _TENS or spoken[cut].startswith("secondes")):
        # « … dix », a whole number, then « sept »; « … deux », then « secondes »: only what comes next can tell.
        return
    if first is None or first.complete:
        # Nothing was kept of the first breath, or it made a number: that one must be right or doubtful.
        assert not _sure(first) or (first is not None and first.value == numbering_plan.national(digits))
        return
    known = Detail(first.value, first.words, first.confidence, complete=False)
    again = Context(ASKED.instructions, ASKED.language, ASKED.expectation, None, {CALLBACK_NUMBER: known}, ASKED.now)
    second = _number(" ".join(spoken[cut:]), again)
    if _sure(second):
        assert second is not None
        assert second.value == numbering_plan.national(digits), (first, words)


def test_whole_number_that_goes_on_after_all_is_corrected_and_read_back() -> None:
    where = context(asked=CALLBACK_NUMBER, known={CALLBACK_NUMBER: "+33612345660"})
    known = Detail("+33612345660", "zéro six douze trente quatre cinquante six soixante")
    where = Context(where.instructions, where.language, where.expectation, None, {CALLBACK_NUMBER: known}, where.now)
    act = _number("dix-huit", where)
    assert act is not None
    assert (act.value, act.correction, act.confidence) == ("+33612345678", True, Confidence.UNSURE)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 99_999_999), st.integers(1, 4))
def test_begun_number_keeps_the_turn_open(rest: int, pairs: int) -> None:
    digits = f"06{rest:08d}"
    words = " ".join(pair_in_words(int(digits[i : i + 2])) for i in range(0, pairs * 2, 2))
    assert completeness(words, ASKED) is not Completeness.COMPLETE


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 99_999_999))
def test_whole_number_ends_the_turn_unless_it_is_doubtful(rest: int) -> None:
    digits = f"06{rest:08d}"
    words = " ".join(pair_in_words(int(digits[i : i + 2])) for i in range(0, 10, 2))
    verdict = completeness(words, ASKED)
    if _sure(_number(words)):
        assert verdict in (Completeness.COMPLETE, Completeness.LIKELY)
    else:
        assert verdict is not Completeness.COMPLETE


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_without_an_error(words: str) -> None:
    for asked in ("request", "caller_name", "callback_number", "address", "confirmation", "contract", "radiators"):
        where = context(asked=asked)
        assert read_by_rules(words, where).acts or not words.strip()
        completeness(words, where)


_WORDS = """zéro six quatre vingt dix un euh non pardon reprends plus trente cent double et m comme marie rue carte bancaire
    oui | ' d' à 06 12 +33 fois deux"""
_PIECES = st.sampled_from(_WORDS.split())


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=25))
def test_any_jumble_of_number_words_is_read_without_an_error(words: list[str]) -> None:
    for asked in ("callback_number", "caller_name", "address", "confirmation"):
        known = {"callback_number": "0612… zéro six douze", "caller_name": "Paul Martin"}
        where = context(asked=asked, known=known)
        read_by_rules(" ".join(words), where)
        completeness(" ".join(words), where)
