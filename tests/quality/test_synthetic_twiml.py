"""Documents as the synthetic carrier reads them."""

from __future__ import annotations

import pytest

from voicebot.errors import CarrierError
from voicebot.quality.twiml import ConnectStream, Dial, Hangup, Pause, Redirect, Say, read_twiml


def test_verbs_in_order():
    document = """<?xml version="1.0"?><Response>
      <Connect><Stream url="wss://h/m" statusCallback="/s"><Parameter name="token" value="t"/></Stream></Connect>
      <Redirect method="POST">/resume</Redirect><Say language="fr-FR">Bonjour</Say><Pause length="2"/>
      <Dial action="/after">+33187650099</Dial><Dial><Number>+33187650098</Number></Dial><Hangup/><Reject/></Response>"""
    assert read_twiml(document) == (
        ConnectStream("wss://h/m", {"token": "t"}, "/s"),
        Redirect("/resume"),
        Say("Bonjour", "fr-FR"),
        Pause(2.0),
        Dial("+33187650099", "/after"),
        Dial("+33187650098"),
        Hangup(),
        Hangup(),
    )


@pytest.mark.parametrize(
    "document",
    [
        "",
        "no",
        "<Response>",
        "<Answer/>",
        "<Response><Sing/></Response>",
        "<Response><Connect/></Response>",
        '<Response><Connect><Stream url="https://h/m"/></Connect></Response>',
        f'<Response><Connect><Stream url="wss://h"><Parameter name="t" value="{"x" * 500}"/></Stream></Connect></Response>',
    ],
)
def test_a_document_that_twilio_would_refuse_is_refused(document: str):
    with pytest.raises(CarrierError):
        read_twiml(document)
