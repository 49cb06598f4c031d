"""What SMS cost."""

from __future__ import annotations

import pytest

from voicebot.channels.sms_length import SmsEncoding, in_gsm, sms_length


@pytest.mark.parametrize(
    ("text", "encoding", "units", "segments"),
    [
        ("", SmsEncoding.GSM_7, 0, 0),
        ("Fuite d'eau, répondez OK 4821", SmsEncoding.GSM_7, 29, 1),
        ("a" * 160, SmsEncoding.GSM_7, 160, 1),
        ("a" * 161, SmsEncoding.GSM_7, 161, 2),
        ("a" * 306, SmsEncoding.GSM_7, 306, 2),
        ("a" * 307, SmsEncoding.GSM_7, 307, 3),
        ("€" * 80, SmsEncoding.GSM_7, 160, 1),
        ("ê" * 70, SmsEncoding.UCS_2, 70, 1),
        ("ê" * 71, SmsEncoding.UCS_2, 71, 2),
        ("🚨" * 35, SmsEncoding.UCS_2, 70, 1),
        # 33 whole signs to a segment of 67 units: the 67th stays empty.
        ("🚨" * 67, SmsEncoding.UCS_2, 134, 3),
        # 152 septets and a sign of two: it goes to the next segment.
        ("a" * 152 + "€" + "a" * 151, SmsEncoding.GSM_7, 305, 2),
        ("a" * 152 + "€" + "a" * 152, SmsEncoding.GSM_7, 306, 3),
    ],
)
def test_sms_length_counts_what_the_carrier_charges(text: str, encoding: SmsEncoding, units: int, segments: int):
    length = sms_length(text)
    assert (length.encoding, length.units, length.segments) == (encoding, units, segments)


def test_in_gsm_makes_french_typography_cheap_and_keeps_its_accents():
    text = "L’été, « ça » coûte 5 € à l’hôpital… où ? À Noël."
    assert in_gsm(text) == "L'été, \" ca \" coute 5 € à l'hopital... où ? A Noel."
    assert sms_length(text).encoding is SmsEncoding.UCS_2
    assert sms_length(in_gsm(text)).encoding is SmsEncoding.GSM_7


def test_in_gsm_leaves_what_has_no_plain_form():
    assert in_gsm("Ω 漢 🚨") == "Ω 漢 🚨"
