"""Sign-in by OpenID Connect against a provider of our own: the way in, and everything that must not be one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.console.guarded_console import GuardedConsole, guarded_console
from tests.fakes.oidc_provider import CLIENT_ID, CLIENT_SECRET, Lies, OidcProvider, new_key, running_provider
from voicebot.console.door.provider import Provider, derived
from voicebot.domain.agent import Role, User
from voicebot.errors import SettingsError
from voicebot.settings import Settings
from voicebot.store.audit_book import AuditWanted

CLAIRE = User("claire.petit", "Claire Petit", Role.AGENT, "Claire@example.org")
BOB = User("bob", "Bob Martin", Role.AGENT, "bob@example.org", active=False)


@pytest.fixture
async def provider() -> AsyncIterator[OidcProvider]:
    async with running_provider() as running:
        yield running


@pytest.fixture
async def console(tmp_path: Path, provider: OidcProvider) -> AsyncIterator[GuardedConsole]:
    own = {"oidc_issuer": provider.issuer, "oidc_client_id": CLIENT_ID, "oidc_client_secret": CLIENT_SECRET}
    async with guarded_console(tmp_path, (CLAIRE, BOB), settings=own) as opened:
        yield opened


async def leave(client: httpx.AsyncClient) -> str:
    """Where the browser is sent: an address of the provider."""
    answer = await client.get("/sign-in/provider")
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def at_provider(address: str) -> str:
    """Signs in there. Returns: where that browser is sent back to."""
    async with httpx.AsyncClient(trust_env=False) as client:
        answer = await client.get(address)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"]


async def come_back(client: httpx.AsyncClient, address: str) -> httpx.Response:
    navigation = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    del client.headers["Origin"]
    return await client.get(address, headers=navigation)


async def whole_way(client: httpx.AsyncClient) -> httpx.Response:
    return await come_back(client, await at_provider(await leave(client)))


async def refusals(console: GuardedConsole) -> list[str]:
    page = await console.audit.search(AuditWanted(deed="sign_in_refused"))
    return [entry.more["reason"] for entry in page.entries]


async def test_who_the_provider_vouches_for_is_signed_in(console: GuardedConsole, provider: OidcProvider):
    async with console.stranger() as client:
        away = await leave(client)
        asked = {name: values[0] for name, values in parse_qs(urlsplit(away).query).items()}
        assert asked["redirect_uri"] == f"{console.origin}/console/sign-in/provider/return"
        assert asked["code_challenge_method"] == "S256"
        assert len({asked["state"], asked["nonce"], asked["code_challenge"]}) == 3
        answer = await come_back(client, await at_provider(away))
        assert (answer.status_code, answer.headers["location"]) == (303, "/console/")
        assert "Claire Petit" in (await client.get("/account")).text
        # The cookie with which the browser left is gone.
        assert set(client.cookies) == {"voicebot"}
    page = await console.audit.search(AuditWanted(deed="sign_in"))
    assert [(entry.user, entry.more) for entry in page.entries] == [(CLAIRE.id, {"way": "provider"})]
    assert provider.asked == ["/.well-known/openid-configuration", "/authorize", "/token", "/keys"]


async def test_an_address_that_only_userinfo_tells_is_asked_for(console: GuardedConsole, provider: OidcProvider):
    provider.email_in_token = False
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 303
    assert provider.asked[-1] == "/userinfo"


def changes(name: str, value: Any) -> Lies:
    return Lies(claims=lambda claims: claims.update({name: value}))


def without(name: str) -> Lies:
    return Lies(claims=lambda claims: claims.pop(name))


def later(name: str, by_s: int) -> Lies:
    return Lies(claims=lambda claims: claims.update({name: claims[name] + by_s}))


LIES: dict[str, Callable[[], Lies]] = {
    "another nonce": lambda: changes("nonce", "another"),
    "no nonce": lambda: without("nonce"),
    "another audience": lambda: changes("aud", "another-client"),
    "our audience among others, not authorised party": lambda: changes("aud", [CLIENT_ID, "another-client"]),
    "another authorised party": lambda: changes("azp", "another-client"),
    "no audience": lambda: without("aud"),
    "another issuer": lambda: changes("iss", "https://evil.example.org"),
    "no issuer": lambda: without("iss"),
    "expired": lambda: later("exp", -3600),
    "never expires": lambda: without("exp"),
    "issued in the future": lambda: later("iat", 3600),
    "issued long ago": lambda: later("iat", -3600),
    "not yet valid": lambda: Lies(claims=lambda claims: claims.update(nbf=claims["iat"] + 3600)),
    "no subject": lambda: without("sub"),
    "signed by another key": lambda: Lies(key=new_key()),
    "not signed": lambda: Lies(unsigned=True),
    "another access token's hash": lambda: changes("at_hash", "AAAAAAAAAAAAAAAAAAAAAA"),
    "no token at all": lambda: Lies(answer=lambda answer: answer.pop("id_token")),
    "something else for a token": lambda: Lies(answer=lambda answer: answer.update(id_token="e30.e30.e30")),
    "an address that is not verified": lambda: changes("email_verified", False),
    "an address of which nothing is said": lambda: without("email_verified"),
    "an address that is none": lambda: changes("email", ["claire@example.org"]),
    "nobody's address": lambda: changes("email", "nobody@example.org"),
    "an inactive user's address": lambda: changes("email", "bob@example.org"),
    "an empty address": lambda: changes("email", ""),
}


@pytest.mark.parametrize("lie", LIES)
async def test_a_lie_opens_nothing(console: GuardedConsole, provider: OidcProvider, lie: str):
    provider.lies = LIES[lie]()
    async with console.stranger() as client:
        answer = await whole_way(client)
        assert answer.status_code in (403, 502)
        assert "voicebot=" not in answer.headers.get("set-cookie", "").replace("voicebot-provider=", "")
        assert (await client.get("/account")).status_code == 401
    assert await refusals(console) in (["provider"], ["inactive"])
    provider.lies = Lies()
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 303


async def test_a_token_made_with_the_public_key_as_a_secret_is_refused(console: GuardedConsole, provider: OidcProvider):
    from joserfc.jwk import OctKey

    public = provider.key.as_pem(private=False)
    provider.lies = Lies(key=OctKey.import_key(b"k" + public.replace(b"-----", b"")), algorithm="HS256")  # type: ignore[arg-type]
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 502


async def test_what_comes_back_twice_is_refused(console: GuardedConsole, provider: OidcProvider):
    async with console.stranger() as client:
        away = await leave(client)
        cookie = {"Cookie": "; ".join(f"{name}={value}" for name, value in client.cookies.items())}
        back = await at_provider(away)
        code = provider.codes[parse_qs(urlsplit(back).query)["code"][0]]
        assert (await come_back(client, back)).status_code == 303
    async with console.stranger() as thief:
        # Even a provider that takes a code twice does not sign in twice: the state is used up.
        provider.codes[parse_qs(urlsplit(back).query)["code"][0]] = code
        answer = await thief.get(back, headers=cookie | {"Origin": console.origin})
        assert answer.status_code == 403
        assert (await thief.get("/account")).status_code == 401
    assert await refusals(console) == ["used"]


async def test_what_another_browser_began_is_refused(console: GuardedConsole):
    async with console.stranger() as attacker, console.stranger() as victim:
        back = await at_provider(await leave(attacker))
        without_cookie = await come_back(victim, back)
        assert without_cookie.status_code == 403
        victim.headers["Origin"] = console.origin
        await leave(victim)
        with_own_cookie = await come_back(victim, back)
        assert with_own_cookie.status_code == 403
        assert (await victim.get("/account")).status_code == 401
    assert await refusals(console) == ["wrong", "wrong"]


@pytest.mark.parametrize(
    "change", ["state=x", "iss=https%3A%2F%2Fevil.example.org", "code=", "error=access_denied", "code=x"]
)
async def test_an_answer_that_was_changed_is_refused(console: GuardedConsole, change: str):
    async with console.stranger() as client:
        back = await at_provider(await leave(client))
        name = change.partition("=")[0]
        kept = [part for part in urlsplit(back).query.split("&") if not part.startswith(f"{name}=")]
        changed = f"{back.partition('?')[0]}?{'&'.join([*kept, change])}"
        assert (await come_back(client, changed)).status_code in (403, 502)
        assert (await client.get("/account")).status_code == 401


async def test_who_says_no_at_the_provider_may_try_again(console: GuardedConsole, provider: OidcProvider):
    provider.refuses = True
    async with console.stranger() as client:
        answer = await whole_way(client)
        assert answer.status_code == 502
        assert "n’a pas abouti" in answer.text
    provider.refuses = False
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 303


async def test_new_keys_of_the_provider_are_learnt(console: GuardedConsole, provider: OidcProvider):
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 303
    provider.key = new_key()
    async with console.stranger() as client:
        assert (await whole_way(client)).status_code == 303
    assert provider.asked.count("/keys") == 2


@pytest.mark.parametrize(
    "lie",
    [
        lambda described: described.update(issuer="https://evil.example.org"),
        lambda described: described.pop("jwks_uri"),
        lambda described: described.update(token_endpoint="http://evil.example.org/token"),
    ],
)
async def test_a_description_that_is_not_its_own_is_not_followed(console: GuardedConsole, provider: OidcProvider, lie: Any):
    provider.lies = Lies(described=lie)
    async with console.stranger() as client:
        assert (await client.get("/sign-in/provider")).status_code == 502


async def test_two_users_with_one_address_cannot_sign_in_as_each_other(console: GuardedConsole):
    from voicebot.errors import UserRefused

    with pytest.raises(UserRefused):
        await console.door.users.add(replace(CLAIRE, id="claire.autre", email="claire@EXAMPLE.org"))


async def test_without_a_provider_there_is_no_such_way(tmp_path: Path):
    async with guarded_console(tmp_path, (CLAIRE,)) as console, console.stranger() as client:
        assert (await client.get("/sign-in/provider")).status_code == 404
        assert (await client.get("/sign-in/provider/return?state=a&code=b")).status_code == 404
        assert "sign-in/provider" not in (await client.get("/sign-in")).text


def test_a_provider_set_up_by_half_is_said_at_once(tmp_path: Path):
    for wrong in (
        {"oidc_issuer": "https://login.example.org"},
        {"oidc_issuer": "http://login.example.org", "oidc_client_id": "a"},
    ):
        with pytest.raises(SettingsError):
            Provider(Settings(data_dir=tmp_path, **wrong), lambda: None)  # type: ignore[arg-type, return-value]


def test_what_is_derived_from_one_secret_tells_nothing_of_it():
    parts = {derived("secret", purpose) for purpose in ("state", "nonce", "verifier")} | {derived("other", "state")}
    assert len(parts) == 4
    assert all(43 <= len(part) <= 128 for part in parts)
