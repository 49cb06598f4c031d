"""Sign-in by an OpenID Connect provider: authorization code with PKCE, state and nonce; the ID token verified to the letter.

Nothing is kept of a sign-in that was begun: state, nonce and code verifier are derived from one secret in a cookie of ten
minutes, so that strangers who begin sign-ins fill no memory. Sources: OpenID Connect Core 1.0 (3.1.2, 3.1.3.7),
Discovery 1.0, RFC 7636 (PKCE), RFC 9207 (iss in the answer), RFC 9700 (best practice).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import httpx2
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.httpx_client import AsyncOAuth2Client
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import InvalidKeyIdError, JoseError
from joserfc.jwk import KeySet

from voicebot.errors import SettingsError, SignInRefused
from voicebot.settings import Settings

LASTS = timedelta(minutes=10)
"""From leaving for the provider to coming back."""
_ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
_KNOWN_FOR = timedelta(hours=1)
_TIMEOUT_S = 8.0
_LEEWAY_S = 60
"""Between the provider's clock and ours."""
_LARGEST = 1_000_000
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class Provider:
    """One OpenID Connect provider. clock: aware."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._issuer = settings.oidc_issuer
        self._client_id = settings.oidc_client_id
        self._client_secret = settings.oidc_client_secret.get_secret_value() if settings.oidc_client_secret else None
        self._clock = clock
        self._described: tuple[datetime, dict[str, Any]] | None = None
        self._keys: tuple[datetime, KeySet] | None = None
        if self._issuer and not self._client_id:
            raise SettingsError("VOICEBOT_OIDC_CLIENT_ID is not set.", "Set it, or leave VOICEBOT_OIDC_ISSUER empty.")
        if self._issuer and not _is_safe(self._issuer):
            raise SettingsError("VOICEBOT_OIDC_ISSUER is not an https address.", "Write it as the provider shows it.")

    @property
    def configured(self) -> bool:
        return bool(self._issuer)

    async def leave_for(self, secret: str, return_to: str) -> str:
        """The provider's address where this browser goes. Raises: SignInRefused (provider)."""
        try:
            described = await self._description()
            async with self._client(described, return_to) as client:
                url, _ = client.create_authorization_url(
                    described["authorization_endpoint"],
                    state=derived(secret, "state"),
                    nonce=derived(secret, "nonce"),
                    code_verifier=derived(secret, "verifier"),
                )
        except (httpx2.HTTPError, AuthlibBaseError, KeyError, ValueError) as wrong:
            raise _refused(wrong) from wrong
        return url

    async def came_back(self, secret: str, answer: Mapping[str, str], return_to: str) -> str:
        """Returns: the verified e-mail address of who signed in there.

        Args:
            secret: of the cookie with which this browser left. answer: what the provider says in the address.

        Raises: SignInRefused (wrong: not begun by this browser; provider: everything that is not as it must be).
        """
        if not secret or not hmac.compare_digest(derived(secret, "state"), answer.get("state", "")):
            raise SignInRefused("wrong", "The sign-in was not begun in this browser, or long ago.", "Begin again.")
        if answer.get("iss", self._issuer) != self._issuer:
            raise SignInRefused("provider", "The answer is of another provider.")
        if "error" in answer or not answer.get("code"):
            raise SignInRefused("provider", "The provider did not sign anybody in.")
        try:
            described = await self._description()
            async with self._client(described, return_to) as client:
                token = await client.fetch_token(
                    described["token_endpoint"], code=answer["code"], code_verifier=derived(secret, "verifier")
                )
                claims = await self._verified(described, token, derived(secret, "nonce"))
                if "email" not in claims:
                    claims = await self._user_info(described, token, claims["sub"])
        except (httpx2.HTTPError, AuthlibBaseError, JoseError, KeyError, ValueError, TypeError) as wrong:
            raise _refused(wrong) from wrong
        if claims.get("email_verified") not in (True, "true") or not isinstance(claims.get("email"), str):
            raise SignInRefused("provider", "The provider does not vouch for an e-mail address.")
        return claims["email"]

    async def _verified(self, described: dict[str, Any], token: Mapping[str, Any], nonce: str) -> dict[str, Any]:
        signed = token["id_token"]
        try:
            read = jwt.decode(signed, await self._key_set(described), algorithms=_ALGORITHMS)
        except (InvalidKeyIdError, ValueError):
            # The provider has changed its keys since we read them.
            self._keys = None
            read = jwt.decode(signed, await self._key_set(described), algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            read.claims,
            read.header,
            {"iss": {"essential": True, "value": self._issuer}, "aud": {"essential": True, "value": self._client_id}},
            {"nonce": nonce, "client_id": self._client_id, "access_token": token.get("access_token")},
        )
        now = int(self._clock().timestamp())
        claims.validate(now=now, leeway=_LEEWAY_S)
        if claims["iat"] < now - LASTS.total_seconds() - _LEEWAY_S:
            raise ValueError("the ID token is older than the sign-in")
        return dict(claims)

    async def _user_info(self, described: dict[str, Any], token: Mapping[str, Any], subject: str) -> dict[str, Any]:
        bearer = {"Authorization": f"Bearer {token['access_token']}"}
        told = await _read(described["userinfo_endpoint"], bearer)
        if told.get("sub") != subject:
            raise ValueError("userinfo tells of somebody else")
        return told

    async def _description(self) -> dict[str, Any]:
        if self._described and self._clock() - self._described[0] < _KNOWN_FOR:
            return self._described[1]
        described = await _read(f"{self._issuer.rstrip('/')}/.well-known/openid-configuration")
        if described.get("issuer") != self._issuer:
            raise ValueError("the discovery document is of another issuer")
        ends = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if not all(isinstance(described.get(end), str) and _is_safe(described[end]) for end in ends):
            raise ValueError("an endpoint is missing or not https")
        self._described = (self._clock(), described)
        return described

    async def _key_set(self, described: dict[str, Any]) -> KeySet:
        if self._keys is None or self._clock() - self._keys[0] > _KNOWN_FOR:
            self._keys = (self._clock(), KeySet.import_key_set(await _read(described["jwks_uri"])))  # type: ignore[arg-type]
        return self._keys[1]

    def _client(self, described: dict[str, Any], return_to: str) -> Any:
        # Any: type checkers do not see through authlib to the httpx2 client that it is.
        ways = described.get("token_endpoint_auth_methods_supported", ["client_secret_basic"])
        secret_way = "client_secret_basic" if "client_secret_basic" in ways else "client_secret_post"
        return AsyncOAuth2Client(
            self._client_id,
            self._client_secret,
            token_endpoint_auth_method=secret_way if self._client_secret else "none",
            scope="openid email",
            redirect_uri=return_to,
            code_challenge_method="S256",
            **_reached(described["token_endpoint"]),
        )


def derived(secret: str, purpose: str) -> str:
    """43 characters of base64url that tell nothing of the secret, nor of what else is derived from it."""
    digest = hmac.digest(secret.encode(), purpose.encode(), hashlib.sha256)
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


async def _read(url: str, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    async with httpx2.AsyncClient(**_reached(url)) as client:
        answer = await client.get(url, headers=headers)
    answer.raise_for_status()
    if answer.status_code != 200 or len(answer.content) > _LARGEST:
        raise ValueError("the provider's answer is not a document")
    read = answer.json()
    if not isinstance(read, dict):
        raise TypeError("the provider's answer is not an object")
    return read


def _reached(url: str) -> dict[str, Any]:
    # No redirects: what is fetched is what the discovery document names. This machine is reached without its proxy.
    return {"timeout": _TIMEOUT_S, "follow_redirects": False, "trust_env": urlsplit(url).hostname not in _LOOPBACK}


def _is_safe(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)


def _refused(wrong: Exception) -> SignInRefused:
    return SignInRefused("provider", f"The provider's sign-in cannot be used ({type(wrong).__name__}).", "Try again.")
