"""Random calls for properties: any acts, in any order, of any client, with or without somebody to ring."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from hypothesis import strategies as st

from tests.policy.conftest import BY_DAY, BY_NIGHT, CLIENTS, greeted
from tests.policy.told_ladders import acknowledged, alarm, ladder
from voicebot.clients.client_file import read_client_file
from voicebot.domain import acts
from voicebot.domain.acts import Act, Confidence, Secret
from voicebot.domain.call import Call
from voicebot.domain.details import HOUSE_DETAILS, DetailKind
from voicebot.domain.filters import CallerKind
from voicebot.domain.handoff import HandoffStatus, QueueStanding, Why
from voicebot.domain.instructions import Instructions
from voicebot.domain.ladder import LadderStatus, Way
from voicebot.domain.language import Language
from voicebot.domain.orientation import Facilities
from voicebot.domain.scenario import Scenario
from voicebot.domain.urgency import RED_FLAGS
from voicebot.policy.decide import Verdict, decide, hear_on_call, pass_silence, resume, transfer_failed
from voicebot.policy.humans import hear_queue

SHIPPED = CLIENTS.parents[2] / "client_configs"
FICHES = tuple(read_client_file(path) for path in (*sorted(CLIENTS.glob("*.yaml")), SHIPPED / "chauffage-morel.yaml"))
_WORDS = st.sampled_from(["bla", "", "le second", "oui enfin non", "une fuite", "monsieur Dupont", "Télécom Facile", "12"])
_SURE = st.sampled_from(list(Confidence))
_YES = st.booleans()
_NUMBERS = st.sampled_from(["", "+33639980200", "+33162001234", "+33199004001", "+33199004002", "+33199005123"])
_LADDERS = st.sampled_from(
    [
        ladder(),
        *(acknowledged(way, by=by, eta_min=eta) for way in Way for by in ("n1", "agents") for eta in (None, 20)),
        alarm(),
        alarm(over=False, status=LadderStatus.CLIMBING),
        alarm(over=False, status=LadderStatus.WAITING),
    ]
)
_VALUES = {
    DetailKind.NAME: ["Paul Martin", "Télécom Facile"],
    DetailKind.PERSON: ["dupont", "Zorro"],
    DetailKind.PHONE: ["+33639981234", "0639"],
    DetailKind.EMAIL: ["jean.martin@free.fr"],
    DetailKind.ADDRESS: ["4 rue Haute"],
    DetailKind.YES_NO: ["yes", "no"],
    DetailKind.NUMBER: ["0", "3", "200"],
    DetailKind.REFERENCE: ["AB1234", "79927398713", "12"],
    DetailKind.DATE: ["2026-11-24T09:00", "bientôt"],
    DetailKind.FREE_TEXT: ["une fuite", "le code est 12B4"],
}


def details_of(client: Instructions) -> st.SearchStrategy[acts.GiveDetail]:
    """One detail with a value of its kind, right or wrong, whole or not."""
    ids = sorted({*HOUSE_DETAILS, *(d.id for d in client.details)})
    values = {i: st.sampled_from(_VALUES[client.detail_kind(i)]) for i in ids}
    whole = st.sampled_from([True, True, True, False])
    return st.sampled_from(ids).flatmap(
        lambda i: st.builds(acts.GiveDetail, st.just(i), values[i], _WORDS, _SURE, whole, _YES)
    )


def whole_requests(client: Instructions) -> st.SearchStrategy[tuple[Act, ...]]:
    """A scenario with everything that it asks for, in one turn: the call may be read back at once."""

    def told(scenario: Scenario) -> tuple[Act, ...]:
        given = (acts.GiveDetail(d, _VALUES[client.detail_kind(d)][0], "…") for d in scenario.details)
        return (acts.StateRequest(scenario.id, "…"), *given)

    return st.sampled_from(client.scenarios).map(told)


def acts_of(client: Instructions) -> st.SearchStrategy[Act]:
    """Any single act that understanding may give for this client, and some that it should not."""
    people = [p.id for p in client.people] + [t.id for t in client.teams]
    kinds = [*CallerKind, *(f.id for f in client.filters)]
    words_only = [
        acts.Affirm, acts.Refuse, acts.DoNotKnow, acts.AskForHuman, acts.AskWhetherRobot, acts.AskOtherQuestion,
        acts.AskToRepeat, acts.AskToWait, acts.RefuseRecording, acts.Greet, acts.Thank, acts.SayGoodbye, acts.Unclear,
    ]  # fmt: skip
    given = details_of(client)
    return st.one_of(
        *(st.builds(kind, _WORDS) for kind in words_only),
        *([given] * 4),
        st.just(acts.GiveDetail("unheard_of", "x", "x")),
        st.builds(acts.StateRequest, st.sampled_from([s.id for s in client.scenarios]), _WORDS, _SURE),
        st.builds(acts.RaiseRedFlag, st.sampled_from(sorted(RED_FLAGS)), _WORDS),
        st.builds(acts.AskForPerson, st.sampled_from(people), _WORDS, _WORDS),
        st.builds(acts.AskForPerson, st.none(), _WORDS, _WORDS, st.lists(st.sampled_from(people), max_size=3).map(tuple)),
        st.builds(acts.AskQuestion, st.sampled_from([f.id for f in client.faq]), _WORDS),
        st.builds(acts.AskForSecret, st.sampled_from(list(Secret)), _WORDS),
        st.builds(acts.TellCallerKind, st.sampled_from(kinds), _WORDS, _SURE),
        st.builds(acts.AskForLanguage, st.sampled_from(list(Language)), _WORDS),
        st.builds(acts.WishWhileWaiting, st.sampled_from(list(acts.WaitingWish)), _WORDS),
        st.builds(acts.PressKeys, st.sampled_from(["1", "2", "0", "123#"])),
    )


def standings(call: Call) -> st.SearchStrategy[QueueStanding]:
    """Anything that the queue may tell of the call's handoff."""
    return st.builds(
        QueueStanding,
        st.just(f"{call.id}-handoff-{call.handover.handoffs}"),
        st.sampled_from(list(HandoffStatus)),
        st.integers(0, 4),
        st.sampled_from([0.0, 31.0, 90.0, 400.0]),
        st.integers(0, 3),
        st.sampled_from([None, *Why]),
    )


@dataclass(frozen=True)
class Passage:
    """One step of a random call: the call before it, what it made, and what could be done then."""

    client: Instructions = field(repr=False)
    now: datetime
    facilities: Facilities
    before: Call = field(repr=False)
    acts: tuple[Act, ...]
    verdict: Verdict


@st.composite
def calls(draw: st.DrawFn, most: int = 9) -> list[Passage]:
    """A call at random, turn by turn; it stops where the receptionist ends it."""
    client = draw(st.sampled_from([*FICHES, FICHES[0]]))
    now = draw(st.sampled_from([BY_DAY, BY_NIGHT]))
    verdict = Verdict(greeted(client, now, draw(_NUMBERS)), ())
    passages: list[Passage] = []
    for _ in range(draw(st.integers(1, most))):
        facilities = draw(st.builds(Facilities, _YES, _YES, delivery=_YES, connect=_YES, texts=_YES, callback=_YES))
        said: tuple[Act, ...] = ()
        before = verdict.call
        match draw(st.integers(0, 9)):
            case 0:
                verdict = pass_silence(before, client, now, facilities)
            case 1 if before.handover.to is not None and draw(_YES):
                verdict = transfer_failed(before, client, now, facilities)
            case 1 if before.handover.to is not None:
                heard = hear_queue(before, client, now, facilities, draw(standings(before)))
                if heard is None:
                    continue
                verdict = heard
            case 1 if before.handover.on_call_woken:
                told = hear_on_call(before, client, now, facilities, draw(_LADDERS))
                if told is None:
                    continue
                verdict = told
            case 1:
                verdict = resume(before, client, now)
            case _:
                few = st.lists(acts_of(client), min_size=1, max_size=3).map(tuple)
                said = draw(few if passages else st.one_of(few, whole_requests(client)))
                verdict = decide(before, said, client, now, facilities)
        passages.append(Passage(client, now, facilities, before, said, verdict))
        if any(d.action == "end_call" for d in verdict.decisions):
            break
    return passages
