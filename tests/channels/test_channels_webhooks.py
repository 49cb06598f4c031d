"""Webhooks and chat rooms against a real web server: signatures, refusals, late answers, addresses that are not allowed."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from standardwebhooks import Webhook

from tests.fakes.mail_server import MailServer, trusting_context
from tests.fakes.webhook_sink import Answers, Drops, WebhookSink
from voicebot.channels.chat import ChatSender
from voicebot.channels.ports import Letter
from voicebot.channels.web_address import reach
from voicebot.channels.web_post import READ_AT_MOST_BYTES, refuse_unless_taken
from voicebot.channels.webhook import WebhookSender, shown_key, webhook_key
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError

KEY = webhook_key(b"house secret", "chauffage-morel", "crm")
NOW = datetime(2026, 11, 23, 21, 15, tzinfo=UTC)
LETTER = Letter("dispatch-1", Channel.WEBHOOK, "", "", payload={"type": "message.recorded", "reason": "été"}, key=KEY)


@pytest.fixture
async def sender() -> AsyncIterator[WebhookSender]:
    webhooks = WebhookSender(allow_private=True)
    yield webhooks
    await webhooks.close()


def to(sink: WebhookSink, letter: Letter = LETTER) -> Letter:
    return replace(letter, address=sink.url)


async def refused(sender: WebhookSender, letter: Letter) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        await sender.send(letter)
    return caught.value


async def test_signed_webhook_is_verified_by_the_receiver(sender: WebhookSender) -> None:
    async with WebhookSink(key=KEY) as sink:
        taken = await sender.send(to(sink))
    hook = sink.requests[0]
    assert taken.delivered
    assert hook.verified
    assert hook.json == LETTER.payload
    assert (hook.id, hook.headers["idempotency-key"]) == ("dispatch-1", "dispatch-1")
    assert hook.headers["content-type"] == "application/json"
    assert hook.headers["host"] == f"127.0.0.1:{sink.port}"


async def test_key_that_the_operator_is_shown_verifies(sender: WebhookSender) -> None:
    async with WebhookSink() as sink:
        await sender.send(to(sink))
    hook = sink.requests[0]
    assert Webhook(shown_key(KEY)).verify(hook.body, hook.headers) == LETTER.payload


async def test_key_of_another_rule_is_refused_by_the_receiver(sender: WebhookSender) -> None:
    async with WebhookSink(key=webhook_key(b"house secret", "chauffage-morel", "other")) as sink:
        error = await refused(sender, to(sink))
    assert (error.reason, error.temporary) == ("unauthorised", False)


def test_every_rule_has_its_own_key() -> None:
    keys = {webhook_key(secret, c, r) for secret in (b"a", b"b") for c in ("x", "xy") for r in ("yz", "z")}
    assert len(keys) == 8
    assert webhook_key(b"a", "x", "z") == webhook_key(b"a", "x", "z")


@pytest.mark.parametrize(
    ("status", "reason", "temporary"),
    [
        (400, "rejected", False), (401, "unauthorised", False), (404, "rejected", False), (408, "timeout", True),
        (410, "bad_address", False), (413, "too_large", False), (425, "server", True), (429, "rate_limited", True),
        (301, "bad_address", False), (307, "bad_address", False), (500, "server", True), (503, "server", True),
    ],
)  # fmt: skip
async def test_every_status_says_whether_trying_again_may_help(
    sender: WebhookSender, status: int, reason: str, temporary: bool
) -> None:
    async with WebhookSink(Answers(status)) as sink:
        error = await refused(sender, to(sink))
    assert (error.reason, error.temporary) == (reason, temporary)


async def test_redirects_are_not_followed(sender: WebhookSender) -> None:
    async with WebhookSink() as other, WebhookSink(Answers(302, (("location", other.url),))) as sink:
        await refused(sender, to(sink))
    assert other.requests == []


async def test_receiver_that_says_how_long_to_wait_is_heard(sender: WebhookSender) -> None:
    async with WebhookSink(Answers(429, (("retry-after", "17"),))) as sink:
        error = await refused(sender, to(sink))
    assert error.retry_after_s == 17


@pytest.mark.parametrize(
    ("header", "waits_s"),
    [
        (format_datetime(NOW + timedelta(seconds=90), usegmt=True), 90),
        (format_datetime(NOW - timedelta(hours=1), usegmt=True), 0),
        ("999999999", 86_400),
        ("-5", 0),
        ("nan", None),
        ("soon", None),
        ("", None),
    ],
)
def test_retry_after_in_every_form(header: str, waits_s: float | None) -> None:
    with pytest.raises(ChannelError) as caught:
        refuse_unless_taken(503, header, NOW)
    assert caught.value.retry_after_s == waits_s


async def test_late_answer_is_a_timeout_and_the_double_is_known_again(
    sender: WebhookSender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicebot.channels.web_post.WHOLE_LIMIT_S", 0.2)
    async with WebhookSink(Answers(after_s=2), key=KEY) as sink:
        error = await refused(sender, to(sink))
        assert (error.reason, error.temporary) == ("timeout", True)
        await sender.send(to(sink))
    assert (len(sink.taken), sink.doubles) == (1, 1)


async def test_answer_lost_on_the_way_makes_a_double_that_is_known_again(sender: WebhookSender) -> None:
    async with WebhookSink(Drops(kept=True), key=KEY) as sink:
        error = await refused(sender, to(sink))
        assert (error.reason, error.temporary) == ("connection", True)
        await sender.send(to(sink))
    assert (len(sink.taken), sink.doubles) == (1, 1)


async def test_endless_answer_is_read_no_further_than_needed(sender: WebhookSender) -> None:
    async with WebhookSink(Answers(body=b"x" * (READ_AT_MOST_BYTES * 40))) as sink:
        assert (await sender.send(to(sink))).delivered


async def test_receiver_that_is_down_is_tried_again(sender: WebhookSender) -> None:
    async with WebhookSink() as sink:
        pass
    error = await refused(sender, to(sink))
    assert (error.reason, error.temporary) == ("connection", True)


async def test_private_and_local_addresses_need_permission() -> None:
    careful = WebhookSender()
    async with WebhookSink() as sink:
        error = await refused(careful, to(sink))
    await careful.close()
    assert (error.reason, error.temporary) == ("bad_address", False)
    assert "VOICEBOT_PRIVATE_WEBHOOKS" in error.remedy
    assert sink.requests == []


@pytest.mark.parametrize(
    "url",
    [
        "https://169.254.169.254/latest/meta-data", "https://[::ffff:169.254.169.254]/", "https://[fe80::1]/",
        "https://[fd00:ec2::254]/", "https://0.0.0.0/", "https://[2002:a9fe:a9fe::1]/", "https://[64:ff9b::a9fe:a9fe]/",
        "https://100.100.100.200/", "https://224.0.0.1/", "http://192.168.1.10/hook", "ftp://127.0.0.1/", "file:///etc/passwd",
        "https://", "https://user:secret@127.0.0.1/", "https://127.0.0.1:99999/", "gibberish", "",
    ],
)  # fmt: skip
async def test_addresses_that_are_never_allowed(sender: WebhookSender, url: str) -> None:
    error = await refused(sender, replace(LETTER, address=url))
    assert (error.reason, error.temporary) == ("bad_address", False)


@pytest.mark.parametrize(
    "url", ["https://10.0.0.7/", "https://192.168.1.10:8443/x", "https://[fd12::1]/", "https://127.0.0.1/"]
)
async def test_private_addresses(url: str) -> None:
    with pytest.raises(ChannelError, match="private"):
        await reach(url, allow_private=False)
    assert (await reach(url, allow_private=True)).secure


async def test_public_address_is_pinned_to_what_was_checked() -> None:
    there = await reach("https://93.184.215.14/hook", allow_private=False)
    assert (there.host, there.port, there.ip) == ("93.184.215.14", 443, "93.184.215.14")


async def test_name_that_leads_to_a_private_address_is_refused() -> None:
    with pytest.raises(ChannelError, match="private"):
        await reach("https://localhost/", allow_private=False)


async def test_certificate_of_a_stranger_is_refused() -> None:
    async with MailServer(tls=True) as tls_server:
        address = f"https://127.0.0.1:{tls_server.port}/hook"
        for context, reached in ((ssl.create_default_context(), False), (trusting_context(), True)):
            webhooks = WebhookSender(allow_private=True, tls_context=context)
            error = await refused(webhooks, replace(LETTER, address=address))
            await webhooks.close()
            assert error.temporary
            # A mail server answers no HTTP: only who trusts it comes so far as to find out.
            assert ("ProtocolError" in str(error)) is reached


async def test_webhook_without_a_key_is_not_sent(sender: WebhookSender) -> None:
    async with WebhookSink() as sink:
        error = await refused(sender, to(sink, replace(LETTER, key=b"")))
    assert error.reason == "not_configured"
    assert sink.requests == []


async def test_chat_room_gets_its_json() -> None:
    chat = ChatSender(allow_private=True)
    async with WebhookSink(Answers(body=b"ok"), Answers(429, (("retry-after", "3"),))) as sink:
        letter = Letter("dispatch-2", Channel.CHAT, sink.url, "", payload={"text": "Message P2"})
        assert (await chat.send(letter)).delivered
        with pytest.raises(ChannelError) as caught:
            await chat.send(letter)
    await chat.close()
    assert sink.requests[0].json == {"text": "Message P2"}
    assert (caught.value.temporary, caught.value.retry_after_s) == (True, 3)


async def test_channels_that_cannot_be_asked_say_so(sender: WebhookSender) -> None:
    assert await sender.sent_before(LETTER, NOW) is None
