"""Who gets a message: rules, recipients, addresses, quiet hours, fallbacks, ids, what counts as news for a reader."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.messages.delivery_house import BY_MAIL, MORNING, a_message, client_with
from voicebot.domain.delivery import Channel
from voicebot.domain.details import CALLER_NAME, Detail
from voicebot.domain.dispatch import Dispatch, DispatchStatus
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import UrgencyLevel
from voicebot.policy.deliveries import (
    content_of,
    dead_letters,
    dispatches_for,
    fallbacks_for,
    fitting_id,
    next_gathering,
    rule_of,
)

AWAY = {"away": ({"from": "2026-11-20", "to": "2026-11-30"},)}


def sent(client: Instructions, level: UrgencyLevel = UrgencyLevel.P3, now: datetime = MORNING, **changes: Any):
    return dispatches_for(a_message("c1", level, **changes), client, now, "final")


def away(client: Instructions, person: str, **changes: Any) -> Instructions:
    people = [p.model_dump() | (AWAY | changes if p.id == person else {}) for p in client.people]
    return client.model_validate(client.model_dump(by_alias=True, mode="json") | {"people": _plain(people)})


def _plain(people: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{k: v for k, v in p.items() if v is not None} for p in people]


def test_every_rule_that_fits_is_obeyed() -> None:
    client = client_with(
        BY_MAIL,
        {"id": "urgent", "channel": "sms", "to": ["tison", "lambert"], "urgency": ["p0", "p1"]},
        {"id": "quotes", "channel": "webhook", "address": "https://crm.example.org", "scenarios": ["quote"]},
        {"id": "leaks", "channel": "email", "to": ["tison"], "scenarios": ["leak"]},
    )
    assert [(d.rule, d.recipient) for d in sent(client)] == [("office", "lambert"), ("quotes", "")]
    urgent = sent(client, UrgencyLevel.P1, scenario="leak")
    assert [(d.rule, d.recipient) for d in urgent] == [
        ("office", "lambert"),
        ("urgent", "tison"),
        ("urgent", "lambert"),
        ("leaks", "tison"),
    ]
    assert len({d.id for d in urgent}) == 4
    assert sent(client_with()) == ()


def test_an_sms_goes_to_the_mobile_and_a_person_without_address_is_not_forgotten() -> None:
    by_sms = {"id": "sms", "channel": "sms", "to": ["tison", "dupont"]}
    first, second = sent(client_with(by_sms))
    assert first.address == "+33639980101"
    assert (second.recipient, second.address) == ("dupont", "")


def test_whoever_is_away_is_read_for_by_the_backup() -> None:
    client = client_with(BY_MAIL | {"to": ["lambert", "tison"]})
    stands_in = away(client, "lambert", backup="tison")
    assert [d.recipient for d in sent(stands_in)] == ["tison"], "once, though named twice"
    assert [d.recipient for d in sent(away(client, "lambert"))] == ["lambert", "tison"], "nobody stands in"
    without_address = away(client, "lambert", backup="dupont")
    assert [d.recipient for d in sent(without_address)] == ["lambert", "tison"], "the backup cannot be reached"
    in_a_ring = away(stands_in, "tison", backup="lambert")
    assert [d.recipient for d in sent(in_a_ring)] == ["lambert", "tison"]
    back = datetime(2026, 12, 1, 9, tzinfo=UTC)
    assert [d.recipient for d in sent(stands_in, now=back)] == ["lambert", "tison"]


@pytest.mark.parametrize(("level", "gathered"), [*product(UrgencyLevel, ("at_once", "hourly", "daily"))])
def test_urgent_messages_wait_for_nothing(level: UrgencyLevel, gathered: str) -> None:
    night = MORNING.replace(hour=23)
    (dispatch,) = sent(client_with(BY_MAIL | {"quiet": "21:00-07:00", "gathered": gathered}), level, night)
    urgent = level <= UrgencyLevel.P1
    assert (dispatch.due_at == night) is urgent
    assert bool(dispatch.digest) is (gathered != "at_once" and not urgent)
    assert urgent or dispatch.due_at >= datetime(2026, 11, 24, 6, tzinfo=UTC)


@given(
    moment=st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31)).map(lambda m: m.replace(tzinfo=UTC)),  # noqa: DTZ001
    gathered=st.sampled_from(["hourly", "daily"]),
    zone=st.sampled_from(["Europe/Paris", "America/Guadeloupe", "Asia/Kolkata", "Indian/Reunion", "Pacific/Marquesas"]),
)
def test_a_digest_is_due_after_now_and_within_a_day_or_an_hour(moment: datetime, gathered: str, zone: str) -> None:
    client = client_with(BY_MAIL | {"gathered": gathered})
    identity = client.identity.model_copy(update={"time_zone": zone})
    due = next_gathering(client.deliveries[0], identity.zone, moment)
    assert moment < due <= moment + (timedelta(hours=1) if gathered == "hourly" else timedelta(hours=25))
    assert due.astimezone(identity.zone).minute == 0


def test_a_fallback_goes_to_the_same_person_or_to_those_whom_the_rule_names() -> None:
    client = client_with(
        BY_MAIL | {"fallback": "sms"},
        {
            "id": "crm",
            "channel": "webhook",
            "address": "https://crm.example.org",
            "to": ["tison", "lambert"],
            "fallback": "email",
        },
    )
    mail, hook = sent(client)
    (by_sms,) = fallbacks_for(mail, client, MORNING)
    assert (by_sms.channel, by_sms.address, by_sms.recipient) == (Channel.SMS, "+33639980102", "lambert")
    assert by_sms.fallback_of == mail.id
    assert fallbacks_for(by_sms, client, MORNING) == ()
    assert [d.address for d in fallbacks_for(hook, client, MORNING)] == ["tison@example.org", "lambert@example.org"]
    assert len({d.id for d in fallbacks_for(hook, client, MORNING)}) == 2
    assert rule_of(by_sms, client).channel is Channel.SMS
    assert fallbacks_for(mail, client_with(), MORNING) == (), "the rule is gone from the file"


def test_a_dead_letter_is_one_that_nothing_replaces() -> None:
    (mail,) = sent(client_with(BY_MAIL))
    failed = replace(mail, status=DispatchStatus.FAILED)

    def fallback(status: DispatchStatus) -> Dispatch:
        return replace(mail, id="by-sms", fallback_of=mail.id, status=status)

    assert dead_letters([mail]) == []
    assert dead_letters([failed]) == [failed]
    assert dead_letters([failed, fallback(DispatchStatus.QUEUED)]) == []
    assert dead_letters([failed, fallback(DispatchStatus.FAILED)]) == [failed]
    assert dead_letters([mail, fallback(DispatchStatus.FAILED)]) == []


def test_goodbye_is_no_news_and_a_name_is() -> None:
    message = a_message("c1")
    assert content_of(message) == content_of(replace(message, verbatim=(*message.verbatim, "Au revoir.")))
    name = {CALLER_NAME: Detail("Zoé Lefèvre", "zoé")}
    news = [
        replace(message, details=name),
        replace(message, missing=("address",)),
        replace(message, person_wanted="tison"),
        replace(message, callback_promised="On vous rappelle."),
        a_message("c1", UrgencyLevel.P1),
    ]
    assert len({content_of(m) for m in (message, *news)}) == 1 + len(news)


@given(st.text(min_size=1, max_size=300), st.text(min_size=1, max_size=300))
def test_ids_fit_their_column_and_stay_different(one: str, other: str) -> None:
    assert len(fitting_id(one)) <= 120
    assert fitting_id(one) == fitting_id(one)
    assert (fitting_id(one) == fitting_id(other)) is (one == other)
