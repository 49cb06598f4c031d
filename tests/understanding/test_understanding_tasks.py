"""Orders in words: the same reader for a hint and for the task field of the desk."""

from __future__ import annotations

from pathlib import Path

import pytest

from voicebot.clients.client_file import read_client_file
from voicebot.domain.acts import WaitingWish
from voicebot.domain.handoff import Task, TaskKind
from voicebot.domain.language import Language
from voicebot.understanding.tasks import orders_of, task_of
from voicebot.understanding.waiting_words import waiting_wish

CLIENT = read_client_file(Path(__file__).parents[2] / "client_configs" / "chauffage-morel.yaml")
FRENCH = Language.FRENCH


def detail(name: str) -> Task:
    return Task(TaskKind.TAKE_DETAIL, detail=name)


@pytest.mark.parametrize(
    ("words", "task"),
    [
        ("Prenez l'adresse", detail("address")),
        ("l'adresse exacte", detail("address")),
        ("demandez-lui son adresse e-mail", detail("email")),
        ("redemandez son nom", detail("caller_name")),
        ("ask for the phone number", detail("callback_number")),
        ("le code et l'étage", detail("access_codes")),
        ("demandez si l'eau est coupée", detail("water_is_off")),
        ("ask for the contract number", detail("contract_number")),
        ("prenez un message", Task(TaskKind.TAKE_MESSAGE)),
        ("finish the message", Task(TaskKind.TAKE_MESSAGE)),
        ("envoyez le SMS avec l'adresse", Task(TaskKind.SEND_TEXT, text="address")),
        ("envoyez ce qu'il faut préparer avant la visite", Task(TaskKind.SEND_TEXT, text="before-the-visit")),
        ("text the address of the workshop", Task(TaskKind.SEND_TEXT, text="address")),
        ("prenez congé", Task(TaskKind.TAKE_LEAVE)),
        ("say goodbye", Task(TaskKind.TAKE_LEAVE)),
        ("envoyez le SMS", None),
        ("il est très en colère et il veut qu'on le rembourse tout de suite, il a déjà appelé hier", None),
        ("merci", None),
        ("", None),
    ],
)
def test_task_in_words(words: str, task: Task | None) -> None:
    assert task_of(words, CLIENT, FRENCH) == task


@pytest.mark.parametrize("words", ["passez-moi l'appel", "transférez l'appel", "put them through", "je le prends"])
def test_wish_for_the_call(words: str) -> None:
    orders = orders_of(words, CLIENT, FRENCH)
    assert orders.human
    assert orders.task is None


@pytest.mark.parametrize(("words", "urgent"), [("c'est urgent", True), ("this is urgent", True), ("pas urgent", False)])
def test_urgency_in_words(words: str, urgent: bool) -> None:
    assert orders_of(words, CLIENT, FRENCH).urgent is urgent


@pytest.mark.parametrize(
    ("words", "wish"),
    [
        ("rappelez-moi plutôt", WaitingWish.CALLBACK),
        ("je préfère être rappelé", WaitingWish.CALLBACK),
        ("could you call me back", WaitingWish.CALLBACK),
        ("non ne me rappelez pas", WaitingWish.WAIT),
        ("j'attends", WaitingWish.WAIT),
        ("I'd rather wait", WaitingWish.WAIT),
        ("c'est encore long ?", WaitingWish.HOW_LONG),
        ("il y a combien de personnes devant moi", WaitingWish.HOW_LONG),
        ("how long will it take", WaitingWish.HOW_LONG),
        ("je vais laisser un message", WaitingWish.MESSAGE),
        ("non laissez", WaitingWish.LEAVE),
        ("je rappellerai plus tard", WaitingWish.LEAVE),
        ("tant pis", WaitingWish.LEAVE),
        ("oui", None),
        ("c'est pour une fuite d'eau", None),
        ("mon nom c'est Martin", None),
    ],
)
def test_wishes_of_a_waiting_caller(words: str, wish: WaitingWish | None) -> None:
    assert waiting_wish(words) is wish
