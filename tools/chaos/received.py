"""What receivers really got: mails, webhooks, SMS, ringing telephones; with doubles, and after doubles are known."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from urllib.parse import unquote

from tools.chaos.outside import Outside
from voicebot.channels.email_message import message_id
from voicebot.domain.delivery import Channel
from voicebot.domain.dispatch import Dispatch
from voicebot.quality.synthetic_twilio_books import PlacedCall, PlacedText

SENDER = "reception@example.org"
_ATTEMPT = re.compile(r"([0-9]{8}-[0-9]{6}-[0-9a-f]{6}-on-call)-(\d+)")


@dataclass
class Overlaps:
    """Pairs of attempts of one ladder whose calls were there at the same time.

    explained: a process died meanwhile. put_down: the earlier one had been picked up and was over for the ladder (passed on,
    a voicemail, no key): its goodbye was still said while the next telephone rang. unexplained: both rang.
    """

    explained: list[str] = field(default_factory=list)
    put_down: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)


@dataclass
class Received:
    """Counts are of everything that came, doubles included."""

    mails: int
    mail_ids: set[str]
    hooks: int
    hook_ids: set[str]
    hook_doubles: int
    texts: int
    text_doubles: int
    text_sids: set[str]
    rings: int
    calls_by_attempt: dict[str, list[PlacedCall]]

    @classmethod
    def of(cls, world: Outside) -> Received:
        texts = [text for text in world.twilio.texts if text.direction == "outbound-api"]
        attempts: defaultdict[str, list[PlacedCall]] = defaultdict(list)
        for call in world.twilio.calls:
            found = _ATTEMPT.search(unquote(call.request.get("Url", "")))
            attempts[found.group() if found else call.sid].append(call)
        return cls(
            mails=len(world.mail.inbox),
            mail_ids={identity.strip() for identity in world.mail.distinct},
            hooks=len(world.hooks.taken) + world.hooks.doubles,
            hook_ids=set(world.hooks.taken),
            hook_doubles=world.hooks.doubles,
            texts=len(texts),
            text_doubles=sum(n - 1 for n in Counter(_letter_of(text) for text in texts).values()),
            text_sids={text.sid for text in texts},
            rings=len(world.twilio.calls),
            calls_by_attempt=dict(attempts),
        )

    @property
    def mail_doubles(self) -> int:
        return self.mails - len(self.mail_ids)

    @property
    def ring_doubles(self) -> int:
        return sum(len(calls) - 1 for calls in self.calls_by_attempt.values())

    def has(self, dispatch: Dispatch) -> bool:
        """Did the receiver of a dispatch get it, or the digest that it is in?"""
        sent_as = dispatch.digest or dispatch.id
        match dispatch.channel:
            case Channel.EMAIL:
                return message_id(sent_as, SENDER) in self.mail_ids
            case Channel.SMS:
                return dispatch.provider_id in self.text_sids
            case _:
                return sent_as in self.hook_ids

    def rung_together(self, died_at: list[datetime]) -> Overlaps:
        """died_at: on the clock of the calls."""
        overlaps, by_ladder = Overlaps(), defaultdict[str, list[tuple[str, PlacedCall]]](list)
        for attempt, calls in self.calls_by_attempt.items():
            by_ladder[attempt.rpartition("-")[0]].extend((attempt, call) for call in calls)
        for ladder in by_ladder.values():
            ladder.sort(key=lambda one: one[1].created_at)
            for (one, before), (other, after) in pairwise(ladder):
                if before.to == after.to or (before.ended_at and before.ended_at <= after.created_at):
                    continue
                crashed = any(before.created_at <= at <= after.created_at for at in died_at)
                both_s = ((before.ended_at or after.created_at) - after.created_at).total_seconds()
                told = f"{one} ({before.status}) and {other} for {both_s:.1f} s"
                picked_up = before.started_at is not None and before.started_at <= after.created_at
                kind = overlaps.explained if crashed else overlaps.put_down if picked_up else overlaps.unexplained
                kind.append(told)
        return overlaps


def _letter_of(text: PlacedText) -> tuple[str, str]:
    """The same for the same letter: our id of it stands in the address that the carrier tells its status to."""
    return text.to, text.request.get("StatusCallback") or text.sid
