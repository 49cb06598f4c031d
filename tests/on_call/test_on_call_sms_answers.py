"""An SMS acknowledges only when it clearly says so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.on_call.sms_answers import SmsAnswer, Wish, sms_answer


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        ("OK 4821", SmsAnswer(Wish.TAKE, "4821")),
        ("ok4821", SmsAnswer(Wish.TAKE, "4821")),
        (" Ok. ", SmsAnswer(Wish.TAKE)),
        ("4821", SmsAnswer(Wish.TAKE, "4821")),
        ("1 4821", SmsAnswer(Wish.TAKE, "4821")),
        ("Oui 4821, je prends", SmsAnswer(Wish.TAKE, "4821")),
        ("d’accord 4821 20 min", SmsAnswer(Wish.TAKE, "4821", 20)),
        ("OK 4821 j'arrive dans 15mn", SmsAnswer(Wish.TAKE, "4821", 15)),
        ("yes 4821", SmsAnswer(Wish.TAKE, "4821")),
        ("2 4821", SmsAnswer(Wish.PASS, "4821")),
        ("Non 4821", SmsAnswer(Wish.PASS, "4821")),
        ("je passe 4821", SmsAnswer(Wish.PASS, "4821")),
        ("2", SmsAnswer(Wish.PASS)),
        ("pas ok 4821", SmsAnswer(Wish.UNCLEAR, "4821")),
        ("ok mais je ne peux pas 4821", SmsAnswer(Wish.UNCLEAR, "4821")),
        ("oui ou non ?", SmsAnswer(Wish.UNCLEAR)),
        ("c'est qui ? 4821", SmsAnswer(Wish.UNCLEAR, "4821")),
        ("dans 20 minutes", SmsAnswer(Wish.UNCLEAR, minutes=20)),
        ("", SmsAnswer(Wish.UNCLEAR)),
        ("🙏", SmsAnswer(Wish.UNCLEAR)),
    ],
)
def test_what_an_sms_means(body: str, answer: SmsAnswer) -> None:
    assert sms_answer(body) == answer


@given(st.text(max_size=200))
def test_no_text_breaks_the_reading_and_a_code_has_four_digits(body: str) -> None:
    read = sms_answer(body)
    assert read.code == "" or (len(read.code) == 4 and read.code.isdecimal())
