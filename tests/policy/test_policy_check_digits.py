"""Check digits against numbers whose check is published."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.scenario import CheckDigit
from voicebot.policy.check_digits import iso7064_mod11_2, luhn, mod97, proves

# Luhn: Wikipedia's example, the INSEE's example SIREN and SIRET. Mod 97: Wikipedia's social security number, and one of
# Corsica (department 2A counts as 19). MOD 11-2: two ORCID of the documentation.
KNOWN = [
    (CheckDigit.LUHN, "79927398713"),
    (CheckDigit.LUHN, "732829320"),
    (CheckDigit.LUHN, "73282932000074"),
    (CheckDigit.MOD97, "255081416802538"),
    (CheckDigit.MOD97, f"193052A012345{97 - 1930519012345 % 97:02d}"),
    (CheckDigit.ISO7064_MOD11_2, "0000000218250097"),
    (CheckDigit.ISO7064_MOD11_2, "000000021694233X"),
]


@pytest.mark.parametrize(("check", "reference"), KNOWN)
def test_known_reference_proves_itself(check: CheckDigit, reference: str) -> None:
    assert proves(check, reference)


@pytest.mark.parametrize(("check", "reference"), KNOWN)
@given(data=st.data())
def test_one_misheard_digit_is_always_noticed(check: CheckDigit, reference: str, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from([i for i, c in enumerate(reference) if c.isdigit()]))
    other = data.draw(st.sampled_from([d for d in "0123456789" if d != reference[place]]))
    assert not proves(check, reference[:place] + other + reference[place + 1 :])


@pytest.mark.parametrize("reference", ["", "1", "A", "12B4", "١٢٣٤"])
def test_what_is_no_number_proves_nothing(reference: str) -> None:
    assert not luhn(reference)
    assert not mod97(reference)
    assert not (reference != "1" and iso7064_mod11_2(reference))
