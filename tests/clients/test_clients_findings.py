"""The compiler of instructions: each finding has its case, names its place, and a whole fiche has none."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.clients.fiche import fiche
from tests.clients.test_clients_on_call_ladder import CASES as LADDER_CASES
from voicebot.clients import check as check_room
from voicebot.clients.check.across import loops_between_clients
from voicebot.clients.check.finding import Finding, Severity
from voicebot.clients.check.instructions import errors_in, findings_in
from voicebot.clients.check.patterns import spoken_example
from voicebot.clients.check.promises import promised_within
from voicebot.clients.check.sentences import house_words_to_avoid
from voicebot.domain.language import Language

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ERROR, WARNING = Severity.ERROR, Severity.WARNING
LONG = "Vous " + "vraiment " * 36 + "bien."
OTHER_LEAK = {"id": "leak-too", "title": {"fr": "fuite"}, "callers_say": {"fr": ["une fuite d'eau j'ai"]}}
PLAN = {"id": "plan", "title": {"fr": "le plan"}, "body": {"fr": "☞ " + "tout droit " * 20}}
GAS = {"red_flag": "gas_smell"}


def shift(begins: str, ends: str, *contacts: str) -> dict[str, Any]:
    return {"from": begins, "to": ends, "contacts": contacts or ["lea"]}


def seen(found: tuple[Finding, ...]) -> set[tuple[Severity, str, str]]:
    return {(f.severity, f.check, f.path) for f in found}


def test_whole_fiche_has_no_finding() -> None:
    assert findings_in(fiche(), NOW) == ()


CASES: list[tuple[Severity, str, str, dict[str, Any]]] = [
    (WARNING, "identity.no_number", "identity.dialled_numbers", {"identity__dialled_numbers": []}),
    (WARNING, "identity.no_fallback", "identity", {"identity__fallback_number": None}),
    (ERROR, "identity.loop", "identity.fallback_number", {"identity__fallback_number": "+33199001050"}),
    (ERROR, "identity.loop", "people[lea].phones", {"people__1__phones": ["+33199001050"]}),
    (ERROR, "identity.languages", "identity.languages", {"identity__languages": ["fr", "fr"]}),
    (WARNING, "sentences.too_long", "greeting.open.fr", {"greeting__open": {"fr": LONG}}),
    (ERROR, "sentences.blank", "greeting.closed.fr", {"greeting__closed": {"fr": "Rappelez {demain}."}}),
    (WARNING, "sentences.unspeakable", "faq[price].answer.fr", {"faq__0__answer": {"fr": "60 € tout compris."}}),
    (WARNING, "sentences.unspeakable", "faq[price].answer.fr", {"faq__0__answer": {"fr": "Appelez le 01 99 00 10 50."}}),
    (WARNING, "sentences.avoid", "faq[price].answer.fr", {"tone": {"avoid": {"fr": ["euros"]}}}),
    (WARNING, "sentences.rephrase", "faq[price].rephrase", {"faq__0__rephrase": True}),
    (WARNING, "sentences.reopening", "scenarios[leak].promise.closed", {"hours__weekly": {}}),
    (WARNING, "handoff.overflow", "handoff.overflow", {"handoff": {"overflow": "on_call"}, "on_call": None}),
    (WARNING, "handoff.max_wait", "handoff.max_wait_s", {"handoff": {"max_wait_s": 900}}),
    (WARNING, "handoff.callback", "handoff.callback_after_s", {"handoff": {"max_wait_s": 60, "callback_after_s": 60}}),
    (WARNING, "handoff.text_too_long", "texts[plan].body.fr", {"texts": [PLAN]}),
    (WARNING, "hours.never_open", "hours.weekly", {"hours__weekly": {"monday": []}}),
    (WARNING, "hours.forgotten_day", "hours.weekly", {"hours__weekly__wednesday": None}),
    (WARNING, "hours.short_break", "hours.weekly.monday", {"hours__weekly__monday": ["08:00-12:00", "12:03-18:00"]}),
    (WARNING, "hours.midnight", "hours.weekly.friday", {"hours__weekly__friday": ["14:00-23:59"]}),
    (
        ERROR,
        "hours.override_slots",
        "hours.overrides[2026-12-05].slots",
        {"hours__overrides": [{"day": "2026-12-05", "slots": ["08:00-12:00", "11:00-13:00"]}]},
    ),
    (
        ERROR,
        "hours.contradiction",
        "hours.overrides[1]",
        {"hours__overrides": [{"day": "2026-12-05", "slots": ["08:00-12:00"]}, {"day": "2026-12-05"}]},
    ),
    (
        WARNING,
        "hours.contradiction",
        "hours.overrides[2026-12-26]",
        {
            "hours__closures": [{"from": "2026-12-24", "to": "2026-12-28"}],
            "hours__overrides": [{"day": "2026-12-26", "slots": ["08:00-12:00"]}],
        },
    ),
    (
        WARNING,
        "hours.closures_overlap",
        "hours.closures[0]",
        {"hours__closures": [{"from": "2026-12-28", "to": "2027-01-03"}, {"from": "2026-12-24", "to": "2026-12-28"}]},
    ),
    (
        WARNING,
        "hours.greetings_overlap",
        "greeting.by_time[1].between",
        {"greeting__by_time": [{"between": b, "say": {"fr": "Bonsoir."}} for b in ("18:00-22:00", "21:00-24:00")]},
    ),
    (ERROR, "confidentiality.never_keep", "scenarios[leak].details", {"confidentiality": {"never_keep": ["address"]}}),
    (
        WARNING,
        "confidentiality.never_keep",
        "scenarios[leak].optional_details",
        {"confidentiality": {"never_keep": ["contract"]}},
    ),
    (
        WARNING,
        "confidentiality.reason",
        "deliveries[mail]",
        {"confidentiality": "legal", "deliveries__0__channel": "sms", "deliveries__0__fallback": None},
    ),
    (
        ERROR,
        "confidentiality.attachments",
        "confidentiality.attachments",
        {"confidentiality": {"profile": "health", "attachments": True}},
    ),
    (WARNING, "confidentiality.rephrase", "faq[price].rephrase", {"confidentiality": "legal", "faq__0__rephrase": True}),
    (ERROR, "people.no_number", "people[lea]", {"people__1__phones": []}),
    (ERROR, "people.backup", "people[lea].backup", {"people__1__backup": "lea"}),
    (WARNING, "people.backup_cycle", "people[duval].backup", {"people__0__backup": "lea", "people__1__backup": "duval"}),
    (WARNING, "people.backup", "people[duval].backup", {"people__0__backup": "lea", "people__1__takes_calls": False}),
    (
        WARNING,
        "people.both_away",
        "people[duval].away[0]",
        {
            "people__0__backup": "lea",
            "people__0__away": [{"from": "2026-08-01", "to": "2026-08-15"}],
            "people__1__away": [{"from": "2026-08-15", "to": "2026-08-20"}],
        },
    ),
    (WARNING, "people.shared_name", "people[lea].aliases", {"people__1__aliases": ["Le patron"]}),
    (ERROR, "people.empty_team", "teams[office].people", {"teams__0__people": []}),
    (WARNING, "people.team_without_calls", "teams[office].people", {"people__1__takes_calls": False}),
    (ERROR, "scenarios.transfer", "scenarios[leak].outcome", {"scenarios__0__transfer": None}),
    (ERROR, "scenarios.transfer", "scenarios[leak].transfer.to", {"people__1__takes_calls": False}),
    (WARNING, "scenarios.transfer_unused", "scenarios[leak].transfer", {"scenarios__0__outcome": "message"}),
    (ERROR, "scenarios.on_call", "scenarios[leak].escalations[0].outcome", {"on_call": None}),
    (
        ERROR,
        "scenarios.on_call",
        "scenarios[leak].transfer.if_nobody",
        {"on_call": None, "scenarios__0__transfer": {"to": "office", "if_nobody": "on_call"}},
    ),
    (WARNING, "scenarios.on_call_in_hours", "scenarios[quote].outcome", {"scenarios__1__outcome": "on_call"}),
    (
        ERROR,
        "scenarios.answer",
        "scenarios[leak].escalations[0].outcome",
        {"scenarios__0__escalations__0__outcome": "refusal"},
    ),
    (ERROR, "scenarios.escalation", "scenarios[leak].escalations[0]", {"scenarios__0__escalations__0__equals": "oui"}),
    (
        WARNING,
        "scenarios.escalation",
        "scenarios[leak].escalations[0]",
        {"scenarios__0__details": ["caller_name", "callback_number"]},
    ),
    (ERROR, "scenarios.pattern", "details[contract].pattern", {"details__0__pattern": "C-[0-9]{4}"}),
    (
        WARNING,
        "scenarios.urgent_to_nobody",
        "scenarios[quote].urgency",
        {"on_call": None, "scenarios__1__urgency": "p1", "scenarios__0__escalations": []},
    ),
    (WARNING, "scenarios.contradiction", "scenarios[leak].outcome", {"scenarios__0__urgency": "p4"}),
    (
        WARNING,
        "scenarios.promise_unused",
        "scenarios[quote].promise",
        {
            "scenarios__1__outcome": "answer",
            "scenarios__1__answer": {"fr": "C'est gratuit."},
            "scenarios__1__promise": {"open": {"fr": "On vous rappelle."}, "closed": {"fr": "On vous rappelle."}},
        },
    ),
    (
        WARNING,
        "scenarios.promise",
        "scenarios[leak].promise.open",
        {"scenarios__0__promise__open": {"fr": "On vous rappelle dans l'heure."}},
    ),
    (WARNING, "reachable.unless", "scenarios[leak].unless", {"scenarios__0__unless": {"fr": ["fuite d'eau"]}}),
    (WARNING, "reachable.callers_say", "scenarios[quote].callers_say", {"scenarios__1__callers_say": {}}),
    (WARNING, "reachable.detail", "details[contract]", {"scenarios__0__optional_details": []}),
    (WARNING, "likeness.callers_say", "scenarios[leak-too].callers_say", {"scenarios__1": OTHER_LEAK}),
    (
        WARNING,
        "filters.shadowed",
        "filters[vip-too]",
        {"filters__1": {"id": "vip-too", "numbers": ["+33199001060"], "outcome": "message"}},
    ),
    (
        WARNING,
        "filters.contradiction",
        "filters[others].numbers",
        {"filters__1": {"id": "others", "numbers": ["+33199001060", "+33199001061"], "outcome": "message"}},
    ),
    (ERROR, "filters.transfer", "filters[vip].to", {"people__0__takes_calls": False}),
    (
        ERROR,
        "filters.on_call",
        "filters[vip].outcome",
        {"on_call": None, "filters__0__outcome": "on_call", "filters__0__to": None},
    ),
    (WARNING, "filters.unused_to", "filters[vip].to", {"filters__0__outcome": "message"}),
    (WARNING, "filters.authority", "filters[canvassers].outcome", {"filters__1__who": "police"}),
    (
        WARNING,
        "filters.prefix",
        "filters[canvassers].prefixes",
        {"filters__1__who": None, "filters__1__prefixes": ["+33162"]},
    ),
    (ERROR, "urgency.doubled", "red_flags[1]", {"red_flags": [GAS, GAS]}),
    (ERROR, "urgency.on_call", "red_flags[gas_smell].on_call", {"on_call": None, "red_flags": [{**GAS, "on_call": True}]}),
    (WARNING, "urgency.to_nobody", "red_flags", {"on_call": None}),
    (WARNING, "urgency.not_heard", "red_flags[death_now]", {"red_flags": [{"red_flag": "death_now", "level": "p1"}]}),
    (WARNING, "urgency.unless", "red_flags[gas_smell].unless", {"red_flags": [{**GAS, "unless": {"fr": ["un peu"]}}]}),
    (ERROR, "on_call.no_number", "on_call.shifts[0].contacts", {"people__1__phones": []}),
    (ERROR, "on_call.manager", "on_call.manager", {"people__0__phones": []}),
    (WARNING, "on_call.manager", "on_call", {"on_call__manager": None}),
    (ERROR, "on_call.shifts", "on_call.shifts", {"on_call__shifts": []}),
    (
        WARNING,
        "on_call.overlap",
        "on_call.shifts[1]",
        {"on_call__shifts__1": shift("2026-11-30 08:00", "2027-03-01 08:00", "duval")},
    ),
    (WARNING, "on_call.twice", "on_call.shifts[0].contacts", {"on_call__shifts__0__contacts": ["lea", "lea"]}),
    (
        WARNING,
        "on_call.away",
        "on_call.shifts[0].contacts",
        {"people__1__away": [{"from": "2026-11-30", "to": "2026-12-02"}]},
    ),
    (WARNING, "on_call.acknowledge", "on_call.acknowledge_within", {"on_call__acknowledge_within": "0 min"}),
    (ERROR, "delivery.nobody", "deliveries[mail]", {"deliveries__0__to": []}),
    (ERROR, "delivery.nobody", "deliveries[mail]", {"deliveries__0__channel": "webhook"}),
    (ERROR, "delivery.no_address", "deliveries[mail].to", {"deliveries__0__to": ["lea"]}),
    (
        ERROR,
        "delivery.no_address",
        "deliveries[mail].fallback",
        {"deliveries__0__fallback": "email", "deliveries__0__channel": "sms", "deliveries__0__to": ["lea"]},
    ),
    (ERROR, "delivery.unknown", "deliveries[mail].scenarios", {"deliveries__0__scenarios": ["flood"]}),
    (WARNING, "delivery.none", "identity", {"deliveries": []}),
    (WARNING, "delivery.gap", "scenarios[quote]", {"deliveries__0__urgency": ["p1", "p2"]}),
    (WARNING, "delivery.digest", "deliveries[mail].gathered", {"deliveries__0__gathered": "daily"}),
    (WARNING, "delivery.fallback", "deliveries[mail].fallback", {"deliveries__0__fallback": "email"}),
    (WARNING, "examples.none", "scenarios", {"examples": []}),
    (ERROR, "examples.empty", "examples[0].then", {"examples__0__then": {}}),
    (ERROR, "examples.caller", "examples[0].caller", {"examples__0__caller": "0639980001"}),
    (ERROR, "examples.at", "examples[0].at", {"examples__0__at": "noël"}),
    (ERROR, "examples.unknown", "examples[0].then.scenario", {"examples__0__then": {"scenario": "flood"}}),
    (ERROR, "examples.unknown", "examples[0].then.details.colour", {"examples__0__then": {"details": {"colour": "red"}}}),
    (WARNING, "examples.scenario", "examples", {"examples__1": None}),
    (WARNING, "life.expired", "valid_to", {"valid_to": "2026-11-22"}),
    (WARNING, "life.not_yet", "valid_from", {"valid_from": "2026-11-24"}),
    (WARNING, "life.expires_soon", "valid_to", {"valid_to": "2026-11-30"}),
    (WARNING, "life.expired_part", "scenarios[quote].valid_to", {"scenarios__1__valid_to": "2026-11-22"}),
    (
        WARNING,
        "life.expired_part",
        "notices[works].valid_to",
        {"notices": [{"id": "works", "say": {"fr": "Travaux."}, "valid_to": "2026-11-22"}]},
    ),
    (WARNING, "life.review", "review_on", {"review_on": "2026-11-22"}),
    (WARNING, "life.review", "valid_from", {"review_on": None}),
    (WARNING, "roster.ended", "on_call.shifts[0]", {"on_call__shifts": [shift("2026-01-01", "2026-11-23 10:00")]}),
    (WARNING, "roster.ends_soon", "on_call.shifts[0]", {"on_call__shifts": [shift("2026-01-01", "2026-12-01 08:00")]}),
    (
        WARNING,
        "roster.hole",
        "on_call.shifts[1]",
        {"on_call__shifts": [shift("2026-01-01", "2026-12-01 08:00"), shift("2026-12-01 20:00", "2027-03-01")]},
    ),
    (
        WARNING,
        "roster.hole",
        "on_call.shifts[1]",
        {
            "on_call__active": "always",
            "on_call__shifts": [shift("2026-01-01", "2026-12-01 08:00"), shift("2026-12-01 12:00", "2027-03-01")],
        },
    ),
]


@pytest.mark.parametrize(("severity", "check", "path", "changes"), CASES, ids=[f"{c[1]}-{c[2]}" for c in CASES])
def test_finding(severity: Severity, check: str, path: str, changes: dict[str, Any]) -> None:
    instructions = fiche(**changes)
    found = findings_in(instructions, NOW)
    assert (severity, check, path) in seen(found)
    assert all(f.what and f.remedy for f in found)
    if severity is ERROR:
        assert (severity, check, path) in seen(errors_in(instructions))


def test_bilingual_client_needs_examples_in_both_languages() -> None:
    french = fiche()
    english = french.identity.model_copy(update={"languages": (Language.FRENCH, Language.ENGLISH)})
    instructions = french.model_copy(update={"identity": english})
    assert (WARNING, "examples.language", "examples") in seen(findings_in(instructions, NOW))


def test_hole_while_the_client_is_open_needs_nobody_on_call() -> None:
    shifts = [shift("2026-01-01", "2026-12-01 08:00"), shift("2026-12-01 12:00", "2027-03-01")]
    assert findings_in(fiche(on_call__shifts=shifts), NOW) == ()


def test_hole_after_eight_weeks_is_not_told_yet() -> None:
    shifts = [shift("2026-01-01", "2027-02-01 08:00"), shift("2027-02-03 08:00", "2027-03-01")]
    assert findings_in(fiche(on_call__shifts=shifts), NOW) == ()


def test_number_of_another_client_is_a_loop() -> None:
    other = fiche(id="other", identity__dialled_numbers=["+33639980050"])
    assert [f.path for f in loops_between_clients(fiche(), [fiche(), other])] == ["identity.fallback_number"]


def test_words_to_avoid_are_sought_in_what_the_house_says() -> None:
    instructions = fiche(tone={"avoid": {"fr": ["désolée"]}})
    house = {Language.FRENCH: (("trouble", "Je suis désolée."), ("wait", "Prenez votre temps."))}
    (found,) = house_words_to_avoid(instructions, house)
    assert found.path == "tone.avoid.fr"
    assert "trouble" in found.what
    assert "wait" not in found.what


@pytest.mark.parametrize(
    ("pattern", "possible"),
    [
        ("[A-Z]{2}[0-9]{4}", True),
        (r"\d{6}", True),
        ("(LM|QR)\\d{3,}[^0-9]", True),
        (".*", True),
        ("^L[0-9]{1,5}$", True),
        ("(?i:ab)[0-9]", True),
        ("[a-z]{2}", False),
        ("AB-[0-9]+", False),
        ("AB [0-9]+", False),
        ("(?=A)B", False),
        ("[^A-Z0-9]", False),
    ],
)
def test_pattern_that_speech_can_match(pattern: str, possible: bool) -> None:
    assert (spoken_example(pattern) is not None) is possible


@pytest.mark.parametrize(
    ("sentence", "language", "hours"),
    [
        ("On vous rappelle dans l'heure.", "fr", 1),
        ("On vous rappelle sous deux heures.", "fr", 2),
        ("On vous rappelle sous 24 heures.", "fr", 24),
        ("On vous rappelle sous deux jours ouvrés.", "fr", 96),
        ("On vous rappelle dans les trente minutes.", "fr", 0.5),
        ("We will call you back within the hour.", "en", 1),
        ("We will call you back within two working days.", "en", 96),
        ("On vous rappelle dès que possible.", "fr", None),
        ("On vous rappelle dans les heures qui viennent.", "fr", None),
        ("On vous rappelle dans la demi-journée.", "fr", None),
    ],
)
def test_time_that_a_promise_names(sentence: str, language: str, hours: float | None) -> None:
    promised = promised_within(sentence, Language(language))
    assert (promised.total_seconds() / 3600 if promised else None) == hours


def test_every_finding_has_a_case() -> None:
    folder = Path(check_room.__file__).parent
    named = {n for file in folder.glob("*.py") for n in re.findall(r'(?:error|warning)\(\s*"([a-z_.]+)"', file.read_text())}
    elsewhere = {"across.loop", "examples.language"}
    assert named - {case[1] for case in (*CASES, *LADDER_CASES)} == elsewhere
