"""Receipts by e-mail: what mail systems send back is read, and nothing else is taken for one."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicebot.channels.email_receipt import EmailReceipt, read_receipt
from voicebot.domain.dispatch import DispatchStatus

DISPATCH = "20261123-221504-1f9c2a-office"

REPORT = """\
From: MAILER-DAEMON@mail.example.com
To: reception@example.org
Subject: Delivery Status Notification
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="cut"

--cut
Content-Type: text/plain

Something happened.

--cut
Content-Type: message/delivery-status

Reporting-MTA: dns; mail.example.com
{envelope}Arrival-Date: Mon, 23 Nov 2026 22:15:05 +0100

Final-Recipient: rfc822; sophie@example.com
Action: {action}
Status: {status}
Diagnostic-Code: smtp; whatever

--cut
Content-Type: {returned}

Message-ID: <20261123-221504-1f9c2a-office@example.org>
Subject: Message P2

--cut--
"""
ENVELOPE = f"Original-Envelope-Id: {DISPATCH}\n"


def report(action: str, status: str = "2.0.0", envelope: str = ENVELOPE, returned: str = "text/rfc822-headers") -> bytes:
    return REPORT.format(action=action, status=status, envelope=envelope, returned=returned).encode()


@pytest.mark.parametrize(
    ("action", "code", "status"),
    [
        ("failed", "5.1.1", DispatchStatus.FAILED),
        ("delivered", "2.1.5", DispatchStatus.DELIVERED),
        ("delayed", "4.4.1", None),
        ("relayed", "2.0.0", None),
        ("expanded", "2.0.0", None),
    ],
)
def test_delivery_report(action: str, code: str, status: DispatchStatus | None) -> None:
    assert read_receipt(report(action, code)) == [EmailReceipt(DISPATCH, action, status, code)]


@pytest.mark.parametrize("returned", ["text/rfc822-headers", "message/rfc822", "message/global-headers"])
def test_without_an_envelope_id_the_returned_headers_tell_which(returned: str) -> None:
    found = read_receipt(report("failed", "5.1.1", envelope="", returned=returned))
    assert found == [EmailReceipt(DISPATCH, "failed", DispatchStatus.FAILED, "5.1.1")]


def test_envelope_id_that_was_encoded_is_decoded() -> None:
    found = read_receipt(report("delivered", envelope="Original-Envelope-Id: a+2Bb+3Dc\n"))
    assert found[0].dispatch == "a+b=c"


def test_base64_report_is_read() -> None:
    status = f"Reporting-MTA: dns; x\n{ENVELOPE}\nFinal-Recipient: rfc822; a@example.com\nAction: failed\nStatus: 5.2.2\n"
    mail = (
        'Content-Type: multipart/report; report-type=delivery-status; boundary="cut"\n\n--cut\n'
        "Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.encodebytes(status.encode()).decode()}\n--cut--\n"
    )
    assert [r.code for r in read_receipt(mail.encode())] == ["5.2.2"]


def test_read_receipt_of_a_person() -> None:
    mail = (
        'Content-Type: multipart/report; report-type=disposition-notification; boundary="cut"\n\n--cut\n'
        "Content-Type: message/disposition-notification\n\n"
        "Reporting-UA: mail.example.com\nFinal-Recipient: rfc822;sophie@example.com\n"
        f"Original-Message-ID: <{DISPATCH}@example.org>\n"
        "Disposition: manual-action/MDN-sent-manually; {what}\n\n--cut--\n"
    )
    shown = read_receipt(mail.replace("{what}", "displayed").encode())
    assert shown == [EmailReceipt(DISPATCH, "displayed", DispatchStatus.READ)]
    assert read_receipt(mail.replace("{what}", "deleted").encode()) == []


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\x00\xff" * 500,
        b"Subject: Re: Message P2\nAuto-Submitted: auto-replied\n\nI am on holiday.",
        f"Subject: Fwd\n\n{REPORT}".encode(),
        b'Content-Type: multipart/report; boundary="cut"\n\nno parts at all',
        report("failed", "5.1.1", envelope="", returned="text/plain"),
        report("exploded"),
        report("failed", envelope="Original-Envelope-Id: " + "x" * 5000 + "\n", returned="image/png"),
    ],
)
def test_everything_else_is_no_receipt(raw: bytes) -> None:
    assert read_receipt(raw) == []


@given(st.binary(max_size=400), st.integers(min_value=0, max_value=900))
def test_no_mail_however_broken_is_an_exception(junk: bytes, at: int) -> None:
    whole = report("failed", "5.1.1")
    for raw in (junk, whole[:at] + junk + whole[at:], whole[:at]):
        assert all(isinstance(receipt, EmailReceipt) for receipt in read_receipt(raw))
