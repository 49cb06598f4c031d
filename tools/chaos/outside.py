"""The world outside, which is never killed: a mail server, a webhook receiver and a carrier that defer, drop and dawdle."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.mail_server import MailServer, Post
from tests.fakes.webhook_sink import Answer, Answers, Drops, Hook, WebhookSink
from tools.chaos.people import callee_of
from tools.chaos.story import Story
from voicebot.quality.synthetic_callees import Handset, SmsFate
from voicebot.quality.synthetic_twilio import SyntheticTwilio
from voicebot.quality.synthetic_twilio_faults import Fault

SLOW_S = 0.3
OUR_NUMBER = "+33199000099"
_POSTS = {
    Post.TAKE: 70,
    Post.DEFER: 8,
    Post.DEFER_DATA: 4,
    Post.DROP: 5,
    Post.DROP_AFTER_DATA: 4,
    Post.SHUT: 3,
    Post.DAWDLE: 6,
}
_ANSWERS: list[tuple[Answer, int]] = [
    (Answers(), 70),
    (Answers(503), 10),
    (Answers(429, (("retry-after", "1"),)), 4),
    (Drops(), 6),
    (Drops(kept=True), 4),
    (Answers(after_s=SLOW_S), 6),
]
_FAULTS = {Fault.RATE_LIMITED: 0.02, Fault.SERVER: 0.04, Fault.LOST_RESPONSE: 0.03}


@dataclass
class Outside:
    """effects: how many mails, webhooks, SMS and calls were taken; touched is set at each."""

    mail: MailServer
    hooks: WebhookSink
    twilio: SyntheticTwilio
    effects: int = 0
    touched: asyncio.Event = field(default_factory=asyncio.Event)

    def note_effect(self) -> None:
        self.effects += 1
        self.touched.set()
        self.touched = asyncio.Event()

    def behave(self) -> None:
        """From now on everything is taken at once: what was put off can settle."""
        self.mail.judge = lambda _recipient: Post.TAKE
        self.hooks.answer = _watched_hook(self, lambda _hook: Answers())
        self.twilio.faults.rates.clear()


@asynccontextmanager
async def outside(seed: int, story: Story, sms_url: str, key: bytes = b"") -> AsyncIterator[Outside]:
    """Opens all three; `seed` decides who defers, drops, answers late, and who picks up the telephone."""
    chance = random.Random(seed)
    twilio = SyntheticTwilio(
        number=OUR_NUMBER,
        speed=story.speed,
        sms_url=sms_url,
        fault_rates=_FAULTS,
        seed=seed,
        webhook_patience_s=3.0,
        now=story.now,
    )
    async with MailServer(slow_s=SLOW_S) as mail, WebhookSink(key=key) as hooks, twilio:
        world = Outside(mail, hooks, twilio)
        mail.judge = _picked_post(chance)
        hooks.answer = _watched_hook(world, _picked_answer(chance))
        _watch(world)
        yield world


def people(world: Outside, numbers: list[str], seed: int) -> None:
    """Everybody of every roster has a telephone; what they do when it rings is drawn from the seed."""
    chance = random.Random(seed)
    for number in sorted(numbers):
        answers = "OK {code}" if chance.random() < 0.1 else ""
        fate = chance.choices([SmsFate.DELIVERED, SmsFate.UNDELIVERED, SmsFate.NOT_TOLD], [85, 10, 5])[0]
        world.twilio.person(number, *(callee_of(chance) for _ in range(400)), sms=Handset(fate, answers))


def _picked_post(chance: random.Random) -> Callable[[str], Post]:
    return lambda _recipient: chance.choices(list(_POSTS), list(_POSTS.values()))[0]


def _picked_answer(chance: random.Random) -> Callable[[Hook], Answer]:
    answers, weights = zip(*_ANSWERS, strict=True)
    return lambda _hook: chance.choices(answers, weights)[0]


def _watched_hook(world: Outside, answer: Callable[[Hook], Answer]) -> Callable[[Hook], Answer]:
    def watched(hook: Hook) -> Answer:
        given = answer(hook)
        world.note_effect()
        return given

    return watched


def _watch(world: Outside) -> None:
    """What a mail was kept by, and what the carrier's REST API calls when it obeys a request, tell of it as well."""
    for owner, name in ((world.mail, "keep"), (world.twilio, "place_call"), (world.twilio, "send_text")):
        setattr(owner, name, _telling(world, getattr(owner, name)))


def _telling(world: Outside, does: Callable[[Any], Any]) -> Callable[[Any], Any]:
    def told(what: Any) -> Any:
        done = does(what)
        world.note_effect()
        return done

    return told
