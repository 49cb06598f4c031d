"""Deliveries over real channels: an SMTP server and a web server that defer, drop and answer late; the house's letters."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from delivery_house import BY_MAIL, CLIENT, OPERATOR, a_message, client_with, delivery_house, eventually, fast_tempo

from tests.fakes.mail_server import MailServer, Post
from tests.fakes.senders import ScriptedSender
from tests.fakes.webhook_sink import Answers, Drops, WebhookSink
from voicebot.channels.email import EmailSender
from voicebot.channels.webhook import WebhookSender, webhook_key
from voicebot.domain.delivery import Channel, Gathered
from voicebot.domain.dispatch import DispatchStatus
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.house_letters import HouseLetters
from voicebot.settings import Settings

SECRET = b"the secret of a house"
HOOK_RULE = {"id": "crm", "channel": "webhook", "fallback": "email", "to": ["lambert"]}


@pytest.fixture
def database(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'voicebot.db'}"


def mail_settings(server: MailServer) -> Settings:
    return Settings(smtp_host="127.0.0.1", smtp_port=server.port, smtp_security="none", mail_from="reception@example.org")


async def test_a_mail_server_that_defers_drops_and_dawdles_gets_every_mail(database: str) -> None:
    posts = [Post.DEFER, Post.DROP, Post.DEFER_DATA, Post.DROP_AFTER_DATA, Post.SHUT, Post.TAKE]
    client = client_with(BY_MAIL)
    writer = HouseLetters(lambda _: client, SECRET, link=lambda dispatch, _since: f"https://tel.example.org/m/{dispatch}")
    async with MailServer(*posts) as server:
        sender = EmailSender(mail_settings(server))
        async with delivery_house(database, {Channel.EMAIL: sender}, client, writer=writer, speed=500) as house:
            await house.hang_up(*(a_message(f"c{n}") for n in range(5)))
            for n in range(5):
                await house.until(f"c{n}", office_email="sent")
        mails = server.distinct

    assert len(mails) == 5, "a mail program sees each message once, by its Message-ID"
    text = next(iter(mails.values())).text
    assert "Zoé Durand" in text
    assert "https://tel.example.org/m/c" in text


async def test_a_webhook_that_fails_sleeps_and_drops_is_told_once(database: str) -> None:
    key = webhook_key(SECRET, CLIENT, "crm")
    answers = [Answers(503), Drops(), Drops(kept=True), Answers(429, (("Retry-After", "120"),)), Answers(after_s=0.1)]
    async with WebhookSink(*answers, key=key) as sink:
        client = client_with(HOOK_RULE | {"address": sink.url})
        writer = HouseLetters(lambda _: client, SECRET)
        senders = {Channel.WEBHOOK: WebhookSender(allow_private=True)}
        async with delivery_house(database, senders, client, writer=writer) as house:
            await house.hang_up(a_message("c1"), a_message("c2"))
            await house.until("c1", crm_webhook="delivered")
            await house.until("c2", crm_webhook="delivered")

    assert {hook.json["call"] for hook in sink.taken.values()} == {"c1", "c2"}
    assert len(sink.taken) == 2
    assert all(hook.verified for hook in sink.requests)


async def test_a_webhook_that_is_gone_gives_way_to_a_mail(database: str) -> None:
    async with MailServer() as server, WebhookSink(lambda _: Answers(410)) as sink:
        client = client_with(HOOK_RULE | {"address": sink.url})
        writer = HouseLetters(lambda _: client, SECRET)
        senders = {Channel.WEBHOOK: WebhookSender(allow_private=True), Channel.EMAIL: EmailSender(mail_settings(server))}
        async with delivery_house(database, senders, client, writer=writer) as house:
            await house.hang_up(a_message("c1"))
            await house.until("c1", crm_webhook="failed", crm_email="sent")

        assert [mail.recipient for mail in server.distinct.values()] == ["lambert@example.org"]


async def test_a_rejected_mailbox_is_told_to_the_operator_in_words(database: str) -> None:
    def judge(address: str) -> Post:
        return Post.TAKE if address == OPERATOR else Post.REJECT

    client = client_with(BY_MAIL)
    async with MailServer(judge) as server:
        sender = EmailSender(mail_settings(server))
        writer = HouseLetters(lambda _: client, SECRET)
        async with delivery_house(database, {Channel.EMAIL: sender}, client, writer=writer, speed=20) as house:
            await house.hang_up(a_message("c1"), a_message("c2"))
            await eventually(lambda: bool(server.distinct))
        (alarm,) = server.distinct.values()

    assert alarm.recipient == OPERATOR
    assert "voicebot messages list --dead" in alarm.text
    assert "Durand" not in alarm.text, "nothing of a caller leaves in an alarm"


async def test_a_digest_of_an_hour_is_one_readable_mail(database: str) -> None:
    client = client_with(BY_MAIL | {"gathered": Gathered.HOURLY})
    async with MailServer() as server:
        sender = EmailSender(mail_settings(server))
        writer = HouseLetters(lambda _: client, SECRET)
        async with delivery_house(database, {Channel.EMAIL: sender}, client, writer=writer) as house:
            await house.hang_up(a_message("c1", name="Zoé Durand"), a_message("c2", name="Marc Petit"))
            await house.until("c1", office_email="sent")
            await house.until("c2", office_email="sent")
        # One mail, or two where this machine took longer than the house's hour to save them.
        written = "".join(mail.text for mail in server.distinct.values())

    assert "Zoé Durand" in written
    assert "Marc Petit" in written


async def test_an_attempt_whose_end_nobody_wrote_down_is_asked_about_before_it_is_repeated(database: str) -> None:
    sms = ScriptedSender(remembers=True)
    client = client_with({"id": "duty", "channel": "sms", "to": ["tison"]})
    tempo = fast_tempo(50)
    async with delivery_house(database, {Channel.SMS: sms}, client, tempo=tempo) as house:
        await house.hang_up(a_message("c1", UrgencyLevel.P1))
        await house.until("c1", duty_sms="sent")
        (dispatch,) = await house.dispatches("c1")
        desk = house.deliveries.desk
        # A second attempt begins, the carrier takes it, and the process dies: the row says so and no event does.
        await desk.dispatch_told(dispatch.id, DispatchStatus.FAILED, trouble="rejected")
        begun = replace(dispatch, attempts=dispatch.attempts + 1, status=DispatchStatus.FAILED)
        await house.book.write(lambda rows: rows.put(begun))
        await desk.resend(dispatch.id, "operator:zoe")
        await house.until("c1", duty_sms="sent")

    assert sms.asked == 1
    assert len(sms.taken) == 1
