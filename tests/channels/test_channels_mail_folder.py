"""E-mails as files: whole, readable by mail programs, one per dispatch."""

from __future__ import annotations

import email
import email.policy
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from voicebot.channels.mail_folder import MailFolder
from voicebot.channels.ports import Letter
from voicebot.domain.delivery import Channel
from voicebot.errors import ChannelError

LETTER = Letter(
    "call-1-final/office", Channel.EMAIL, "accueil@example.org", "Bonjour,\nun message.", subject="Message de Zoé"
)


async def test_a_letter_is_a_file_that_mail_programs_read(tmp_path: Path) -> None:
    sender = MailFolder(tmp_path / "mail")
    before = datetime.now(UTC) - timedelta(seconds=5)
    assert await sender.sent_before(LETTER, before) is None

    first, again = await sender.send(LETTER), await sender.send(LETTER)

    assert first == again
    assert await sender.sent_before(LETTER, before) == first
    assert await sender.sent_before(LETTER, datetime.now(UTC) + timedelta(hours=1)) is None
    (file,) = (tmp_path / "mail").iterdir()
    mail = email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
    assert (mail["to"], mail["subject"]) == ("accueil@example.org", "Message de Zoé")
    assert "un message." in str(mail.get_content())


async def test_a_folder_that_cannot_be_made_is_tried_again_later(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text("a file, not a folder")

    with pytest.raises(ChannelError) as refused:
        await MailFolder(tmp_path / "mail").send(LETTER)

    assert refused.value.temporary
    assert "VOICEBOT_MAIL_FOLDER" in refused.value.remedy
