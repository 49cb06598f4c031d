import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.speech.speakable import speakable


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("« Bonjour » — c’est moi…", "Bonjour, c'est moi..."),
        ("Que puis-je faire pour vous\u202f?", "Que puis-je faire pour vous?"),
        ("12,50 € à 8 h 30", "12,50 € à 8 h 30"),
        ("[[raw phonemes]] <break/> 😀\x07", "raw phonemes break/"),
        ("sœur, Noël, l'été", "sœur, Noël, l'été"),
        ("", ""),
    ],
)
def test_only_what_can_be_said_remains(written, said):
    assert speakable(written) == said


@given(st.text(max_size=200))
def test_no_text_carries_control_codes_and_cleaning_twice_changes_nothing(text):
    line = speakable(text)
    assert not set('[]<>{}\\|"\n\t\0') & set(line)
    assert speakable(line) == line
