"""Order of letters, waits between tries, and what is known of each channel; no engine, no database."""

from __future__ import annotations

import asyncio
import threading

import pytest
from delivery_house import BY_MAIL, client_with
from hypothesis import given
from hypothesis import strategies as st

from voicebot.domain.delivery import Channel
from voicebot.domain.urgency import UrgencyLevel
from voicebot.messages.backoff import LEAST_S, LONGEST_ASKED_S, LONGEST_S, LONGEST_URGENT_S, wait_s
from voicebot.messages.health import IN_A_ROW, DeliveryHealth
from voicebot.messages.turns import Turns

P1, P3 = UrgencyLevel.P1, UrgencyLevel.P3


async def served(turns: Turns, *wanted: tuple[str, UrgencyLevel]) -> list[tuple[str, UrgencyLevel]]:
    """The order in which letters that arrive while the only place is taken are sent."""
    order: list[tuple[str, UrgencyLevel]] = []

    async def one(client: str, level: UrgencyLevel) -> None:
        async with turns.turn(client, level):
            order.append((client, level))
            await asyncio.sleep(0)

    async with turns.turn("somebody", P3):
        tasks = [asyncio.create_task(one(*who)) for who in wanted]
        await asyncio.sleep(0)
    await asyncio.gather(*tasks)
    return order


async def test_urgent_letters_are_first_then_clients_take_turns() -> None:
    order = await served(Turns(1), *[("big", P3)] * 4, ("small", P3), ("small", P3), ("big", P1))
    assert order[0] == ("big", P1)
    assert [client for client, _ in order[1:]] == ["big", "small", "big", "small", "big", "big"]


async def test_one_client_s_hanging_server_leaves_places_for_others_and_for_urgent_ones() -> None:
    turns, hold = Turns(4, of_one_client=2), asyncio.Event()
    entered: list[str] = []

    async def hangs(client: str, level: UrgencyLevel) -> None:
        async with turns.turn(client, level):
            entered.append(client)
            await hold.wait()

    tasks = [asyncio.create_task(hangs("slow", P3)) for _ in range(10)]
    await asyncio.sleep(0.01)
    assert entered == ["slow", "slow"]
    tasks += [asyncio.create_task(hangs("quick", P3)), asyncio.create_task(hangs("slow", P1))]
    await asyncio.sleep(0.01)
    assert entered[2:] == ["quick", "slow"]
    hold.set()
    await asyncio.gather(*tasks)
    assert len(entered) == 12


async def test_who_gives_up_waiting_leaves_no_hole() -> None:
    turns = Turns(1)
    async with turns.turn("a", P3):
        leaves = asyncio.create_task(turns.turn("b", P3).__aenter__())
        await asyncio.sleep(0)
        leaves.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaves
    async with asyncio.timeout(1), turns.turn("c", P3):
        pass


@given(refusals=st.integers(1, 500), chance=st.floats(0, 1, exclude_max=True), urgent=st.booleans())
def test_waits_grow_and_stay_bounded(refusals: int, chance: float, urgent: bool) -> None:
    longest = LONGEST_URGENT_S if urgent else LONGEST_S
    assert LEAST_S <= wait_s(refusals, chance, urgent=urgent) <= longest
    assert wait_s(refusals + 1, chance, urgent=urgent) >= wait_s(refusals, chance, urgent=urgent)


@given(asked=st.floats(0, 1e9), chance=st.floats(0, 1, exclude_max=True))
def test_nothing_is_tried_before_a_server_wants_it_nor_never_again(asked: float, chance: float) -> None:
    wait = wait_s(1, chance, urgent=True, retry_after_s=asked)
    assert min(asked, LONGEST_ASKED_S) <= wait <= LONGEST_ASKED_S + 60


def test_a_channel_fails_after_refusals_in_a_row_and_works_again_after_one_letter() -> None:
    client = client_with(BY_MAIL)
    health = DeliveryHealth({Channel.EMAIL})
    for _ in range(IN_A_ROW - 1):
        health.note(Channel.EMAIL, client.id, "connection")
    assert health.delivery_works(client)
    health.note(Channel.EMAIL, client.id, "connection")
    assert not health.delivery_works(client)
    assert not health.works(Channel.EMAIL, "another-client"), "the mail server is everybody's"
    health.note(Channel.EMAIL, "another-client")
    assert health.works(Channel.EMAIL, "another-client")
    health.note(Channel.EMAIL, client.id)
    assert health.delivery_works(client)


def test_one_refusal_for_want_of_a_password_is_enough() -> None:
    health = DeliveryHealth({Channel.EMAIL})
    health.note(Channel.EMAIL, "a-client", "unauthorised")
    assert not health.works(Channel.EMAIL, "another-client")


def test_wrong_addresses_of_one_client_say_nothing_of_the_mail_server() -> None:
    health = DeliveryHealth({Channel.EMAIL})
    for _ in range(IN_A_ROW):
        health.note(Channel.EMAIL, "a-client", "bad_address")
    assert not health.works(Channel.EMAIL, "a-client")
    assert health.works(Channel.EMAIL, "another-client")


def test_delivery_works_while_one_channel_of_the_client_does() -> None:
    both = client_with(BY_MAIL | {"fallback": "sms"})
    health = DeliveryHealth({Channel.EMAIL, Channel.SMS})
    for _ in range(IN_A_ROW):
        health.note(Channel.EMAIL, both.id, "timeout")
    assert health.delivery_works(both)
    assert not DeliveryHealth(()).delivery_works(both)
    assert not health.delivery_works(client_with()), "no rule, and no operator"
    assert DeliveryHealth({Channel.EMAIL}, reaches_operator=True).delivery_works(client_with())


def test_health_is_told_and_asked_on_many_threads() -> None:
    client = client_with(BY_MAIL)
    health = DeliveryHealth({Channel.EMAIL})

    def feed() -> None:
        for n in range(2000):
            health.note(Channel.EMAIL, client.id, "connection" if n % 2 else "")
            health.delivery_works(client)

    threads = [threading.Thread(target=feed) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    health.note(Channel.EMAIL, client.id)
    assert health.delivery_works(client)
