import pytest

from voicebot.speech.phantoms import Evidence, PhantomFilter, Sifted

FILTER = PhantomFilter()


def sift(text: str, voiced_ms: int = 5000, no_speech: float = 0.05, log_probability: float = -0.2) -> Sifted:
    return FILTER.sift(Evidence(text, voiced_ms, no_speech, log_probability))


@pytest.mark.parametrize(
    "caption",
    [
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Sous-titres réalisés para la communauté d’Amara.org",
        "SOUS-TITRAGE ST' 501",
        "Sous-titrage Société Radio-Canada",
        "Merci d'avoir regardé cette vidéo !",
        "N'oubliez pas de vous abonner.",
        "Thanks for watching!",
        "Thank you for watching.",
        "Please subscribe to my channel.",
        "Subtitles by the Amara.org community",
    ],
)
def test_captions_of_videos_are_phantoms_however_sure_the_ears_are(caption):
    assert sift(caption, log_probability=-0.01) == Sifted("", "phantom")


def test_a_caption_after_real_words_is_cut_off():
    assert sift("Bonjour, j'ai une fuite. Merci d'avoir regardé cette vidéo !") == Sifted("Bonjour, j'ai une fuite.")


@pytest.mark.parametrize("word", ["oui", "Non.", "Merci", "Au revoir.", "ok", "euh", "Thank you.", "yes"])
def test_a_short_true_answer_passes(word):
    assert sift(word, voiced_ms=180) == Sifted(word)


@pytest.mark.parametrize("word", ["Merci.", "Thank you.", "Bye.", "you"])
def test_a_polite_phantom_goes_where_the_ears_doubt(word):
    assert sift(word, voiced_ms=180, log_probability=-0.9).dropped == "phantom"
    assert sift(word, voiced_ms=180, no_speech=0.8).dropped == "phantom"
    assert sift(word, voiced_ms=90).dropped == "phantom"


def test_no_voice_and_a_click_are_told_apart():
    assert sift("Bonjour", voiced_ms=0).dropped == "no_speech"
    assert sift("Bonjour", voiced_ms=40).dropped == "too_short"
    assert sift(" … ").dropped == "no_speech"
    assert sift("Il a dit", no_speech=0.9, log_probability=-1.4).dropped == "no_speech"


def test_doubted_words_without_any_vowel_in_the_sound_are_no_speech():
    noise = Evidence("zéro neuf quatre vingt", 4000, 0.0, -1.0, pitched=False)
    assert FILTER.sift(noise) == Sifted("", "no_speech")
    assert FILTER.sift(Evidence("zéro neuf", 4000, 0.0, -0.3, pitched=False)).text == "zéro neuf"
    assert FILTER.sift(Evidence("zéro neuf", 4000, 0.0, -1.0, pitched=True)).text == "zéro neuf"


def test_more_text_than_can_be_said_in_the_time_is_a_phantom():
    sentence = "je voudrais prendre un rendez-vous avec le docteur martin demain"
    assert sift(sentence, voiced_ms=300).dropped == "phantom"
    assert sift(sentence, voiced_ms=2600).text == sentence


@pytest.mark.parametrize(
    "loop",
    [
        "je ne sais pas je ne sais pas je ne sais pas je ne sais pas je ne sais pas",
        "la la la la la la la la",
        "et puis et puis et puis et puis et puis et puis",
        "Bonjour. Bonjour. Bonjour. Bonjour. Bonjour. Bonjour. Bonjour.",
    ],
)
def test_loops_are_repetition(loop):
    assert sift(loop, voiced_ms=20_000) == Sifted("", "repetition")


@pytest.mark.parametrize(
    "said",
    [
        "zéro six zéro zéro zéro zéro zéro zéro zéro zéro",
        "zéro six soixante douze soixante douze soixante douze soixante douze",
        "06 22 22 22 22",
        "non non non non",
        "oui oui oui c'est ça",
        "oh one two two two two two two two three",
    ],
)
def test_lawful_repetition_passes(said):
    assert sift(said, voiced_ms=6000) == Sifted(said)


def test_a_loop_of_numbers_beyond_any_number_is_repetition():
    assert sift("deux " * 20, voiced_ms=20_000).dropped == "repetition"
