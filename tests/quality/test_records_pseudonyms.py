"""Exported calls tell of other people: the same ones each time, judged the same, and nothing of the real ones is left."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicebot.clients.directory import Clients, load_clients
from voicebot.domain.language import Language
from voicebot.domain.spoken_numbers import spoken_number
from voicebot.errors import SettingsError
from voicebot.quality.conversation_evals import hold_call, passing_book
from voicebot.quality.conversation_file import read_conversations
from voicebot.quality.judging.judge import judge_transcript
from voicebot.quality.records.our_calls import transcript_of
from voicebot.quality.records.personal_data import kept_of
from voicebot.quality.records.pseudonymise import PseudonymReport, pseudonymised
from voicebot.quality.records.pseudonyms import Pseudonyms, read_or_make_key
from voicebot.quality.records.transcript import Speaker, Transcript, Turn, transcript_json
from voicebot.settings import shipped
from voicebot.understanding.details.phone_numbers import interpret
from voicebot.understanding.details.stretches import dictated
from voicebot.understanding.normalise import Utterance, plain
from voicebot.understanding.rules import Rules

CLIENT = "chauffage-morel"
PSEUDONYMS = Pseudonyms(b"a key for tests alone")
FIRST = "paul julie karim claire mehdi nathalie hugo élodie".split()  # noqa: SIM905 - names
LAST = "Vasseur Delorme Benali Garnier Lefèvre Haddouche Kowalski Fontaine Guérin Jourdan".split()  # noqa: SIM905 - names
STREETS = "Lilas Acacias Tilleuls Forgerons Peupliers".split()  # noqa: SIM905 - names


@pytest.fixture(scope="module")
def clients() -> Clients:
    return load_clients(shipped("client_configs"))


def _call(turns: list[tuple[str, str]], call: str = "CA0123") -> Transcript:
    said = tuple(Turn(n, Speaker(who), text) for n, (who, text) in enumerate(turns, 1))
    return Transcript(call, CLIENT, said, name=f"{call}-martin.txt", source="martin.txt:3", audio="/calls/martin.wav")


async def test_calls_of_the_suite_are_judged_the_same(clients: Clients) -> None:
    written = read_conversations([Path("evals/conversations") / f"{name}.yaml" for name in ("lift", "english", "lawyer")])
    report, understanding, checked = PseudonymReport(), Rules(), 0
    async with passing_book() as book:
        for number, one in enumerate(written):
            instructions = clients.of(one.client)
            held = await hold_call(one, instructions, understanding, book, number)
            told = pseudonymised(
                transcript_of(held.record, expect=one.conversation.expect), instructions, PSEUDONYMS, report
            )
            record = told.record
            assert record
            assert told.expect
            assert [v for v in judge_transcript(told, instructions).verdicts if not v.passed] == []
            before, after = held.record.message, record.message
            if before and after:
                checked += 1
                for name in ("scenario", "missing", "state", "orientation"):
                    assert getattr(after, name) == getattr(before, name)
                assert after.urgency.level is before.urgency.level
                for detail, was in before.details.items():
                    now = after.details[detail]
                    assert (now.complete, now.confidence, now.confirmed) == (was.complete, was.confidence, was.confirmed)
                    if was.value.startswith("+33") and was.value not in kept_of(instructions).numbers:
                        assert now.value != was.value
                        assert len(now.value) == len(was.value)
    assert checked > 20
    assert not report.masked


def _people(count: int) -> Iterator[tuple[str, str, str, str, str]]:
    chance = random.Random(6)
    for _ in range(count):
        first, last = chance.choice(FIRST), chance.choice(LAST)
        number = f"+33{chance.choice('1245679')}{chance.randrange(10**8):08d}"
        email = f"{plain(first)}.{plain(last)}{chance.randrange(90)}@free.fr"
        yield first, last, number, email, f"{chance.randrange(2, 190)} rue des {chance.choice(STREETS)}"


def _says(first: str, last: str, number: str, email: str, street: str) -> list[tuple[str, str]]:
    national = f"0{number[3:]}"
    pairs = " ".join(national[i : i + 2] for i in range(0, 10, 2))
    points = pairs.replace(" ", ".")
    spelled = " ".join(plain(last).upper())
    return [
        ("receptionist", "Quel est votre nom, s'il vous plaît ?"),
        ("caller", f"je m'appelle {first} {last.lower()}"),
        ("receptionist", "Pouvez-vous épeler votre nom ?"),
        ("caller", spelled),
        ("receptionist", "À quel numéro peut-on vous rappeler ?"),
        ("caller", f"c'est le {spoken_number(number, Language.FRENCH).replace(',', '')}"),
        ("caller", f"enfin {pairs}, ou {points}, ou {number}"),
        ("receptionist", f"Je récapitule : {first.title()} {last}, {spoken_number(number, Language.FRENCH)}."),
        ("receptionist", "Quelle est votre adresse mail ?"),
        ("caller", f"alors c'est {email}"),
        ("receptionist", "À quelle adresse, s'il vous plaît ?"),
        ("caller", f"au {street} à dijon"),
        ("caller", f"madame {last.upper()} sera là, appelez {last}"),
    ]


def test_nothing_of_a_caller_survives_in_any_writing(clients: Clients) -> None:
    report = PseudonymReport()
    for first, last, number, email, street in _people(60):
        told = pseudonymised(_call(_says(first, last, number, email, street)), clients.of(CLIENT), PSEUDONYMS, report)
        line = transcript_json.dump_json(told).decode()
        words = plain(line).split()
        assert plain(last) not in words
        assert plain(first) not in words
        assert plain(last) not in re.sub(r"\b(\w) (?=\w\b)", r"\1", plain(line))
        assert number[3:] not in re.sub(r"\D", "", line)
        assert email not in line
        assert "martin" not in line
        assert plain(street.rsplit(" ", 1)[1]) not in words
        assert "dijon" in words
        for turn in told.turns:
            for stretch in dictated(Utterance.of(turn.text), Language.FRENCH):
                heard = interpret(stretch) if stretch.parts else None
                assert heard is None or heard.value != number
    assert not report.masked


def test_spoken_and_written_forms_become_one_number(clients: Clients) -> None:
    told = pseudonymised(_call(_says("paul", "Vasseur", "+33612345678", "p@free.fr", "3 rue des Lilas")), clients.of(CLIENT),
                         PSEUDONYMS)  # fmt: skip
    wanted = PSEUDONYMS.number("+33612345678")
    spoken, written = told.turns[5].text, told.turns[6].text
    heard = [interpret(stretch) for stretch in dictated(Utterance.of(spoken), Language.FRENCH) if stretch.parts]
    assert [number.value for number in heard if number] == [wanted]
    digits = re.sub(r"[ .]", "", written)
    assert digits.count(wanted[3:]) == 3
    assert wanted in written


def test_same_caller_is_the_same_person_in_every_call(clients: Clients) -> None:
    first = _call([("receptionist", "Votre nom ?"), ("caller", "je m'appelle paul vasseur")], "a")
    second = _call([("receptionist", "Votre nom ?"), ("caller", "ici Paul Vasseur, je m'appelle Paul Vasseur")], "b")
    one, other = (pseudonymised(call, clients.of(CLIENT), PSEUDONYMS) for call in (first, second))
    name = one.turns[1].text.removeprefix("je m'appelle ").title()
    assert name in other.turns[1].text
    assert one.id != other.id
    another_key = pseudonymised(first, clients.of(CLIENT), Pseudonyms(b"another key for tests"))
    assert another_key.turns[1].text != one.turns[1].text


def test_clients_own_numbers_and_names_stay(clients: Clients) -> None:
    instructions = clients.of(CLIENT)
    own = instructions.identity.dialled_numbers[0]
    call = _call([("receptionist", f"{instructions.identity.name}, au {own}."), ("caller", f"je vous ai eu au {own}")])
    told = pseudonymised(call, instructions, PSEUDONYMS)
    assert [turn.text for turn in told.turns] == [turn.text for turn in call.turns]


def test_number_said_in_pieces_is_changed_in_pieces(clients: Clients) -> None:
    asked = ("receptionist", "À quel numéro peut-on vous rappeler ?")
    pieces = ["zéro six douze", "trente-quatre", "cinquante-six soixante-dix-huit"]
    whole = ("caller", "zéro six douze trente-quatre cinquante-six soixante-dix-huit")
    call = _call([asked, *(("caller", piece) for piece in pieces), whole])
    told = pseudonymised(call, clients.of(CLIENT), PSEUDONYMS)
    assert " ".join(turn.text for turn in told.turns[1:4]) == told.turns[4].text
    assert told.turns[4].text != whole[1]


def test_file_names_sound_and_ids_are_replaced(clients: Clients) -> None:
    told = pseudonymised(_call([("caller", "bonjour")]), clients.of(CLIENT), PSEUDONYMS)
    assert told.id == told.name
    assert (told.source, told.audio) == ("pseudonymised", "")
    assert "CA0123" not in transcript_json.dump_json(told).decode()


def test_key_is_made_once_and_readable_by_us_only(tmp_path: Path) -> None:
    path = tmp_path / "data" / "pseudonyms.key"
    key = read_or_make_key(path)
    assert read_or_make_key(path) == key
    assert path.stat().st_mode & 0o077 == 0
    path.write_text("short")
    with pytest.raises(SettingsError, match="too short"):
        read_or_make_key(path)
