"""Bodies of webhooks: every field of the message, in a published schema, signed so that a receiver can verify it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from letter_samples import HEATING, LEAK, LINK, NIGHT, PRACTICE, RESULTS, SECRET, digest, letter, with_confidentiality

from tests.fakes.webhook_sink import WebhookSink
from voicebot.channels.webhook import WebhookSender, webhook_key
from voicebot.domain.call import Call
from voicebot.domain.delivery import Channel
from voicebot.domain.details import Detail
from voicebot.domain.language import Language
from voicebot.messages.letters.samples import sample_messages
from voicebot.messages.letters.schema import SCHEMA_FILE, schema_text

SCHEMA = Draft202012Validator(json.loads(SCHEMA_FILE.read_text(encoding="utf-8")))


def body(message: Any = LEAK, instructions: Any = HEATING, **more: Any) -> dict[str, Any]:
    return letter(message, instructions, Channel.WEBHOOK, **more).payload


def test_published_schema_is_the_code() -> None:
    assert SCHEMA_FILE.read_text(encoding="utf-8") == schema_text(), "run: python -m voicebot.messages.letters.schema"


@pytest.mark.parametrize("instructions", [HEATING, PRACTICE], ids=lambda i: i.id)
def test_every_body_fits_the_schema(instructions: Any) -> None:
    messages = [message for _, message in sample_messages(instructions)]
    for message in messages:
        SCHEMA.validate(body(message, instructions))
        SCHEMA.validate(body(message, instructions, updated=True))
    SCHEMA.validate(digest(messages, instructions, Channel.WEBHOOK).payload)


def test_what_is_no_message_does_not_fit_the_schema() -> None:
    good = body()
    assert not SCHEMA.is_valid({**good, "type": "message.lost"})
    assert not SCHEMA.is_valid({**good, "surprise": 1})
    assert not SCHEMA.is_valid({name: value for name, value in good.items() if name != "urgency"})


def test_body_has_every_field_of_the_message() -> None:
    call = replace(
        Call(LEAK.call, HEATING.id, 2, "+33639981234", "", NIGHT, Language.FRENCH), instructions_digest="0123456789ab"
    )
    told = body(call=call)
    assert told["id"] == LEAK.id
    assert told["taken_at"] == "2026-11-23T21:15:00Z"
    assert told["callback_number"]["value"] == told["number_shown"] == "+33639981234"
    assert (told["caller_name"]["value"], told["caller_name"]["confidence"]) == ("Héloïse Durand", "sure")
    assert told["person_wanted"] == {"id": "morel", "name": "Monsieur Morel"}
    assert told["reason"]["value"] == "le ballon fuit dans le garage"
    assert told["summary"] == "P1 - fuite continue - Héloïse Durand - 06 39 98 12 34"
    assert told["verbatim"] == list(LEAK.verbatim)
    assert told["urgency"]["criterion"] == "continuous_leak"
    assert (told["address"]["confidence"], told["access_codes"]["value"]) == ("unsure", "code 45 B 12")
    assert told["details"]["water_is_off"]["written"] == "non"
    assert told["promise"] == LEAK.callback_promised
    assert told["orientation"]["outcome"] == "on_call"
    assert told["recipients"] == ["morel"]
    assert told["link"] == LINK
    assert told["instructions"] == {"version": 2, "digest": "0123456789ab"}


@pytest.mark.parametrize(("said", "party"), [("yes", "third_party"), ("no", "patient"), ("peut-être", None)])
def test_patient_or_third_party_where_the_client_asks(said: str, party: str | None) -> None:
    asked = replace(RESULTS, details=RESULTS.details | {"third_party": Detail(said, said)})
    assert body(asked, PRACTICE)["party"] == party
    assert body(RESULTS, PRACTICE)["party"] is None


def test_words_are_held_back_where_something_is_never_kept() -> None:
    told = body(LEAK, with_confidentiality(HEATING, never_keep=("access_codes",)))
    assert told["access_codes"] is None
    assert told["verbatim"] == []
    assert (told["caller_name"]["words"], told["urgency"]["words"]) == ("", "")


async def test_receiver_verifies_what_the_house_sends() -> None:
    sender = WebhookSender(allow_private=True)
    async with WebhookSink(key=webhook_key(SECRET, HEATING.id, "office")) as sink:
        written = letter(LEAK, HEATING, Channel.WEBHOOK)
        await sender.send(replace(written, address=sink.url))
    await sender.close()
    SCHEMA.validate(sink.taken["dispatch-1"].json)
