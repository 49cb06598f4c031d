"""Client files that change while calls go on: who hears which version, what a broken change does, what a restart keeps."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs

from tests.telephony.loopback import SECRET, serving
from voicebot.domain.call import Call
from voicebot.domain.identity import VoiceChoice
from voicebot.domain.instructions import Instructions
from voicebot.domain.language import Language
from voicebot.domain.orientation import ONLY_MESSAGES, Facilities
from voicebot.domain.speaking import Heard, Reply
from voicebot.errors import ModelMissing
from voicebot.reception.receptionist import Receptionist
from voicebot.settings import Settings
from voicebot.telephony.app import phone_app
from voicebot.telephony.ports import Accepted, IncomingCall, RefusalReason, Refused
from voicebot.wiring.calls import receptionist_from_store
from voicebot.wiring.client_watch import LOOK_EVERY_S, ClientWatch
from voicebot.wiring.house import House, archive_of, open_house
from voicebot.wiring.switchboard import Switchboard

GOOD = (Path(__file__).parents[1] / "clients" / "chauffage-morel.yaml").read_text(encoding="utf-8")
HEATING, PEOPLE = "+33199001001", "+33639980001"
NIGHT = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
QUOTE = "je voudrais un devis"


def version(number: int, *, name_first: bool = True) -> str:
    """A version that asks for the name first, or for the number first, when a quote is wanted."""
    text = re.sub(r"^version: .*$", f"version: {number}", GOOD, flags=re.M)
    order = "caller_name, callback_number" if name_first else "callback_number, caller_name"
    return re.sub(r"(- id: quote\n.*?details: )\[[^\]]*\]", rf"\1[{order}]", text, count=1, flags=re.S)


BROKEN = version(9).replace('monday: ["08:00-12:00"', 'monday: ["08:00-12h"')


class _Phone:
    """One process: its house and its switchboard, and the folder that an operator edits."""

    def __init__(self, house: House) -> None:
        self.house = house
        engines: Any = None  # No line is opened here.
        self.switchboard = Switchboard(house, engines)
        self.watch = ClientWatch(house, None)
        self._calls = 0

    def write(self, text: str) -> None:
        (self.house.settings.clients_dir / "chauffage-morel.yaml").write_text(text, encoding="utf-8")

    async def ring(self) -> Accepted | Refused:
        self._calls += 1
        return await self.switchboard.ring(IncomingCall("twilio", f"CA{self._calls}", HEATING, "+33639980099"))

    async def take_call(self) -> Receptionist:
        answer = await self.ring()
        assert isinstance(answer, Accepted)
        receptionist = await receptionist_from_store(self.house, answer.call_id)
        await receptionist.pick_up()
        return receptionist


async def first_question(receptionist: Receptionist) -> str | None:
    reply = await receptionist.hear(Heard(QUOTE))
    return reply.expectation.detail


def _said(reply: Reply) -> str:
    return " ".join(sentence.text for sentence in reply.sentences)


@pytest.fixture
def current(tmp_path: Path) -> Settings:
    (tmp_path / "clients").mkdir()
    (tmp_path / "clients" / "chauffage-morel.yaml").write_text(version(1), encoding="utf-8")
    return Settings(data_dir=tmp_path / "var", clients_dir=tmp_path / "clients")


@pytest.fixture
async def phone(current: Settings) -> AsyncIterator[_Phone]:
    async with open_house(current, clock=lambda: NIGHT) as house:
        yield _Phone(house)


async def test_change_reaches_new_calls_and_leaves_those_in_progress(phone: _Phone) -> None:
    before = await phone.take_call()
    phone.write(version(2, name_first=False))
    assert await phone.watch.take_changes() == ["chauffage-morel"]
    after = await phone.take_call()
    assert await first_question(before) == "caller_name"
    assert await first_question(after) == "callback_number"
    for receptionist, number in ((before, 1), (after, 2)):
        call = await phone.house.book.call(receptionist.call.id)
        assert call.instructions_version == number
        assert re.fullmatch(r"[0-9a-f]{12}", call.instructions_digest)
    assert before.call.instructions_digest != after.call.instructions_digest


async def test_what_the_house_can_do_now_reaches_every_turn(phone: _Phone) -> None:
    asked: list[str] = []
    can = ONLY_MESSAGES

    def facilities(_call: Call, client: Instructions) -> Facilities:
        asked.append(client.id)
        return can

    phone.house = replace(phone.house, facilities=facilities)
    alone = await phone.take_call()
    assert _said(await alone.hear(Heard("je veux parler à un conseiller"))).startswith("Aucun conseiller")
    can = Facilities(transfer=True)
    assert _said(await alone.hear(Heard("passez-moi un conseiller"))).startswith("Je cherche")
    assert asked == ["chauffage-morel"] * 2


async def test_house_that_is_given_nothing_can_only_take_messages(phone: _Phone) -> None:
    call = (await phone.take_call()).call

    assert phone.house.facilities(call, phone.house.clients.of("chauffage-morel")) == ONLY_MESSAGES


async def test_call_that_is_resumed_obeys_the_version_it_began_with(phone: _Phone, current: Settings) -> None:
    before = await phone.take_call()
    phone.write(version(2, name_first=False))
    await phone.watch.take_changes()
    here = await receptionist_from_store(phone.house, before.call.id)
    assert here.instructions.version == 1
    async with open_house(current, clock=lambda: NIGHT) as other_process:
        assert other_process.clients.of("chauffage-morel").version == 2
        there = await receptionist_from_store(other_process, before.call.id)
        assert await first_question(there) == "caller_name"


async def test_broken_change_is_refused_told_and_mended(phone: _Phone) -> None:
    during = await phone.take_call()
    phone.write(BROKEN)
    with capture_logs() as logs:
        assert await phone.watch.take_changes() == []
    (told,) = [log for log in logs if log["event"] == "client file not taken"]
    line = next(n for n, text in enumerate(BROKEN.splitlines(), 1) if "08:00-12h" in text)
    assert told["file"].endswith("chauffage-morel.yaml")
    assert f"line {line}, hours.weekly.monday" in told["problems"][0]
    assert told["remedy"]
    assert (await phone.take_call()).instructions.version == 1
    phone.write(version(3, name_first=False))
    assert await phone.watch.take_changes() == ["chauffage-morel"]
    assert (await phone.take_call()).instructions.version == 3
    assert await first_question(during) == "caller_name"


async def test_contradiction_is_refused_like_a_broken_file(phone: _Phone) -> None:
    phone.write(version(2).replace(f'fallback_number: "{PEOPLE}"', f'fallback_number: "{HEATING}"'))
    assert await phone.watch.take_changes() == []
    assert (await phone.take_call()).instructions.version == 1


async def test_last_good_version_survives_a_restart(phone: _Phone, current: Settings) -> None:
    phone.write(version(2, name_first=False))
    await phone.watch.take_changes()
    phone.write(BROKEN)
    async with open_house(current, clock=lambda: NIGHT) as restarted:
        taken = await _Phone(restarted).take_call()
        assert taken.instructions.version == 2


async def test_broken_file_without_a_good_version_is_forwarded_to_people(current: Settings) -> None:
    (current.clients_dir / "chauffage-morel.yaml").write_text(BROKEN, encoding="utf-8")
    async with open_house(current, clock=lambda: NIGHT) as house:
        assert await _Phone(house).ring() == Refused(RefusalReason.TROUBLE, fallback_number=PEOPLE)


async def test_broken_file_is_forwarded_through_the_webhook(current: Settings) -> None:
    (current.clients_dir / "chauffage-morel.yaml").write_text(BROKEN, encoding="utf-8")
    async with open_house(current, clock=lambda: NIGHT) as house:
        desk = _Phone(house).switchboard
        async with serving(phone_app(desk, current, SECRET)) as address, httpx.AsyncClient() as carrier:
            form = {"CallSid": "CA1", "From": "+33639980099", "To": HEATING}
            answer = await carrier.post(f"{address}/twilio/voice", data=form)
    assert answer.status_code == 200
    assert f"{PEOPLE}</" in answer.text
    assert "<Dial" in answer.text
    assert "<Stream" not in answer.text


@pytest.mark.parametrize("dates", ["valid_from: 2026-01-01\nvalid_to: 2026-11-22", "valid_from: 2026-11-25"])
async def test_file_that_is_not_in_force_is_answered_by_people(phone: _Phone, dates: str) -> None:
    phone.write(version(2).replace("valid_from: 2026-01-01", dates))
    await phone.watch.take_changes()
    assert await phone.ring() == Refused(RefusalReason.HAND_OFF, fallback_number=PEOPLE)


async def test_same_version_number_with_other_content_is_taken_and_told(phone: _Phone, current: Settings) -> None:
    before = await phone.take_call()
    phone.write(version(1, name_first=False))
    with capture_logs() as logs:
        await phone.watch.take_changes()
    assert [log["client"] for log in logs if "same version" in log["event"]] == ["chauffage-morel"]
    after = await phone.take_call()
    assert await first_question(after) == "callback_number"
    assert before.call.instructions_digest != after.call.instructions_digest
    assert len(list((archive_of(current) / "chauffage-morel").glob("1-*.yaml"))) == 2


async def test_new_file_cannot_take_the_number_of_a_client(phone: _Phone) -> None:
    thief = version(1).replace("id: chauffage-morel", "id: autre")
    (phone.house.settings.clients_dir / "autre.yaml").write_text(thief, encoding="utf-8")
    assert await phone.watch.take_changes() == []
    assert (await phone.take_call()).call.client == "chauffage-morel"


async def test_new_client_and_client_that_leaves(phone: _Phone) -> None:
    second = version(1).replace("id: chauffage-morel", "id: autre").replace("+3319900100", "+3319900101")
    path = phone.house.settings.clients_dir / "autre.yaml"
    path.write_text(second, encoding="utf-8")
    assert await phone.watch.take_changes() == ["autre"]
    incoming = IncomingCall("twilio", "CB1", "+33199001011", "")
    taken = await phone.switchboard.ring(incoming)
    assert isinstance(taken, Accepted)
    path.unlink()
    await phone.watch.take_changes()
    gone = await phone.switchboard.ring(IncomingCall("twilio", "CB2", "+33199001011", ""))
    assert gone == Refused(RefusalReason.UNKNOWN_NUMBER)
    left = await receptionist_from_store(phone.house, taken.call_id)
    assert left.instructions.id == "autre"


async def test_empty_folder_keeps_every_client(phone: _Phone) -> None:
    (phone.house.settings.clients_dir / "chauffage-morel.yaml").unlink()
    assert await phone.watch.take_changes() == []
    assert (await phone.take_call()).instructions.version == 1


async def test_watch_takes_a_change_by_itself(phone: _Phone, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.wiring.client_watch.LOOK_EVERY_S", LOOK_EVERY_S / 100)
    watching = asyncio.create_task(phone.watch.watch_forever())
    phone.write(version(2))
    async with asyncio.timeout(20):
        while phone.house.clients.of("chauffage-morel").version != 2:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    watching.cancel()
    await asyncio.wait([watching])


class _Voice:
    """Notes what it says, and which version new calls reached by then."""

    name = "fake"

    def __init__(self, house: House) -> None:
        self._house = house
        self.said: dict[str, int] = {}

    async def say(self, text: str, **_: object) -> None:
        self.said.setdefault(text, self._house.clients.of("chauffage-morel").version)


class _Engines:
    def __init__(self, voice: _Voice, missing: str = "") -> None:
        self._voice = voice
        self._missing = missing

    def voice(self, choice: VoiceChoice, language: Language) -> _Voice:
        if choice.piper == self._missing:
            raise ModelMissing(f"{choice.piper} is not here.", "Pull it.")
        return self._voice


async def test_new_sentences_are_sound_before_the_first_call_of_a_version(phone: _Phone) -> None:
    voice = _Voice(phone.house)
    engines: Any = _Engines(voice)
    sentence = "Votre chauffagiste vous écoute."
    phone.write(version(2).replace("Que puis-je faire pour vous ?", sentence))
    await ClientWatch(phone.house, engines).take_changes()
    assert phone.house.clients.of("chauffage-morel").version == 2
    assert voice.said[sentence] == 1


async def test_version_whose_voice_is_missing_is_refused(phone: _Phone) -> None:
    engines: Any = _Engines(_Voice(phone.house), missing="fr_FR-nobody-medium")
    phone.write(version(2).replace("fr_FR-siwis-medium", "fr_FR-nobody-medium"))
    with capture_logs() as logs:
        assert await ClientWatch(phone.house, engines).take_changes() == []
    assert any("fr_FR-nobody-medium" in str(log.get("problems")) for log in logs)
    assert phone.house.clients.of("chauffage-morel").version == 1


async def test_full_disk_does_not_keep_a_change_from_being_obeyed(phone: _Phone, current: Settings) -> None:
    archive = archive_of(current) / "chauffage-morel"
    for kept in archive.iterdir():
        kept.unlink()
    archive.rmdir()
    archive.write_text("not a folder")
    phone.write(version(2))
    with capture_logs() as logs:
        await phone.watch.take_changes()
    assert "client file not archived" in [log["event"] for log in logs]
    assert (await phone.take_call()).instructions.version == 2
