"""Any agents, callers, answers and deaths, in any order: no caller is lost, none is taken twice, nobody is rung wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from queues import EN, FR, Queue, agent, caller, taker

from voicebot.domain.agent import AgentState, AgentWay, Role
from voicebot.domain.call import Call
from voicebot.domain.handoff import Handoff, HandoffRules, HandoffStatus, Taker, Why
from voicebot.domain.language import Language
from voicebot.domain.urgency import UrgencyLevel
from voicebot.errors import HandoffRefused, NotAllowed
from voicebot.policy.queue import deeds
from voicebot.policy.queue.commands import HangUp, Ring
from voicebot.policy.queue.draft import MOST_MISSES, Draft, QueueStep
from voicebot.policy.queue.order import in_order
from voicebot.policy.queue.scene import Callee
from voicebot.policy.queue.settle import LEAST_RING_S, UNSEEN_AFTER_S, settle

CLIENTS = ("lilas", "olivier")
AGENTS = ("a0", "a1", "a2", "a3")
PEOPLE = (Callee("zoe", "Zoé", "+33639980121"), Callee("a0", "Yves, nommé comme un agent", "+33639980122"))
WAYS = st.sampled_from(AgentWay)
WHO = st.sampled_from(AGENTS)
SKILLS = st.fixed_dictionaries(
    {
        "clients": st.sampled_from(((), ("lilas",), ("olivier",), CLIENTS)),
        "languages": st.sampled_from(((FR,), (EN,), (FR, EN))),
        "phone": st.sampled_from(("", "+33639980131", "+33836000000")),
        "role": st.sampled_from((Role.AGENT, Role.AGENT, Role.SUPERVISOR, Role.QA)),
    }
)
RULES = st.builds(
    HandoffRules,
    ring_s=st.sampled_from((5, 20)),
    max_wait_s=st.sampled_from((15, 40, 180)),
    wrap_up_s=st.sampled_from((0, 15)),
)


class QueueMachine(RuleBasedStateMachine):
    """One queue in a world that does what it likes. `due` is a step of whichever process is alive."""

    @initialize(skills=st.tuples(*[SKILLS] * len(AGENTS)), rules=st.tuples(RULES, RULES))
    def open_the_house(self, skills: tuple[dict[str, object], ...], rules: tuple[HandoffRules, ...]) -> None:
        users = {name: agent(name, **changes) for name, changes in zip(AGENTS, skills, strict=True)}
        self.queue = Queue(users, dict(zip(CLIENTS, rules, strict=True)))
        self.known: dict[str, Handoff] = {}
        self.keys: Counter[tuple[str, str]] = Counter()
        self.lines: Counter[str] = Counter()
        self.unplaced: list[Ring] = []
        self.calls = 0

    # What callers do

    @rule(
        client=st.sampled_from(CLIENTS),
        language=st.sampled_from((FR, EN)),
        urgency=st.sampled_from(UrgencyLevel),
        by_phone=st.booleans(),
        callees=st.sampled_from(((), (), PEOPLE[:1], PEOPLE)),
    )
    def a_caller_is_queued(self, client: str, callees: tuple[Callee, ...], by_phone: bool, **changes: object) -> None:
        self.calls += 1
        now = self.queue.now
        new = caller(f"c{self.calls}", client=client, queued_at=now, changed_at=now, to="x" * bool(callees), **changes)
        self.queue.handoffs[new.id] = new
        self.queue.callees[new.id] = callees
        if by_phone:
            self.queue.by_phone.add(new.id)
        self.step()

    @rule(data=st.data())
    def a_caller_hangs_up(self, data: st.DataObject) -> None:
        """Its own process ends the handoff; the queue hears of it with its next step."""
        still_there = sorted(h.id for h in self.queue.handoffs.values() if not h.status.over)
        if still_there:
            self.queue.hang_up(data.draw(st.sampled_from(still_there)))

    # What agents do

    @rule(who=WHO, way=WAYS, clients=st.sampled_from(((), ("lilas",))), languages=st.sampled_from(((), (FR,))))
    def an_agent_comes(self, who: str, way: AgentWay, clients: tuple[str, ...], languages: tuple[Language, ...]) -> None:
        user = self.queue.users[who]
        self.step(lambda d: deeds.come(d, user, clients, languages, way, telephone=True))

    @rule(who=WHO, state=st.sampled_from(deeds.CHOSEN))
    def an_agent_chooses(self, who: str, state: AgentState) -> None:
        self.step(lambda d: deeds.set_state(d, who, state, "pause"))

    @rule(data=st.data(), who=WHO)
    def an_agent_takes_any_caller(self, data: st.DataObject, who: str) -> None:
        if self.queue.handoffs:
            self.accept(data.draw(st.sampled_from(sorted(self.queue.handoffs))), taker(who))

    @rule(data=st.data())
    def whoever_is_rung_answers(self, data: st.DataObject) -> None:
        ringing = sorted(h.id for h in self.queue.handoffs.values() if h.ringing)
        if ringing:
            handoff = self.queue.handoffs[data.draw(st.sampled_from(ringing))]
            rung = [c for c in self.queue.commands if isinstance(c, Ring) and c.handoff == handoff.id][-1]
            self.accept(handoff.id, taker(rung.agent, rung.way))

    @rule(
        data=st.data(),
        who=st.sampled_from((*AGENTS, "zoe")),
        why=st.sampled_from((Why.DECLINED, Why.NO_ANSWER, Why.CARRIER)),
    )
    def somebody_passes_it_over(self, data: st.DataObject, who: str, why: Why) -> None:
        if self.queue.handoffs:
            handoff = data.draw(st.sampled_from(sorted(self.queue.handoffs)))
            self.step(lambda d: deeds.decline(d, handoff, who, why))

    @rule(data=st.data(), what=st.sampled_from(("talking", "lost", "not connected", "given back")))
    def something_becomes_of_a_talk(self, data: st.DataObject, what: str) -> None:
        taken = sorted(h.id for h in self.queue.handoffs.values() if h.taker)
        if not taken:
            return
        handoff = self.queue.handoffs[data.draw(st.sampled_from(taken))]
        assert handoff.taker is not None
        by = handoff.taker.id
        if what == "talking":
            self.step(lambda d: deeds.talking(d, handoff.id, 80))
        elif what == "given back":
            self.step(lambda d: deeds.give_back(d, handoff.id, by, None))
        else:
            why = Why.AGENT_LOST if what == "lost" else Why.NOT_CONNECTED
            self.step(lambda d: deeds.not_taken(d, handoff.id, why))

    @rule(data=st.data(), who=WHO)
    def somebody_takes_a_call_over(self, data: st.DataObject, who: str) -> None:
        call = data.draw(st.sampled_from([f"c{number}" for number in range(1, self.calls + 3)]))
        ended = call in self.ended
        of_call = Call(call, "lilas", 1, "", "+33199001009", self.queue.now, FR, "twilio", call)
        if not ended:
            self.step(lambda d: deeds.take_over(d, of_call, taker(who)))

    @rule(who=WHO, active=st.booleans())
    def a_user_leaves_the_house_or_returns(self, who: str, active: bool) -> None:
        self.queue.users[who] = replace(self.queue.users[who], active=active)
        self.step()

    # What carriers do

    @rule(answer=st.sampled_from(("rings", "refuses")))
    def the_carrier_answers(self, answer: str) -> None:
        """Late, perhaps: the ring may be over by then."""
        if not self.unplaced:
            return
        ring = self.unplaced.pop(0)
        if answer == "refuses":
            self.step(lambda d: deeds.decline(d, ring.handoff, ring.agent, Why.CARRIER))
            return
        line = f"CA{len(self.lines)}"
        self.lines[line] = 0
        kept: list[bool] = []
        self.step(lambda d: kept.append(deeds.keep_line(d, ring.handoff, ring.agent, line)))
        if not kept[0]:
            self.lines[line] += 1

    @rule()
    def the_process_dies_between_row_and_carrier(self) -> None:
        self.unplaced.clear()

    # What time does

    @rule(seconds=st.sampled_from((1, 4, 5, 19, 60)), seen=st.sets(WHO))
    def time_passes(self, seconds: int, seen: set[str]) -> None:
        """The browsers of `seen` are there at the end. Nobody stepped the queue meanwhile: all processes were dead."""
        self.queue.now += timedelta(seconds=seconds)
        for name in seen & self.queue.presences.keys():
            self.queue.presences[name] = replace(self.queue.presences[name], seen_at=self.queue.now)
        self.step()

    # What must be true

    def accept(self, handoff_id: str, who: Taker) -> None:
        before = self.queue.handoffs[handoff_id]
        busy = self.queue.presences.get(who.id)
        refused = ""
        try:
            self.queue_step(lambda d: deeds.accept(d, handoff_id, who))
        except HandoffRefused as wrong:
            refused = wrong.reason
        theirs = before.status.taken and before.taker == who
        assert refused in ("", "taken", "over", "busy", "no_line")
        assert (refused == "taken") == (before.status.taken and not theirs)
        assert (refused == "over") == before.status.over
        if refused == "busy":
            assert busy is not None
            assert self.queue.handoffs[busy.handoff].status.taken
        elif not refused:
            assert self.queue.handoffs[handoff_id].taker == who
            assert before.status.queued or theirs

    def step(self, deed: Callable[[Draft], Any] = lambda _draft: None) -> None:
        try:
            self.queue_step(deed)
        except (HandoffRefused, NotAllowed):
            return

    def queue_step(self, deed: Callable[[Draft], Any]) -> None:
        # No two transactions are written in one moment.
        self.queue.now += timedelta(milliseconds=1)
        before = dict(self.queue.handoffs)
        step = self.queue.do(deed)
        self.look_at_rings(step, before)
        for event in step.events:
            self.keys[event.call, event.key] += 1
        for command in step.commands:
            if isinstance(command, HangUp):
                self.lines[command.line] += 1
            if isinstance(command, Ring) and command.number:
                self.unplaced.append(command)
        assert settle(self.queue.scene, self.queue.now).empty, "settled twice, it is not the same"
        self.look_at_callers()

    def look_at_rings(self, step: QueueStep, before: dict[str, Handoff]) -> None:
        for ring in (command for command in step.commands if isinstance(command, Ring)):
            handoff, was = self.queue.handoffs[ring.handoff], before.get(ring.handoff)
            assert was is None or ring.agent not in was.passed_over, "rung again"
            assert (ring.until - self.queue.now).total_seconds() >= LEAST_RING_S
            assert ring.until <= self.deadline(handoff)
            callee = next((c for c in self.queue.callees.get(ring.handoff, ()) if c.id == ring.agent), None)
            if callee and ring.number == callee.number:
                assert handoff.id in self.queue.by_phone
                continue
            user, presence = self.queue.users[ring.agent], self.queue.presences[ring.agent]
            assert user.active
            assert user.role is not Role.QA
            assert not user.clients or handoff.client in user.clients
            assert not presence.clients or handoff.client in presence.clients
            assert handoff.language in user.languages
            assert not presence.languages or handoff.language in presence.languages
            assert (ring.number == "") == (ring.way is AgentWay.BROWSER)
            assert ring.number in ("", user.phone)
            assert ring.way is AgentWay.BROWSER or handoff.id in self.queue.by_phone
            assert ring.way is AgentWay.PHONE or (self.queue.now - presence.seen_at).total_seconds() <= UNSEEN_AFTER_S

    def look_at_callers(self) -> None:
        now, handoffs = self.queue.now, self.queue.handoffs
        for handoff in handoffs.values():
            earlier = self.known.get(handoff.id)
            if earlier and earlier.status.over:
                # Only a line may still be let go.
                assert replace(handoff, agent_line="") == replace(earlier, agent_line=""), "over is over"
            if earlier and earlier.taker:
                assert handoff.taker == earlier.taker, "taken twice"
            if handoff.status.queued:
                assert now < self.deadline(handoff), "lost in the queue"
                assert handoff.taker is None
            assert (handoff.status is HandoffStatus.RINGING) == bool(handoff.ringing)
            assert handoff.ring_until is None or handoff.ring_until > now
            assert handoff.status.over == (handoff.over_at is not None) == (handoff.why is not None)
        self.known = dict(handoffs)
        self.look_at_order()

    def look_at_order(self) -> None:
        """Whoever waits, waits rightly: nobody who is free could take them, and somebody may yet."""
        scene, now = self.queue.scene, self.queue.now
        for handoff in in_order(self.queue.handoffs.values(), now):
            if handoff.status is not HandoffStatus.WAITING:
                continue
            able = scene.able(handoff)
            assert able or scene.callees_left(handoff), "waits for nobody"
            if (self.deadline(handoff) - now).total_seconds() >= LEAST_RING_S:
                assert not [p for p in able if p.state is AgentState.AVAILABLE], "waits for somebody who is free"

    def deadline(self, handoff: Handoff) -> datetime:
        return handoff.queued_at + timedelta(seconds=self.queue.rules[handoff.client].max_wait_s)

    @property
    def ended(self) -> set[str]:
        return {h.call for h in self.queue.handoffs.values() if h.why is Why.CALLER_HUNG_UP}

    @invariant()
    def nobody_has_two_callers(self) -> None:
        agents: Counter[str] = Counter()
        people: Counter[tuple[str, str]] = Counter()
        scene = self.queue.scene
        for handoff in self.queue.handoffs.values():
            if handoff.ringing:
                agents[handoff.ringing] += scene.rings_agent(handoff)
                people[handoff.client, handoff.ringing] += not scene.rings_agent(handoff)
            if handoff.status.taken and handoff.taker:
                agents[handoff.taker.id] += scene.taken_by_agent(handoff)
                people[handoff.client, handoff.taker.id] += not scene.taken_by_agent(handoff)
        assert all(count <= 1 for count in agents.values())
        assert all(count <= 1 for count in people.values())

    @invariant()
    def presences_and_handoffs_agree(self) -> None:
        hung_up = self.ended
        for presence in self.queue.presences.values():
            handoff = self.queue.handoffs.get(presence.handoff)
            assert (presence.handoff == "") == (
                presence.state in (AgentState.OFFLINE, AgentState.AVAILABLE, AgentState.PAUSED)
            )
            assert presence.missed < MOST_MISSES
            if handoff is None or handoff.call in hung_up:
                continue
            if presence.state is AgentState.RINGING:
                assert handoff.ringing == presence.agent
            if presence.state is AgentState.IN_CALL:
                assert handoff.taker is not None
                assert handoff.taker.id == presence.agent

    @invariant()
    def every_line_is_known_or_hung_up_once(self) -> None:
        kept = {handoff.agent_line for handoff in self.queue.handoffs.values() if handoff.agent_line}
        for line, hung_up in self.lines.items():
            assert hung_up == (line not in kept)

    @invariant()
    def every_happening_has_a_key_of_its_own(self) -> None:
        assert all(count == 1 for count in self.keys.values())

    def teardown(self) -> None:
        """Everybody goes home: whoever is still in the queue is out of it by max_wait_s."""
        if not hasattr(self, "queue"):
            return
        self.queue.wait(200, each_s=10, seen=False)
        assert not [h for h in self.queue.handoffs.values() if h.status.queued]
        assert not [h for h in self.queue.handoffs.values() if h.status is HandoffStatus.ACCEPTED]


QueueMachine.TestCase.settings = settings(
    max_examples=100, stateful_step_count=40, deadline=None, suppress_health_check=(HealthCheck.too_slow,)
)
TestQueue = QueueMachine.TestCase
