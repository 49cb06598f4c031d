"""What a mail server's refusal means: whether to try again, and what the operator can do."""

from __future__ import annotations

import re
from ssl import SSLCertVerificationError, SSLError

import aiosmtplib

from voicebot.errors import ChannelError

_UNITS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_WAIT = re.compile(r"\b(\d{1,4}) ?(s|sec|second|seconds|m|min|minute|minutes|h|hour|hours)\b", re.IGNORECASE)
_LONGEST_WAIT_S = 3600.0
_NO_MAILBOX = re.compile(r"^5\.1\.[0-9]+\b")
_TOO_LARGE = re.compile(r"^5\.(?:2\.3|3\.4)\b")


def refusal(code: int, message: str, *, of_recipient: bool = False) -> ChannelError:
    """An SMTP answer that is not 2xx. Source: RFC 5321 section 4.2.1, RFC 3463.

    Args:
        message: the server's words, without the code; they are not repeated: they often hold the recipient's address.
        of_recipient: it answers RCPT TO.
    """
    enhanced = message.partition(" ")[0] if re.match(r"[245]\.\d+\.\d+\b", message) else ""
    told = f"{code} {enhanced}".strip()
    if code in (530, 534, 535, 538) or code == 454:
        return unauthorised(told)
    if code < 500:
        waits = _wait_s(message)
        return ChannelError("deferred", f"The mail server defers ({told}).", temporary=True, retry_after_s=waits)
    if _TOO_LARGE.match(message) or code == 552:
        return ChannelError(
            "too_large", f"The mail is too large ({told}).", "Leave the recording out (attach:).", temporary=False
        )
    if of_recipient and (code in (550, 551, 553, 556) and (not enhanced or _NO_MAILBOX.match(enhanced))):
        what = f"The mail server knows no such recipient ({told})."
        return ChannelError("bad_address", what, "Correct the address in the client's file.", temporary=False)
    return ChannelError("rejected", f"The mail server rejects the mail ({told}).", temporary=False)


def unauthorised(told: str) -> ChannelError:
    # Temporary, as in Postfix (smtp_sasl_auth_soft_bounce): a wrong password is mended by the operator, the mail is right.
    return ChannelError(
        "unauthorised",
        f"The mail server does not let us in ({told}).",
        "Correct VOICEBOT_SMTP_USER and VOICEBOT_SMTP_PASSWORD.",
        temporary=True,
    )


def failure(error: Exception) -> ChannelError:
    """Whatever went wrong between us and the mail server, as a ChannelError."""
    if isinstance(error, ChannelError):
        return error
    if certificate := _certificate_error(error):
        return ChannelError(
            "connection",
            f"The mail server's certificate is not trusted ({certificate.verify_message}).",
            "Give the server a right certificate, or add its authority to SSL_CERT_FILE.",
            temporary=True,
        )
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        first = error.recipients[0]
        return refusal(first.code, first.message, of_recipient=True)
    if isinstance(error, aiosmtplib.SMTPRecipientRefused):
        return refusal(error.code, error.message, of_recipient=True)
    if isinstance(error, aiosmtplib.SMTPAuthenticationError):
        return unauthorised(str(error.code))
    if isinstance(error, aiosmtplib.SMTPConnectResponseError | aiosmtplib.SMTPResponseException):
        return refusal(error.code, error.message)
    if isinstance(error, aiosmtplib.SMTPNotSupported) or "STARTTLS extension not supported" in str(error):
        remedy = "Set VOICEBOT_SMTP_SECURITY to what the server offers; messages never travel in clear."
        return ChannelError("connection", "The mail server offers no STARTTLS or no login.", remedy, temporary=True)
    if isinstance(error, TimeoutError | aiosmtplib.SMTPTimeoutError):
        return ChannelError("timeout", "The mail server did not answer in time.", temporary=True)
    return ChannelError("connection", f"The connection to the mail server failed ({type(error).__name__}).", temporary=True)


def _certificate_error(error: BaseException | None) -> SSLCertVerificationError | None:
    while error is not None:
        if isinstance(error, SSLCertVerificationError):
            return error
        if isinstance(error, SSLError) and isinstance(error.args[-1], SSLCertVerificationError):
            return error.args[-1]
        error = error.__cause__ or error.__context__
    return None


def _wait_s(message: str) -> float | None:
    """ "Greylisted, try again in 5 minutes" → 300.0"""
    found = _WAIT.search(message)
    return min(float(found[1]) * _UNITS[found[2][0].lower()], _LONGEST_WAIT_S) if found else None
