"""The table of commitments, and the words by which one is heard: every phrase of ours is classified, and nothing else is."""

from __future__ import annotations

import pytest

from voicebot.domain.language import Language
from voicebot.quality.commitments import COMMITS, NOTHING, Commitment, commitments_of, committing_words
from voicebot.replies.phrasebook import phrasebook


@pytest.mark.parametrize("language", list(Language))
def test_every_phrase_is_classified(language: Language) -> None:
    book = phrasebook(language)
    known = set(book.phrases) | set(book.patterns)
    assert known - set(COMMITS) - NOTHING == set(), "say in quality/commitments.py what this phrase commits to"
    assert (set(COMMITS) | NOTHING) - known == set(), "no such phrase any more"
    assert not set(COMMITS) & NOTHING


@pytest.mark.parametrize("language", list(Language))
def test_words_find_what_the_table_knows_and_nothing_in_other_phrases(language: Language) -> None:
    book = phrasebook(language)
    for phrase, texts in book.phrases.items():
        found = [words for text in texts if (words := committing_words(text))]
        if phrase in NOTHING:
            assert found == [], phrase
    for flag, texts in book.safety.items():
        assert not any(map(committing_words, texts)), flag
    found_by_words = {p for p, texts in book.phrases.items() if any(committing_words(t) for t in texts)}
    by_state_alone = {
        "resumed",
        "noted_words",
        "question_noted",
        "recording_stopped",
        "partial_kept",
        "failed",
        "failed_person",
    }
    by_state_alone |= {"queue_position", "queue_since", "taken_back_lost", "taken_back_lost_person"}
    by_state_alone |= {"message_taken_partial", "on_call_eta", "on_call_not_reached", "on_call_given_up", "wait_transfer"}
    assert set(COMMITS) - found_by_words <= by_state_alone | {"ask_to_stay", "note_question", "on_call_alarm"}


@pytest.mark.parametrize(
    "text",
    [
        "Je vous rappelle dans cinq minutes.",
        "On vous rappelle demain.",
        "Un conseiller vous rappellera aujourd’hui.",
        "Votre message a été transmis.",
        "Le technicien est prévenu.",
        "Nous envoyons quelqu'un.",
        "Je transmets votre message tout de suite.",
        "Someone will call you back.",
        "I have informed the technician.",
        "They have been notified.",
        "A technician is on his way.",
    ],
)
def test_commitments_in_free_words_are_found(text: str) -> None:
    assert committing_words(text)


@pytest.mark.parametrize(
    "text",
    [
        "À quel numéro peut-on vous rappeler ?",
        "Can we call you back on the number that is displayed?",
        "Cet appel est enregistré pour améliorer notre service.",
        "Appelez le 15 ou le 112.",
        "N'hésitez pas à rappeler.",
    ],
)
def test_questions_and_advice_are_no_commitments(text: str) -> None:
    assert committing_words(text) == ""


def test_only_a_promise_in_the_clients_file_is_one() -> None:
    assert commitments_of("scenarios[leak].promise") == (Commitment.PROMISE,)
    assert commitments_of("scenarios[leak].answer") == ()
    assert commitments_of("safety.gas_smell") == ()
    assert commitments_of("never_heard_of") is None
