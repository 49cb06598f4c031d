"""Professional secrecy: nothing of the matter leaves by SMS, e-mail or chat, whatever was said or a template asks."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import fields, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letter_samples import LEAK, PRACTICE, RESULTS, digest, letter, told, with_confidentiality

from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Channel
from voicebot.domain.details import Detail
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.urgency import RED_FLAGS, Urgency, UrgencyLevel
from voicebot.messages.letters.tellable import Tellable

OPEN = (Channel.SMS, Channel.EMAIL, Channel.CHAT)
EVERYTHING = (
    "".join(f"{{{{ m.{field.name} }}}} " for field in fields(Tellable))
    + "{{ m }} {% for row in m.rows %}{{ row }}{% endfor %} "
    "{{ m.reason }} {{ m.row('reason') }} {{ m.address }} {{ m.company }}"
)
_WORD = st.text(alphabet="bcdfghjklmnpqrstvwxz", min_size=6, max_size=14)
_WORDS = st.lists(_WORD, min_size=1, max_size=8).map(" ".join)


@pytest.fixture(scope="module")
def greedy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Templates of a client that try to tell everything."""
    folder = tmp_path_factory.mktemp("templates")
    own = folder / PRACTICE.id
    own.mkdir()
    for part in ("subject", "text", "html", "sms"):
        (own / f"greedy.{part}.j2").write_text(EVERYTHING, encoding="utf-8")
        of_each = f"{{{{ d }}}} {{% for m in d.messages %}}{EVERYTHING}{{% endfor %}}"
        (own / f"greedy.digest.{part}.j2").write_text(of_each, encoding="utf-8")
    (own / "greedy.chat.j2").write_text(
        f'{{"text": {{% set all %}}{EVERYTHING}{{% endset %}}{{{{ all | tojson }}}}}}', "utf-8"
    )
    return folder


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFKD", text).casefold() if not unicodedata.combining(c))


def _leaks(letter: Letter, secret_words: set[str]) -> set[str]:
    shown = set(re.findall(r"\w{4,}", _plain(told(letter))))
    return {word for word in secret_words if word in shown}


@st.composite
def _secret_messages(draw: st.DrawFn) -> tuple[Message, set[str]]:
    said = {name: draw(_WORDS) for name in ("reason", "address", "access_codes", "company", "email", "appointment_day")}
    verbatim, trigger, promise, title = (draw(_WORDS) for _ in range(4))
    level = draw(st.sampled_from(UrgencyLevel))
    criterion = draw(st.sampled_from([*RED_FLAGS, "results", "canvassing", "house"]))
    name = draw(st.sampled_from(["Madame Durand", ""])) or said["reason"]
    details = {n: Detail(v, v) for n, v in said.items()}
    details |= {"caller_name": Detail(name, verbatim), "callback_number": Detail("+33639981234", verbatim)}
    message = replace(
        RESULTS,
        details=details,
        verbatim=(verbatim,),
        urgency=Urgency(level, criterion, trigger),
        callback_promised=promise,
        scenario_title=title,
        person_wanted=draw(st.sampled_from(["docteur-benali", said["reason"]])),
        missing=draw(st.sampled_from([(), ("reason", "appointment_day"), ("callback_number",)])),
        caller_kind=draw(st.sampled_from([None, "family"])),
    )
    everything = " ".join((*said.values(), verbatim, trigger, promise, title))
    return message, set(_plain(everything).split())


@pytest.mark.parametrize("profile", ["health", "legal"])
@pytest.mark.parametrize("template", ["", "slack", "teams", "greedy"])
@given(drawn=_secret_messages())
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
def test_no_word_of_the_matter_is_told(profile: str, template: str, greedy: Path, drawn: tuple[Message, set[str]]) -> None:
    message, secret_words = drawn
    client = with_confidentiality(PRACTICE, profile=profile)
    for channel in OPEN:
        assert not _leaks(letter(message, client, channel, greedy, template, updated=True), secret_words)
        assert not _leaks(digest([message, message], client, channel, template, templates_dir=greedy), secret_words)


@given(drawn=_secret_messages())
def test_letter_is_the_same_whatever_was_said(drawn: tuple[Message, set[str]]) -> None:
    message, _ = drawn
    other = replace(
        message,
        details={n: d if n == "callback_number" else Detail("Madame Durand", "") for n, d in message.details.items()},
        verbatim=("tout autre chose",),
        urgency=replace(message.urgency, words="tout autre chose", criterion="house"),
        callback_promised="autre promesse",
        scenario_title="autre motif",
    )
    message = replace(message, details=message.details | {"caller_name": Detail("Madame Durand", "")})
    for channel in OPEN:
        assert told(letter(message, PRACTICE, channel)) == told(letter(other, PRACTICE, channel))


def test_letter_under_secrecy_still_says_who_and_how_urgent() -> None:
    for channel in OPEN:
        text = told(letter(RESULTS, PRACTICE, channel))
        assert "Madame Durand, à rappeler au 06 39 98 12 34" in text
        assert "P2" in text
        assert "phone.example.org" in text


@pytest.mark.parametrize("words", ["c'est pour mon cancer", "je rappelle pour mes analyses", "oui", "Durand qui est malade"])
def test_words_that_were_kept_as_a_name_are_not_told(words: str) -> None:
    message = replace(RESULTS, details=RESULTS.details | {"caller_name": Detail(words, words)})
    text = letter(message, PRACTICE, Channel.EMAIL).text
    assert words not in text
    assert "un appelant sans nom" in text
    assert "Il manque : nom" in text


@pytest.mark.parametrize(
    "name", ["Éloïse d'Arc", "Jean-Pierre de la Tour", "Zoé O'Brien", "M. Le Goff", "Li", "Ahmed ben Ali"]
)
def test_names_are_told(name: str) -> None:
    message = replace(RESULTS, details=RESULTS.details | {"caller_name": Detail(name, name.casefold())})
    assert name in letter(message, PRACTICE, Channel.EMAIL).text


def test_the_clients_own_system_gets_everything_that_is_kept() -> None:
    payload = letter(RESULTS, PRACTICE, Channel.WEBHOOK).payload
    assert payload["reason"]["value"] == "résultats de cholestérol"
    assert payload["verbatim"] == list(RESULTS.verbatim)


@pytest.mark.parametrize("channel", Channel)
def test_what_is_never_kept_is_never_told(channel: Channel) -> None:
    client: Instructions = with_confidentiality(PRACTICE, profile="standard", never_keep=("company", "appointment_day"))
    message = replace(RESULTS, verbatim=("je préside l'association des diabétiques",), missing=("company",))
    text = told(letter(message, client, channel))
    assert "diab" not in text.casefold()
    assert "société" not in text


def test_a_client_without_secrecy_tells_the_matter() -> None:
    """The test of the tests: the same words are found where they may be told."""
    client = with_confidentiality(PRACTICE, profile="standard")
    assert _leaks(letter(RESULTS, client, Channel.EMAIL), {"cholesterol"}) == {"cholesterol"}
    assert "fuit dans le garage" in told(letter(LEAK, client, Channel.SMS))
