"""voicebot messages as an operator meets it: lists, one message in full, resend, export, receipts, keys, clear errors."""

from __future__ import annotations

import asyncio
import csv
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tests.fakes.senders import ScriptedSender
from tests.messages.delivery_house import MORNING, a_message, delivery_house, eventually, fast_tempo
from voicebot.channels.webhook import SECRET_PREFIX
from voicebot.cli import app
from voicebot.clients.directory import load_clients
from voicebot.domain.delivery import Channel
from voicebot.domain.details import CALLBACK_NUMBER, CALLER_NAME, Detail
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.instructions import Instructions
from voicebot.domain.message import Message
from voicebot.domain.message_event import MessageEvent, MessageEventKind
from voicebot.domain.tempo import Tempo
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.planning import Planning
from voicebot.messages.settling import Settling
from voicebot.messages.terms import Terms
from voicebot.settings import settings

ROOT = Path(__file__).parents[2]
CLIENT = "chauffage-morel"
RECEIPT = """\
From: MAILER-DAEMON@mx.example.org
To: reception@example.org
Subject: Undelivered
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

It did not work.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org
Original-Envelope-Id: {dispatch}

Final-Recipient: rfc822; accueil@example.org
Action: failed
Status: 5.1.1

--cut--
"""


@pytest.fixture(autouse=True)
def own_house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    clients = tmp_path / "clients"
    clients.mkdir()
    written = (ROOT / "client_configs" / f"{CLIENT}.yaml").read_text(encoding="utf-8")
    hook = '\n  - {id: crm, channel: webhook, address: "https://crm.example.org/hook", urgency: [p0, p1, p2, p3]}'
    (clients / f"{CLIENT}.yaml").write_text(written.replace("\ndeliveries:", f"\ndeliveries:{hook}"), encoding="utf-8")
    for name, value in {"DATA_DIR": tmp_path / "var", "CLIENTS_DIR": clients, "SECRET": "a secret of tests"}.items():
        monkeypatch.setenv(f"VOICEBOT_{name}", str(value))
    monkeypatch.setenv("COLUMNS", "200")
    settings.cache_clear()
    yield
    settings.cache_clear()


def run(*arguments: str, typed: bytes = b"") -> Result:
    return CliRunner().invoke(app, ["messages", *arguments], input=typed)


def client() -> Instructions:
    return load_clients(settings().clients_dir).of(CLIENT)


def message(call: str, level: UrgencyLevel, name: str = "Zoé Durand") -> Message:
    details = {CALLER_NAME: Detail(name, name), CALLBACK_NUMBER: Detail("+33639980151", "zéro six")}
    return a_message(call, level, client=CLIENT, details=details, taken_at=MORNING + timedelta(minutes=len(call)))


def recorded(*messages: Message, failed: str = "") -> None:
    """Saves messages and plans their dispatches. failed: call all whose dispatches have failed for good."""

    async def save() -> None:
        async with delivery_house(settings().database, {}, client(), working=False) as house:
            terms = Terms(lambda _: client(), fast_tempo(1))
            settling = Settling(terms)
            for one in messages:
                await house.hang_up(one)
                await house.book.write(lambda rows, one=one: Planning(terms, settling).plan(rows, one.call, "final"))
            for _ in range(2 if failed else 0):
                await house.book.write(lambda rows: settling.failed(rows, rows.of_call(failed), "rejected"))

    asyncio.run(save())


def dispatch_ids(call: str) -> list[str]:
    async def read() -> list[str]:
        async with delivery_house(settings().database, {}, client(), working=False) as house:
            return [d.id for d in await house.dispatches(call)]

    return asyncio.run(read())


def test_a_list_shows_what_became_of_each_message_and_hides_who_called() -> None:
    recorded(message("c1", UrgencyLevel.P3), message("c22", UrgencyLevel.P1), failed="c22")

    everything, dead, urgent = run("list"), run("list", "--dead"), run("list", "--urgency", "p1", "--client", CLIENT)

    assert everything.exit_code == 0, everything.output
    assert everything.output.index("c22") < everything.output.index("c1 "), "newest first"
    assert "Z. D. …51" in everything.output
    assert "Durand" not in everything.output
    assert "webhook: queued" in everything.output
    assert "c22" in dead.output
    assert "webhook: failed (rejected)" in dead.output
    assert "c1 " not in dead.output
    assert "c1 " not in urgent.output
    assert "Zoé Durand +33639980151" in run("list", "--numbers").output
    assert "No message fits" in run("list", "--since", "2026-11-25").output
    assert "No message fits" in run("list", "--status", "read").output
    assert "c22" not in run("list", "--limit", "1", "--urgency", "p3").output


def test_show_tells_the_whole_history_with_the_ladder_s() -> None:
    recorded(message("c1", UrgencyLevel.P1))

    async def acknowledged() -> None:
        async with delivery_house(settings().database, {}, client(), working=False) as house:
            data = {"ladder": "c1-on-call", "contact": "morel", "name": "Paul Morel", "way": "keypad", "first": True}
            await house.calls.note_after_call([MessageEvent("ack", "c1", MORNING, MessageEventKind.ACKNOWLEDGED, data)])
            await house.deliveries.desk.read((await house.dispatches("c1"))[0].id, "operator:ines")

    asyncio.run(acknowledged())
    shown = run("show", "c1")

    assert shown.exit_code == 0, shown.output
    for told in ("dispatch_queued", "acknowledged", "Paul Morel", "way=keypad", "operator:ines", "status=read", "p1"):
        assert told in shown.output
    assert "+33639980151" not in shown.output
    assert run("show", dispatch_ids("c1")[0]).output == shown.output


def test_an_unknown_id_says_what_to_do() -> None:
    for arguments in (("show", "nothing"), ("resend", "nothing")):
        refused = run(*arguments)
        assert refused.exit_code == 1
        assert "unknown_message" in refused.stderr
        assert "voicebot messages list" in refused.stderr


async def test_a_dead_letter_is_sent_again_while_the_house_works() -> None:
    await asyncio.to_thread(recorded, message("c1", UrgencyLevel.P3), failed="c1")
    hooks, mail, sms = ScriptedSender(delivers=True), ScriptedSender(), ScriptedSender()
    senders = {Channel.WEBHOOK: hooks, Channel.EMAIL: mail, Channel.SMS: sms}
    as_the_command_has_it = Tempo(lambda: datetime.now(UTC))
    async with delivery_house(settings().database, senders, client(), tempo=as_the_command_has_it) as house:
        resent = await asyncio.to_thread(run, "resend", "c1", "--by", "ines")
        assert resent.exit_code == 0, resent.output
        await eventually(lambda: [letter.address for letter in hooks.taken] == ["https://crm.example.org/hook"])
        elsewhere = await asyncio.to_thread(
            run, "resend", hooks.taken[0].id, "--channel", "email", "--to", "autre@example.org"
        )
        assert elsewhere.exit_code == 0, elsewhere.output
        await eventually(lambda: any(letter.address == "autre@example.org" for letter in mail.taken))
        events = await house.events("c1")

    assert {e.data["who"] for e in events if e.kind is MessageEventKind.DISPATCH_RESENT} >= {"operator:ines"}
    assert "queued again" in resent.output


@pytest.mark.parametrize(
    ("channel", "to"),
    [("email", "nobody"), ("sms", "+33199001010"), ("sms", "15"), ("webhook", "http://crm.example.org")],
)
def test_an_address_that_cannot_be_one_is_refused(channel: str, to: str) -> None:
    recorded(message("c1", UrgencyLevel.P3))
    refused = run("resend", "c1", "--channel", channel, "--to", to)
    assert refused.exit_code == 1
    assert "settings" in refused.stderr


def test_an_export_holds_every_field_and_no_formula(tmp_path: Path) -> None:
    recorded(message("c1", UrgencyLevel.P3, '=HYPERLINK("https://example.org")'), message("c22", UrgencyLevel.P1))
    by_table, by_line = tmp_path / "messages.csv", tmp_path / "messages.jsonl"

    assert run("export", str(by_table)).output.startswith("2 messages")
    assert run("export", str(by_line), "--format", "jsonl", "--client", CLIENT).exit_code == 0

    rows = list(csv.DictReader(by_table.read_text(encoding="utf-8").splitlines()))
    assert [row["call"] for row in rows] == ["c22", "c1"]
    assert rows[1]["detail.caller_name"] == '\'=HYPERLINK("https://example.org")'
    assert rows[0]["detail.callback_number"] == "'+33639980151"
    assert all(not value.startswith(("=", "+", "-", "@")) for row in rows for value in row.values())
    whole = [json.loads(line) for line in by_line.read_text(encoding="utf-8").splitlines()]
    assert whole[1]["message"]["details"]["caller_name"]["value"] == '=HYPERLINK("https://example.org")'
    assert {d["status"] for d in whole[0]["dispatches"]} == {"queued"}
    assert by_table.stat().st_mode & 0o077 == 0
    assert run("export", str(tmp_path / "nowhere" / "file")).exit_code == 1


def test_a_receipt_on_standard_input_is_told_to_the_dispatch() -> None:
    recorded(message("c1", UrgencyLevel.P3))
    (first, *_) = dispatch_ids("c1")

    told = run("receipt", typed=RECEIPT.format(dispatch=first).encode())
    assert told.exit_code == 0, told.output
    assert f"{first}: failed 5.1.1" in told.output
    shown = run("show", "c1").output
    assert "bad_address" in shown
    assert DispatchStatus.FAILED in shown

    stranger = run("receipt", typed=RECEIPT.format(dispatch="of-another-house").encode())
    assert (stranger.exit_code, "no dispatch of this house" in stranger.output) == (0, True)
    assert "no receipt" in run("receipt", typed=b"Subject: bonjour\n\nrien").output


def test_the_key_of_a_webhook_is_its_own() -> None:
    shown = run("key", CLIENT, "crm")
    assert shown.exit_code == 0, shown.output
    assert shown.output.startswith(SECRET_PREFIX)
    assert run("key", CLIENT, "crm").output == shown.output
    assert "crm" in run("key", CLIENT, "no-such-rule").stderr
    assert run("key", "nobody", "crm").exit_code == 1
