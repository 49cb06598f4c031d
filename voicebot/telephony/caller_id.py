"""Which number we may show: call centres do not show French mobile numbers (ARCEP's numbering plan)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import PhoneNumberType

from voicebot.errors import ChannelError

_REMEDY = "Set VOICEBOT_TWILIO_NUMBER to a geographic number (01 to 05) or one that begins with 09."
_FRENCH_CODES = frozenset({33, 262, 508, 590, 594, 596})
"""Country codes of France and its overseas regions."""


def check_caller_id(number: str) -> None:
    """Raises: ChannelError, not_configured and never temporary, when `number` may not be shown to those we ring."""
    try:
        read = phonenumbers.parse(number, None)
    except phonenumbers.NumberParseException as wrong:
        raise ChannelError(
            "not_configured", "The number that calls are placed from is none.", _REMEDY, temporary=False
        ) from wrong
    # Mainland mobiles are told by their first digit: numbers reserved for fiction have no type.
    mainland = read.country_code == 33 and str(read.national_number)[:1] in ("6", "7")
    overseas = read.country_code in _FRENCH_CODES and phonenumbers.number_type(read) == PhoneNumberType.MOBILE
    if mainland or overseas:
        raise ChannelError(
            "not_configured",
            "Calls to people on call would show a French mobile number, which a call centre may not do.",
            _REMEDY,
            temporary=False,
        )
