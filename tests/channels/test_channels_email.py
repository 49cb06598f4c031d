"""E-mail against a real SMTP server: TLS, passwords, receipts asked for, refusals, broken connections, hostile words."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime
from email.headerregistry import Address
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.mail_server import MailServer, Post, trusting_context
from voicebot.channels.email import EmailSender
from voicebot.channels.email_failures import refusal
from voicebot.channels.email_message import as_email
from voicebot.channels.ports import Attached, Letter
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError, SettingsError
from voicebot.settings import Settings

LETTER = Letter(
    id="20261123-221504-1f9c2a-office-sophie",
    channel=Channel.EMAIL,
    address="sophie@example.com",
    text="Été : rappeler Mme Forêt\n",
    subject="Message P2 de Mme Forêt",
    html="<p>Été</p>",
    thread="20261123-221504-1f9c2a",
    from_name="Accueil Chauffage Morel",
)
MESSAGE_ID = "<20261123-221504-1f9c2a-office-sophie@example.org>"


def sender(server: MailServer, **changes: Any) -> EmailSender:
    given = {
        "smtp_host": server.host,
        "smtp_port": server.port,
        "smtp_security": "none",
        "mail_from": "reception@example.org",
    }
    return EmailSender(Settings.model_validate(given | changes), tls_context=trusting_context())


async def refused(server: MailServer, letter: Letter = LETTER, **changes: Any) -> ChannelError:
    email = sender(server, **changes)
    with pytest.raises(ChannelError) as caught:
        await email.send(letter)
    await email.close()
    return caught.value


async def test_mail_arrives_whole_with_its_stable_id() -> None:
    letter = replace(LETTER, attachments=(Attached("appel.txt", "text/plain", "déjà".encode()),), reply_to="a@example.net")
    async with MailServer() as server:
        email = sender(server)
        taken = await email.send(letter)
        await email.close()
    mail = server.inbox[0]
    parsed = mail.parsed
    assert taken.provider_id == "1"
    assert not taken.delivered
    assert (mail.sender, mail.recipient) == ("reception@example.org", "sophie@example.com")
    assert mail.message_id == MESSAGE_ID
    assert parsed["From"].addresses == (Address("Accueil Chauffage Morel", "reception", "example.org"),)
    assert parsed["References"] == parsed["In-Reply-To"] == "<20261123-221504-1f9c2a@example.org>"
    assert (parsed["Auto-Submitted"], parsed["Reply-To"]) == ("auto-generated", "a@example.net")
    assert parsed["Subject"] == "Message P2 de Mme Forêt"
    assert (mail.text, mail.html.strip()) == ("Été : rappeler Mme Forêt\n", "<p>Été</p>")
    attached = next(parsed.iter_attachments())
    assert (attached.get_filename(), attached.get_content()) == ("appel.txt", "déjà")


async def test_receipts_are_asked_for_where_they_are_offered() -> None:
    async with MailServer() as server:
        email = sender(server)
        await email.send(LETTER)
        await email.close()
    assert {"RET=HDRS", f"ENVID={LETTER.id}"} <= set(server.inbox[0].options)
    assert server.inbox[0].recipient_options == ("NOTIFY=SUCCESS,FAILURE,DELAY", "ORCPT=rfc822;sophie@example.com")


async def test_id_that_is_too_long_for_an_envelope_is_in_the_returned_headers() -> None:
    letter = replace(LETTER, id="dispatch/" + "x" * 120)
    async with MailServer() as server:
        email = sender(server)
        await email.send(letter)
        await email.close()
    assert server.inbox[0].message_id == f"<{letter.id}@example.org>"
    assert not any("ENVID" in option for option in server.inbox[0].options)


async def test_no_receipts_where_none_are_offered() -> None:
    async with MailServer(dsn=False) as server:
        email = sender(server)
        await email.send(LETTER)
        await email.close()
    assert not any("ENVID" in option for option in server.inbox[0].options)


@pytest.mark.parametrize(
    ("post", "reason", "temporary"),
    [
        (Post.DEFER, "deferred", True),
        (Post.DEFER_DATA, "deferred", True),
        (Post.REJECT, "bad_address", False),
        (Post.REJECT_DATA, "rejected", False),
        (Post.DROP, "connection", True),
        (Post.DROP_AFTER_DATA, "connection", True),
        (Post.SHUT, "deferred", True),
    ],
)
async def test_every_refusal_says_whether_trying_again_may_help(post: Post, reason: str, temporary: bool) -> None:
    async with MailServer(post) as server:
        error = await refused(server)
    assert (error.reason, error.temporary) == (reason, temporary)
    assert "sophie" not in str(error)


async def test_connection_dropped_after_the_mail_makes_a_double_that_is_known_again() -> None:
    async with MailServer(Post.DROP_AFTER_DATA) as server:
        email = sender(server)
        with pytest.raises(ChannelError):
            await email.send(LETTER)
        await email.send(LETTER)
        await email.close()
    assert server.copies(MESSAGE_ID) == 2
    assert list(server.distinct) == [MESSAGE_ID]


async def test_one_connection_carries_many_mails_even_after_a_refusal() -> None:
    async with MailServer(Post.TAKE, Post.REJECT, Post.DEFER) as server:
        email = sender(server)
        await email.send(LETTER)
        for _ in range(2):
            with pytest.raises(ChannelError):
                await email.send(LETTER)
        await email.send(LETTER)
        await email.close()
    assert (len(server.inbox), server.connections) == (2, 1)


@pytest.mark.parametrize("politely", [True, False])
@pytest.mark.parametrize("later", [True, False])
async def test_connection_that_the_server_cut_while_idle_costs_nothing(politely: bool, later: bool) -> None:
    async with MailServer() as server:
        email = sender(server)
        await email.send(LETTER)
        server.hang_up(politely=politely)
        await asyncio.sleep(0.05 if later else 0)
        await email.send(LETTER)
        await email.close()
    assert (len(server.inbox), server.connections) == (2, 2)


async def test_server_that_starts_again_is_found_again() -> None:
    async with MailServer() as server:
        email = sender(server)
        await email.send(LETTER)
        await server.stop()
        with pytest.raises(ChannelError) as caught:
            await email.send(LETTER)
        assert (caught.value.reason, caught.value.temporary) == ("connection", True)
        await server.start()
        await email.send(LETTER)
        await email.close()
    assert len(server.inbox) == 2


async def test_many_mails_at_once_share_few_connections() -> None:
    async with MailServer(lambda _: Post.DAWDLE, slow_s=0.02) as server:
        email = sender(server)
        await asyncio.gather(*(email.send(replace(LETTER, id=f"dispatch-{n}")) for n in range(20)))
        await email.close()
    assert len(server.distinct) == 20
    assert server.connections <= 4


async def test_slow_server_is_given_up_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voicebot.channels.email.WHOLE_LIMIT_S", 0.2)
    async with MailServer(Post.DAWDLE, slow_s=5) as server:
        error = await refused(server)
    assert (error.reason, error.temporary) == ("timeout", True)


async def test_starttls_and_password() -> None:
    async with MailServer(starttls=True, login=("house", "s3cret")) as server:
        email = sender(server, smtp_security="starttls", smtp_user="house", smtp_password="s3cret")
        await email.send(LETTER)
        await email.close()
    assert len(server.inbox) == 1


async def test_tls_from_the_first_byte() -> None:
    async with MailServer(tls=True) as server:
        email = sender(server, smtp_security="tls")
        await email.send(LETTER)
        await email.close()
    assert len(server.inbox) == 1


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_self_signed_certificate_is_refused(security: str) -> None:
    async with MailServer(starttls=security == "starttls", tls=security == "tls") as server:
        settings = Settings.model_validate(
            {"smtp_host": server.host, "smtp_port": server.port, "smtp_security": security, "mail_from": "a@example.org"}
        )
        email = EmailSender(settings)
        with pytest.raises(ChannelError, match="certificate") as caught:
            await email.send(LETTER)
    assert caught.value.temporary
    assert not server.inbox


async def test_server_without_starttls_gets_no_mail_in_clear() -> None:
    async with MailServer() as server:
        error = await refused(server, smtp_security="starttls")
    assert "STARTTLS" in str(error)
    assert not server.inbox


async def test_wrong_password() -> None:
    async with MailServer(starttls=True, login=("house", "s3cret")) as server:
        error = await refused(server, smtp_security="starttls", smtp_user="house", smtp_password="guess")
    assert (error.reason, error.temporary) == ("unauthorised", True)
    assert "VOICEBOT_SMTP_PASSWORD" in error.remedy


def test_mail_in_clear_is_only_for_this_machine() -> None:
    elsewhere = {"smtp_host": "mail.example.org", "smtp_security": "none", "mail_from": "a@example.org"}
    with pytest.raises(SettingsError, match="SMTP_SECURITY"):
        EmailSender(Settings.model_validate(elsewhere))


def test_sender_that_is_no_address_is_refused() -> None:
    with pytest.raises(SettingsError, match="MAIL_FROM"):
        EmailSender(Settings.model_validate({"smtp_host": "mail.example.org", "mail_from": "reception"}))


async def test_without_a_server_the_reason_says_so() -> None:
    with pytest.raises(ChannelError) as caught:
        await EmailSender(Settings.model_validate({"smtp_host": ""})).send(LETTER)
    assert caught.value.reason == "not_configured"


async def test_address_beyond_ascii_needs_a_server_that_takes_it() -> None:
    letter = replace(LETTER, address="hélène@exemple.example.org")
    async with MailServer() as server:
        email = sender(server)
        await email.send(letter)
        await email.close()
    assert server.inbox[0].recipient == "hélène@exemple.example.org"
    async with MailServer(smtputf8=False) as plain:
        error = await refused(plain, letter)
    assert (error.reason, error.temporary) == ("bad_address", False)


async def test_domain_beyond_ascii_is_written_in_ascii() -> None:
    async with MailServer(smtputf8=False) as server:
        email = sender(server)
        await email.send(replace(LETTER, address="bureau@forêt.example.org"))
        await email.close()
    assert server.inbox[0].recipient == "bureau@xn--fort-ipa.example.org"


@pytest.mark.parametrize(
    "address",
    [
        "a@example.org\r\nRCPT TO:<b@example.org>",
        "a@example.org, b@example.org",
        "<a@example.org>",
        "a b@example.org",
        "@",
        "",
    ],
)
async def test_address_that_is_more_than_an_address_never_reaches_the_server(address: str) -> None:
    async with MailServer() as server:
        error = await refused(server, replace(LETTER, address=address))
    assert (error.reason, error.temporary) == ("bad_address", False)
    assert server.connections == 0


@given(words=st.text(max_size=300), name=st.text(max_size=60))
def test_words_of_callers_make_no_header(words: str, name: str) -> None:
    letter = replace(LETTER, subject=f"Message de {words}\r\nBcc: thief@example.net", from_name=name)
    content = as_email(letter, "reception@example.org", datetime(2026, 11, 23, tzinfo=UTC)).as_bytes()
    head = content.partition(b"\r\n\r\n")[0]
    names = [line.partition(b":")[0] for line in head.split(b"\r\n") if not line.startswith((b" ", b"\t"))]
    assert b"Bcc" not in names
    assert len(names) == len(set(names)) == 12
    assert b"\n" not in head.replace(b"\r\n", b"")


def test_server_that_says_how_long_to_wait_is_heard() -> None:
    assert refusal(451, "4.7.1 Greylisted, try again in 5 minutes").retry_after_s == 300
    assert refusal(450, "4.2.0 come back in 90 seconds").retry_after_s == 90
    assert refusal(451, "4.7.1 Greylisted").retry_after_s is None


def test_full_mailbox_and_refused_content_are_no_bad_address() -> None:
    assert refusal(552, "5.3.4 Message too big", of_recipient=True).reason == "too_large"
    assert refusal(550, "5.7.1 Relaying denied", of_recipient=True).reason == "rejected"
    assert refusal(550, "No such user", of_recipient=True).reason == "bad_address"
