"""Waiting for a human: what the caller hears is true, what they wish is done, and rows say the same as the words."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.reception.humans import FIRST, MOBILE, on_the_line, texts, waiting
from voicebot.domain.acts import AskForHuman, RaiseRedFlag
from voicebot.domain.call import Awaited, EndReason
from voicebot.domain.callback import Callback
from voicebot.domain.handoff import HandoffStatus, Why
from voicebot.domain.language import Language
from voicebot.domain.speaking import Heard
from voicebot.domain.urgency import UrgencyLevel
from voicebot.store.call_book import CallBook
from voicebot.store.handoff_rows import callback_json
from voicebot.store.tables import callbacks

LOOKING = "Je cherche quelqu'un pour prendre votre appel. Ne quittez pas, s'il vous plaît."
OFFER = "Préférez-vous que l'on vous rappelle ?"
ELSE = "Puis-je faire autre chose pour vous ?"


@pytest.fixture
async def book(tmp_path: Path):
    opened = await CallBook.open(f"sqlite+aiosqlite:///{tmp_path / 'calls.db'}", reserve_bytes=4096)
    yield opened
    await opened.close()


async def promised(book: CallBook) -> list[Callback]:
    def read(connection):
        return [callback_json.validate_python(row.content) for row in connection.execute(callbacks.select())]

    return await book.database.read(read)


async def test_the_call_is_in_the_queue_when_the_caller_hears_it(book: CallBook) -> None:
    line = on_the_line(book, [(AskForHuman("un conseiller"),)])
    await line.receptionist.pick_up()
    assert await line.say() == [LOOKING]
    (row,) = await line.rows()
    assert (row.id, row.status, row.to, row.urgency) == (FIRST, HandoffStatus.WAITING, "", UrgencyLevel.P3)
    assert not row.rehearsal
    assert row.language is Language.FRENCH


async def test_whole_wait_in_words(book: CallBook) -> None:
    line = await waiting(book)
    assert await line.queue(3) == ["Vous êtes en troisième position."]
    assert await line.queue(3, after_s=10) == [], "not more often than the client wants"
    assert await line.queue(2, after_s=5) == ["Vous êtes en deuxième position."]
    assert await line.queue(2, after_s=20) == []
    assert await line.queue(2, after_s=10) == ["Vous êtes en deuxième position.", OFFER]
    assert await line.say("je préfère attendre") == [
        "Je cherche toujours quelqu'un pour prendre votre appel. Merci de patienter."
    ]
    assert await line.queue(2, after_s=10) == [], "a callback is offered once"
    assert await line.queue(1, ringing=True, after_s=15) == ["Je fais sonner un conseiller."]
    assert await line.say("c'est encore long ?") == [
        "Vous êtes en première position.",
        "Vous patientez depuis une minute.",
        "Je ne sais pas encore combien de temps cela va prendre.",
    ]
    assert (await line.rows())[0].status is HandoffStatus.WAITING


async def test_english_says_the_same(book: CallBook) -> None:
    line = await waiting(book, language=Language.ENGLISH)
    assert await line.queue(2) == ["You are number two in the queue."]
    ringing = await line.queue(1, ringing=True, after_s=46)
    assert ringing == ["I am ringing an adviser.", "Would you rather be called back?"]
    assert await line.say("yes please") == [
        "That is noted, we will call you back on zero six, three nine, nine eight, one two, three four.",
        "Is there anything else I can do for you?",
    ]


@pytest.mark.parametrize("answer", ["oui", "rappelez-moi plutôt", "oui je veux bien", "volontiers"])
async def test_callback_is_on_the_list_with_the_words_that_promised_it(book: CallBook, answer: str) -> None:
    line = await waiting(book)
    assert await line.queue(1, after_s=50) == ["Vous êtes en première position.", OFFER]
    said = await line.say(answer)
    words = "C'est noté, on vous rappelle au zéro six, trente-neuf, quatre-vingt-dix-huit, douze, trente-quatre."
    assert said == [words, ELSE]
    (callback,) = await promised(book)
    assert (callback.number, callback.words, callback.id) == (MOBILE, words, f"{FIRST}-callback")
    assert (await line.rows())[0].status is HandoffStatus.CALLED_BACK
    assert await line.queue(1, after_s=60) == [], "nobody waits any more"
    assert "revoir" in (await line.say("non merci au revoir"))[-1]


async def test_callback_may_be_asked_for_before_it_is_offered(book: CallBook) -> None:
    line = await waiting(book)
    await line.queue(4)
    assert (await line.say("vous pouvez me rappeler plutôt ?"))[-1] == ELSE
    assert len(await promised(book)) == 1


async def test_number_that_cannot_be_rung_is_asked_and_a_correction_moves_the_promise(book: CallBook) -> None:
    line = await waiting(book, number="")
    await line.queue(2, after_s=50)
    assert await line.say("oui") == ["À quel numéro peut-on vous rappeler ?"]
    assert line.call.handover.to == "", "they wait on meanwhile"
    assert (await line.say("zéro six trente-neuf quatre-vingt-dix-huit douze trente-quatre"))[-1] == ELSE
    corrected = await line.say("non c'est le zéro six trente-neuf quatre-vingt-dix-huit douze trente-cinq")
    assert corrected[-2].endswith("trente-cinq.")
    (callback,) = await promised(book)
    assert callback.number == "+33639981235"


async def test_no_callback_is_offered_where_its_list_is_not_kept_or_life_is_at_stake(book: CallBook) -> None:
    line = await waiting(book)
    line.can = type(line.can)(transfer=True)
    assert await line.queue(1, after_s=60) == ["Vous êtes en première position."]


@pytest.mark.parametrize("words", ["je préfère laisser un message", "non laissez tomber", "laissez", "never mind"])
async def test_whoever_does_not_wait_goes_on_with_us_and_is_not_rung_for(book: CallBook, words: str) -> None:
    line = await waiting(book)
    await line.queue(2)
    said = await line.say(words)
    assert said[0] == "D'accord, je ne cherche plus."
    assert said[-1].endswith("?")
    (row,) = await line.rows()
    assert (row.status, row.why) == (HandoffStatus.ABANDONED, Why.LEFT_QUEUE)
    assert "D'accord, je ne cherche plus" not in " ".join(await line.say("Paul Martin"))
    assert len(await line.rows()) == 1, "nobody is looked for again"


async def test_goodbye_leaves_the_queue_with_the_call(book: CallBook) -> None:
    line = await waiting(book)
    reply = await line.receptionist.hear(Heard("au revoir"))
    assert reply.ending is EndReason.GOODBYE
    assert (await line.rows())[0].status is HandoffStatus.ABANDONED


async def test_danger_while_waiting_comes_first_and_moves_the_call_forward(book: CallBook) -> None:
    line = on_the_line(book, [(AskForHuman("…"),), (RaiseRedFlag("gas_smell", "ça sent le gaz"),)])
    await line.receptionist.pick_up()
    await line.say()
    said = await line.say()
    assert any("18" in text for text in said)
    assert said[-1] == "Je cherche toujours quelqu'un pour prendre votre appel. Merci de patienter."
    (row,) = await line.rows()
    assert (row.status, row.urgency) == (HandoffStatus.WAITING, UrgencyLevel.P0)


async def test_queue_that_gives_up_is_told_and_asked_for_again_twice_at_most(book: CallBook) -> None:
    line = await waiting(book)
    assert await line.overflow() == [
        "Personne n'a pu prendre votre appel.",
        "Je peux prendre votre message.",
        "Quel est votre nom, s'il vous plaît ?",
    ]
    assert line.call.handover.to is None
    assert await line.say("je veux parler à quelqu'un") == [LOOKING]
    assert line.call.handover.handoffs == 2
    await line.overflow(Why.NOBODY)
    assert line.call.handover.to is None
    for _ in range(3):
        await line.say("je veux parler à quelqu'un")
        assert line.call.handover.to is None
    assert len(await line.rows()) == 2


async def test_queue_of_another_handoff_is_not_ours(book: CallBook) -> None:
    line = await waiting(book)
    assert await line.queue(1, handoff="c1-handoff-7") == []


async def test_silence_while_waiting_never_ends_the_wait_before_the_client_does(book: CallBook) -> None:
    line = await waiting(book)
    waits_s = line.receptionist.instructions.handoff.max_wait_s
    silences, said = 0, []
    while line.call.handover.to is not None:
        said = texts(await line.receptionist.hear_silence(line.receptionist.silence_limit_s))
        silences += 1
    assert silences * 60 >= waits_s
    assert said[0] == "Personne n'a pu prendre votre appel."
    (row,) = await line.rows()
    assert row.status is HandoffStatus.ABANDONED


async def test_somebody_wanted_by_name_is_looked_for_by_name(book: CallBook) -> None:
    line = on_the_line(book)
    await line.receptionist.pick_up()
    await line.say("je voudrais parler à monsieur Morel")
    await line.say("Paul Martin")
    said = await line.say("c'est pour un devis de chaudière")
    assert said == ["Je cherche à joindre Monsieur Morel. Ne quittez pas, s'il vous plaît."]
    assert (await line.rows())[0].to == "morel"
    assert await line.queue(1, ringing=True) == ["Je fais sonner Monsieur Morel."]
    assert await line.say("alors ?") == ["Je cherche toujours à joindre Monsieur Morel. Merci de patienter."]


async def test_rehearsal_waits_too_but_promises_nobody_a_callback_on_the_list(book: CallBook) -> None:
    line = await waiting(book, rehearsal=True)
    assert (await line.rows())[0].rehearsal
    await line.queue(1, after_s=60)
    await line.say("oui")
    assert await promised(book) == []
    assert (await line.rows())[0].status is HandoffStatus.ABANDONED


async def test_offer_is_a_plain_question_and_keys_answer_it(book: CallBook) -> None:
    line = await waiting(book)
    await line.queue(1, after_s=60)
    assert line.call.expectation.awaited is Awaited.CALLBACK
    assert texts(await line.receptionist.hear_keys("1"))[-1] == ELSE
