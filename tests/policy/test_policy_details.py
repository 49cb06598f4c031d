"""Details: asked once or twice, then in another way, then kept as doubtful; never a loop, and nothing that is not wanted."""

from __future__ import annotations

from tests.policy.conftest import BY_DAY, actions, talk
from voicebot.domain.acts import (
    Affirm,
    AskQuestion,
    Confidence,
    DoNotKnow,
    GiveDetail,
    RaiseRedFlag,
    Refuse,
    StateRequest,
    TellCallerKind,
    Unclear,
)
from voicebot.domain.call import Awaited, EndReason, Stage
from voicebot.domain.decisions import Action
from voicebot.domain.instructions import Instructions
from voicebot.domain.urgency import RED_FLAGS, UrgencyLevel
from voicebot.policy.danger import DANGER_ORDER
from voicebot.policy.message import message_of

CONTRACT = StateRequest("contract", "c'est pour mon contrat")
BREAKDOWN = StateRequest("breakdown", "l'ascenseur est en panne")
QUOTE = StateRequest("quote", "je voudrais un devis")
PERHAPS_QUOTE = StateRequest("quote", "un prix peut-être", Confidence.UNSURE)


def gives(detail: str, value: str) -> GiveDetail:
    return GiveDetail(detail, value, value)


WRONG = gives("contract", "79927398710")
RIGHT = gives("contract", "79927398713")


def test_reference_that_fails_its_check_is_asked_again_spelled_keyed_then_kept_as_doubtful(lifts: Instructions) -> None:
    ways = [talk(lifts, CONTRACT, *[WRONG] * n) for n in range(5)]
    assert [actions(way)[-1] for way in ways] == [
        "ask:contract",
        "ask_again:contract",
        "ask_again:contract",
        "ask_by_keypad:contract",
        "ask:email",
    ]
    assert ways[1].decisions[-1].because == "details[contract].check_digit"
    assert [way.decisions[-1].values.get("way") for way in ways[1:3]] == ["again", "spell"]
    assert ways[3].call.expectation.keypad
    assert actions(ways[4])[0] == "acknowledge:contract"
    kept = ways[4].call.details["contract"]
    assert (kept.complete, kept.confidence) == (True, Confidence.UNSURE)


def test_reference_that_proves_itself_is_taken_at_any_try(lifts: Instructions) -> None:
    for wrong in range(4):
        verdict = talk(lifts, CONTRACT, *[WRONG] * wrong, RIGHT)
        assert verdict.call.details["contract"].complete
        assert verdict.call.details["contract"].confidence is Confidence.SURE
        assert actions(verdict) == ["ask:email"]


def test_reference_without_keys_is_never_asked_by_keypad(lifts: Instructions) -> None:
    verdicts = [
        talk(lifts, (BREAKDOWN, gives("address", "4 rue Haute")), *[gives("lift_number", "12")] * n) for n in range(4)
    ]
    assert not any(d.action is Action.ASK_BY_KEYPAD for v in verdicts for d in v.decisions)
    assert actions(verdicts[-1])[0] == "acknowledge:lift_number"


def test_number_out_of_bounds_is_doubted(lifts: Instructions) -> None:
    start = (BREAKDOWN, gives("address", "4 rue Haute"), gives("lift_number", "AB1234"))
    asked = talk(lifts, start, gives("people_inside", "200"))
    assert actions(asked) == ["ask_again:people_inside"]
    assert asked.decisions[0].because == "details[people_inside].most"
    assert actions(talk(lifts, start, gives("people_inside", "0"))) == ["ask:callback_number"]


def test_email_and_names_are_spelled_at_the_second_try(lifts: Instructions) -> None:
    asked = talk(lifts, (CONTRACT, RIGHT), Unclear("jean point…"))
    assert asked.decisions[-1].values["way"] == "spell"
    assert actions(talk(lifts, (CONTRACT, RIGHT), Unclear("…"), Unclear("jean point"))) == [
        "acknowledge:email",
        "ask:caller_name",
    ]


def test_optional_detail_is_asked_once_after_the_mandatory_ones(lifts: Instructions) -> None:
    told = (
        BREAKDOWN,
        gives("address", "4 rue Haute"),
        gives("lift_number", "AB1234"),
        gives("people_inside", "0"),
        gives("callback_number", "+33639981234"),
        gives("caller_name", "Paul Martin"),
    )
    asked = talk(lifts, told)
    assert actions(asked) == ["ask:access_codes"]
    assert asked.decisions[0].because == "scenarios[breakdown].optional_details"
    for answer in (Refuse("non"), Unclear(""), DoNotKnow("je sais pas")):
        assert actions(talk(lifts, told, answer))[0].startswith("read_back:address")
    done = talk(lifts, told, Refuse("non"), Affirm("oui"))
    assert done.call.message_complete


def test_detail_that_the_client_never_keeps_is_neither_kept_nor_asked(lifts: Instructions) -> None:
    verdict = talk(lifts, (QUOTE, gives("birth_day", "1980-01-01")))
    assert "birth_day" not in verdict.call.details


def test_detail_outside_the_scenario_is_not_kept(lifts: Instructions) -> None:
    given = talk(lifts, (QUOTE, gives("access_codes", "12B4"), gives("company", "Dupuis"), gives("email", "a@free.fr")))
    assert set(given.call.details) == {"company", "email", "reason"}
    before = talk(lifts, gives("address", "4 rue Haute"), QUOTE)
    assert "address" not in before.call.details
    unknown = talk(lifts, gives("address", "4 rue Haute"))
    assert "address" in unknown.call.details
    danger = talk(lifts, QUOTE, (RaiseRedFlag("fire", "…"), gives("address", "4 rue Haute")))
    assert "address" in danger.call.details


def test_doubtful_request_is_asked_about_before_it_is_taken(lifts: Instructions) -> None:
    asked = talk(lifts, PERHAPS_QUOTE)
    assert actions(asked) == ["confirm_request:quote"]
    assert asked.call.expectation.awaited is Awaited.CONFIRMATION
    assert asked.call.scenario is None
    yes = talk(lifts, PERHAPS_QUOTE, Affirm("oui"))
    assert (yes.call.scenario, actions(yes)) == ("quote", ["ask:caller_name"])
    assert yes.call.details["reason"].value == "un prix peut-être"
    no = talk(lifts, PERHAPS_QUOTE, Refuse("non"))
    assert (no.call.scenario, actions(no)) == (None, ["ask_request"])
    other = talk(lifts, PERHAPS_QUOTE, (Refuse("non"), BREAKDOWN))
    assert other.call.scenario == "breakdown"
    lost = talk(lifts, PERHAPS_QUOTE, Unclear("euh"), Unclear("euh"))
    assert lost.call.scenario is None
    assert actions(lost)[-1] == "ask:caller_name"


def test_doubtful_request_is_asked_about_twice_at_most(lifts: Instructions) -> None:
    asked = [talk(lifts, *[PERHAPS_QUOTE] * n) for n in range(1, 6)]
    assert sum("confirm_request:quote" in actions(v) for v in asked) == 2


def test_second_request_takes_over_only_when_it_is_more_urgent(lifts: Instructions) -> None:
    assert talk(lifts, QUOTE, BREAKDOWN).call.scenario == "breakdown"
    kept = talk(lifts, BREAKDOWN, QUOTE).call
    assert kept.scenario == "breakdown"
    assert "devis" in kept.details["reason"].value


def test_recorded_message_is_neither_lost_nor_made_less_urgent(lifts: Instructions) -> None:
    told = (gives("caller_name", "Paul"), gives("callback_number", "+33639981234"), gives("address", "4 rue Haute"),
            gives("lift_number", "AB1234"), gives("people_inside", "0"), gives("access_codes", "12B4"))  # fmt: skip
    done = ((BREAKDOWN, *told), Affirm("oui"))
    for more in (QUOTE, StateRequest("brochure", "…"), TellCallerKind("canvasser", "…"), AskQuestion("hours", "…")):
        verdict = talk(lifts, *done, more)
        message = message_of(verdict.call, lifts, BY_DAY)
        assert message is not None
        assert message.urgency.level is UrgencyLevel.P2
        assert message.scenario == "breakdown"
        assert not any(d.subject == EndReason.REFUSED for d in verdict.decisions)
    aside = talk(lifts, *done, StateRequest("brochure", "…"))
    assert actions(aside) == ["answer:scenario:brochure", "ask_anything_else"]
    assert aside.call.message_complete


def test_request_after_an_approved_answer_is_the_request_of_the_call(lifts: Instructions) -> None:
    verdict = talk(lifts, StateRequest("brochure", "…"), QUOTE)
    assert verdict.call.scenario == "quote"
    assert actions(verdict) == ["ask:caller_name"]


def test_question_of_the_caller_never_costs_a_try(lifts: Instructions) -> None:
    verdict = talk(lifts, CONTRACT, *[WRONG] * 3, AskQuestion("hours", "vos horaires"))
    assert actions(verdict) == ["answer:hours", "ask_by_keypad:contract"]


def test_answer_by_yes_or_no_is_not_read_back(heating: Instructions) -> None:
    told = (
        StateRequest("leak", "une fuite"),
        gives("caller_name", "Paul Martin"),
        gives("callback_number", "+33639981234"),
        gives("address", "4 rue Haute"),
        gives("water_is_off", "yes"),
    )
    verdict = talk(heating, told)
    assert actions(verdict) == ["read_back:caller_name,callback_number,address"]
    assert talk(heating, told, Affirm("oui")).call.message_complete


def test_most_dangerous_comes_first(lifts: Instructions) -> None:
    verdict = talk(
        lifts,
        (
            RaiseRedFlag("trapped_in_lift", "…"),
            RaiseRedFlag("unconscious", "…"),
            RaiseRedFlag("fire", "…"),
        ),
    )
    assert actions(verdict)[:4] == [
        "safety_script:fire",
        "safety_script:unconscious",
        "safety_script:trapped_in_lift",
        "ask:address",
    ]
    assert verdict.call.urgency is not None
    assert verdict.call.urgency.criterion == "fire"
    assert set(DANGER_ORDER) == set(RED_FLAGS)


def test_sector_flag_without_script_is_urgent_and_asks_its_details(lifts: Instructions) -> None:
    verdict = talk(lifts, RaiseRedFlag("continuous_leak", "ça coule à flots"))
    assert actions(verdict)[0] == "acknowledge:continuous_leak"
    assert actions(verdict)[-1] == "ask:address"
    assert verdict.call.urgency is not None
    assert verdict.call.urgency.level is UrgencyLevel.P1
    assert verdict.call.stage is Stage.QUALIFYING


def test_own_words_of_the_client_lift_an_urgency_but_never_a_danger(lifts: Instructions) -> None:
    drip = talk(lifts, RaiseRedFlag("continuous_leak", "ça coule goutte à goutte"))
    assert drip.call.urgency is None
    rules = tuple(
        rule.model_copy(update={"unless": {"fr": ("goutte à goutte",)}}) if rule.red_flag == "trapped_in_lift" else rule
        for rule in lifts.red_flags
    )
    danger = talk(lifts.model_copy(update={"red_flags": rules}), RaiseRedFlag("trapped_in_lift", "goutte à goutte coincé"))
    assert actions(danger)[0] == "safety_script:trapped_in_lift"


def test_trapped_people_are_asked_what_the_lift_company_needs(lifts: Instructions) -> None:
    message = message_of(talk(lifts, RaiseRedFlag("trapped_in_lift", "…")).call, lifts, BY_DAY)
    assert message is not None
    assert message.missing == ("address", "lift_number", "people_inside", "callback_number")


def test_name_heard_in_answer_to_another_question_is_not_the_callers(lifts: Instructions) -> None:
    start = (QUOTE, gives("caller_name", "Paul Martin"))
    asked = talk(lifts, start)
    assert asked.call.expectation.detail == "callback_number"
    other = talk(lifts, start, gives("caller_name", "Moka"))
    assert other.call.details["caller_name"].value == "Paul Martin"
    corrected = talk(lifts, start, GiveDetail("caller_name", "Paul Martinet", "non, Martinet", correction=True))
    assert corrected.call.details["caller_name"].value == "Paul Martinet"
