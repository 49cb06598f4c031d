"""The team's page: who sees whom, what an admin changes, what is noted, and the audit's filters."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.console.guarded_console import FewAgents, GuardedConsole, guarded_console
from voicebot.domain.agent import AgentState, Presence, Role, User
from voicebot.store.audit_book import AuditWanted

ADMIN = User("ines", "Inès Roux", Role.ADMIN)
CHIEF = User("lucie", "Lucie Moreau", Role.SUPERVISOR)
CHIEF_OF_ONE = User("marc", "Marc Durand", Role.SUPERVISOR, clients=("boutique-oliva",))
CLAIRE = User("claire", "Claire Petit", Role.AGENT, clients=("boutique-oliva", "cabinet-lilas"))
KARIM = User("karim", "Karim Benali", Role.AGENT, clients=("cabinet-lilas",))
EVERYWHERE = User("noe", "Noé Lefèvre", Role.AGENT)
PERSON: dict[str, Any] = {"name": "Zoé Blanc", "role": "agent", "languages": ["fr"]}


@pytest.fixture
async def console(tmp_path: Path) -> AsyncIterator[GuardedConsole]:
    now = datetime.now(UTC)
    here = FewAgents([Presence("claire", AgentState.IN_CALL, now, now, now)])
    people = (ADMIN, CHIEF, CHIEF_OF_ONE, CLAIRE, KARIM, EVERYWHERE)
    async with guarded_console(tmp_path, people, agents=lambda _book: here) as opened:
        yield opened


async def seen_by(console: GuardedConsole, user: User) -> dict[str, str]:
    async with console.browser(user.id) as client:
        answer = await client.get("/agents/people")
        return {person["id"]: person["state"] for person in answer.json()}


async def test_who_is_here_is_shown_to_those_who_watch(console: GuardedConsole):
    everybody = {one.id for one in (ADMIN, CHIEF, CHIEF_OF_ONE, CLAIRE, KARIM, EVERYWHERE)}
    seen = await seen_by(console, CHIEF)
    assert set(seen) == everybody
    assert {user for user, state in seen.items() if state != "offline"} == {"claire"}


async def test_a_supervisor_of_one_client_meets_those_who_work_for_it(console: GuardedConsole):
    assert set(await seen_by(console, CHIEF_OF_ONE)) == {"ines", "lucie", "marc", "claire", "noe"}
    async with console.browser(CHIEF_OF_ONE.id) as client:
        page = (await client.get("/agents")).text
        assert "Karim Benali" not in page
        assert "cabinet-lilas" not in page


async def test_a_supervisor_changes_nobody(console: GuardedConsole):
    async with console.browser(CHIEF.id) as client:
        assert 'id="add"' not in (await client.get("/agents")).text
        for path, body in (
            ("/agents/people", PERSON | {"id": "zoe"}),
            ("/agents/people/claire", PERSON),
            ("/agents/people/claire/active", {"active": False}),
            ("/agents/people/claire/link", None),
        ):
            assert (await client.post(path, json=body)).status_code == 404
    assert await console.door.users.user("claire") == CLAIRE


async def test_an_admin_changes_people_and_it_is_noted(console: GuardedConsole):
    async with console.browser(ADMIN.id) as client:
        written = PERSON | {
            "id": "zoe",
            "phone": "06 39 98 12 34",
            "clients": ["boutique-oliva"],
            "email": "zoe@example.org",
        }
        assert (await client.post("/agents/people", json=written)).status_code == 204
        changed = PERSON | {"role": "supervisor", "clients": ["boutique-oliva"], "language": "en"}
        assert (await client.post("/agents/people/zoe", json=changed)).status_code == 204
        made = (await client.post("/agents/people/zoe/link", json={})).json()["address"]
        assert (await client.post("/agents/people/zoe/active", json={"active": False})).status_code == 204
        refused = await client.post("/agents/people/zoe/link", json={})
        assert (refused.status_code, refused.json()["reason"]) == (409, "inactive")
        assert (await client.post("/agents/people/nobody/link", json={})).status_code == 404
    zoe = await console.door.users.user("zoe")
    assert (zoe.role, zoe.clients, zoe.phone, zoe.active) == (Role.SUPERVISOR, ("boutique-oliva",), "", False)
    assert made.startswith(f"{console.origin}/console/sign-in/link#")
    noted = await console.audit.search(AuditWanted(subject="zoe"))
    assert [entry.deed for entry in noted.entries] == ["deactivated", "linked", "changed", "added"]
    assert {(entry.user, entry.kind, entry.address) for entry in noted.entries} == {("ines", "users", "127.0.0.1")}
    assert made.partition("#")[2] not in str(noted)


@pytest.mark.parametrize(
    ("path", "change", "reason"),
    [
        ("/agents/people", {"id": "claire"}, "taken"),
        ("/agents/people", {"id": "Zoé"}, "bad_id"),
        ("/agents/people", {"id": "zoe", "name": "  "}, "bad_name"),
        ("/agents/people", {"id": "zoe", "phone": "+33 8 99 12 34 56"}, "bad_phone"),
        ("/agents/people", {"id": "zoe", "phone": "112"}, "bad_phone"),
        ("/agents/people", {"id": "zoe", "clients": ["nobody"]}, "clients"),
        ("/agents/people", {"id": "zoe", "role": "client_viewer"}, "clients"),
        ("/agents/people", {"id": "zoe", "role": "admin", "clients": ["boutique-oliva"]}, "admin_clients"),
        ("/agents/people", {"id": "zoe", "languages": []}, "languages"),
        ("/agents/people/ines", {}, "yourself"),
    ],
)
async def test_people_who_cannot_be_are_refused_with_one_word(
    console: GuardedConsole, path: str, change: dict[str, Any], reason: str
):
    before = await console.door.users.all()
    async with console.browser(ADMIN.id) as client:
        answer = await client.post(path, json=PERSON | change)
        assert (answer.status_code, answer.json()["reason"]) == (409, reason)
        assert (await client.post("/agents/people/ines/active", json={"active": False})).json()["reason"] == "yourself"
    assert await console.door.users.all() == before


async def test_an_admin_who_is_demoted_loses_the_keys_at_once(console: GuardedConsole):
    async with console.browser(ADMIN.id) as client:
        assert (await client.post("/agents/people/claire", json=PERSON | {"role": "admin"})).status_code == 204
        async with console.browser("claire") as other:
            assert (await other.post("/agents/people/ines", json=PERSON)).status_code == 204
        assert (await client.get("/agents")).status_code == 404
        assert (await client.post("/agents/people/claire/link", json={})).status_code == 404
        assert (await client.get("/account")).status_code == 200


async def test_the_audit_is_filtered_and_limited(console: GuardedConsole):
    for user, client in (("claire", "boutique-oliva"), ("karim", "cabinet-lilas"), ("claire", "cabinet-lilas")):
        await console.audit.note_of(user, "192.0.2.7", "listened", "audio", f"call-of-{user}-{client}", client=client)
    async with console.browser(CHIEF.id) as chief:
        whole = (await chief.get("/agents/audit")).text
        assert whole.count("call-of-") == 3
        filtered = (
            await chief.get("/agents/audit", params={"user": "claire", "client": "cabinet-lilas", "until": "2999-01-01"})
        ).text
        assert "call-of-claire-cabinet-lilas" in filtered
        assert filtered.count("call-of-") == 1
        assert "call-of-" not in (await chief.get("/agents/audit", params={"since": "2999-01-01"})).text
        assert (await chief.get("/agents/audit", params={"since": "never", "page": "9"})).status_code == 200
    async with console.browser(CHIEF_OF_ONE.id) as chief:
        own = (await chief.get("/agents/audit")).text
        assert "call-of-claire-boutique-oliva" in own
        assert own.count("call-of-") == 1
        assert (await chief.get("/agents/audit", params={"client": "cabinet-lilas"})).status_code == 404
    async with console.browser("claire") as agent:
        assert (await agent.get("/agents/audit")).status_code == 404


async def test_what_people_wrote_is_shown_as_text(console: GuardedConsole):
    await console.audit.note_of("<script>alert(1)</script>", "", "<b>deed</b>", "users", "<img src=x>", more="<i>")
    async with console.browser(ADMIN.id) as client:
        page = (await client.get("/agents/audit")).text
    assert "&lt;script&gt;" in page
    assert not any(tag in page for tag in ("<script>alert", "<b>deed", "<img src=x", "<i>"))


async def test_everybody_changes_their_own_language_and_telephone_only(console: GuardedConsole):
    async with console.browser("claire") as client:
        assert (await client.post("/account", json={"language": "en", "phone": "06 39 98 00 07"})).status_code == 204
        assert '<html lang="en">' in (await client.get("/account")).text
        assert (await client.post("/account", json={"language": "en", "role": "admin"})).status_code == 422
        wrong = await client.post("/account", json={"language": "en", "phone": "0899123456"})
        assert (wrong.status_code, wrong.json()["reason"]) == (409, "bad_phone")
    claire = await console.door.users.user("claire")
    assert (claire.phone, claire.role, claire.clients) == ("+33639980007", Role.AGENT, CLAIRE.clients)
