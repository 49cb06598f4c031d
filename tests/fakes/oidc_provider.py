"""An OpenID Connect provider on loopback: discovery, authorization code with PKCE, signed ID tokens, keys that change.

It keeps to OpenID Connect Core 1.0 and RFC 7636 as a real one does: a code is for one client, one redirect address and one
verifier, and is taken once. `lies` makes it issue tokens that a careful client must refuse.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI, Request
from joserfc import jwt
from joserfc.jwk import RSAKey
from starlette.responses import JSONResponse, RedirectResponse, Response

CLIENT_ID, CLIENT_SECRET = "voicebot-console", "a secret of the client"


def new_key() -> RSAKey:
    return RSAKey.generate_key(2048, {"kid": secrets.token_hex(4), "use": "sig", "alg": "RS256"})


@dataclass
class Code:
    redirect_uri: str
    nonce: str
    challenge: str


@dataclass
class Lies:
    """claims: changes the ID token's claims. key: signs with another key. header: of the token. answer: of the token end.

    described: changes the discovery document.
    """

    claims: Callable[[dict[str, Any]], None] = lambda _claims: None
    key: RSAKey | None = None
    algorithm: str = "RS256"
    unsigned: bool = False
    answer: Callable[[dict[str, Any]], None] = lambda _answer: None
    described: Callable[[dict[str, Any]], None] = lambda _described: None


@dataclass
class OidcProvider:
    """issuer: its address. email, email_verified: of who is signed in there. asked: paths of requests, in order."""

    issuer: str = ""
    email: str = "claire@example.org"
    email_verified: Any = True
    email_in_token: bool = True
    subject: str = "4f1c"
    key: RSAKey = field(default_factory=new_key)
    lies: Lies = field(default_factory=Lies)
    codes: dict[str, Code] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    refuses: bool = False

    def describe(self) -> Response:
        described = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "userinfo_endpoint": f"{self.issuer}/userinfo",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
        self.lies.described(described)
        return JSONResponse(described)

    def authorize(self, asked: dict[str, str]) -> Response:
        """Whoever comes is signed in here already, as `email`."""
        wanted = ("response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "code_challenge")
        missing = [name for name in wanted if not asked.get(name)]
        if missing or asked["response_type"] != "code" or asked["client_id"] != CLIENT_ID:
            return JSONResponse({"error": "invalid_request", "missing": missing}, 400)
        if "openid" not in asked["scope"].split() or asked.get("code_challenge_method") != "S256":
            return JSONResponse({"error": "invalid_request"}, 400)
        back = {"state": asked["state"], "iss": self.issuer}
        if self.refuses:
            back["error"] = "access_denied"
        else:
            code = secrets.token_urlsafe(16)
            self.codes[code] = Code(asked["redirect_uri"], asked["nonce"], asked["code_challenge"])
            back["code"] = code
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 303)

    def token(self, form: dict[str, str], authorization: str) -> Response:
        name_and_secret = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET.replace(' ', '+')}".encode()).decode()
        plain = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if authorization not in (f"Basic {name_and_secret}", f"Basic {plain}"):
            return JSONResponse({"error": "invalid_client"}, 401)
        code = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        good = code is not None and code.redirect_uri == form.get("redirect_uri") and code.challenge == challenge
        if form.get("grant_type") != "authorization_code" or not good or code is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        answer = {"access_token": "opaque", "token_type": "Bearer", "expires_in": 300, "id_token": self._id_token(code)}
        self.lies.answer(answer)
        return JSONResponse(answer, headers={"Cache-Control": "no-store"})

    def _id_token(self, code: Code) -> str:
        now = int(time.time())
        claims: dict[str, Any] = {"iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300}
        claims["nonce"] = code.nonce
        if self.email_in_token:
            claims |= {"email": self.email, "email_verified": self.email_verified}
        self.lies.claims(claims)
        key = self.lies.key or self.key
        if self.lies.unsigned:
            parts = (b'{"alg":"none"}', jwt.json.dumps(claims).encode(), b"")  # type: ignore[attr-defined]
            return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)
        return jwt.encode({"alg": self.lies.algorithm, "kid": self.key.kid}, claims, key, algorithms=[self.lies.algorithm])

    def user_info(self, authorization: str) -> Response:
        if authorization != "Bearer opaque":
            return JSONResponse({"error": "invalid_token"}, 401)
        return JSONResponse({"sub": self.subject, "email": self.email, "email_verified": self.email_verified})


@asynccontextmanager
async def running_provider() -> AsyncIterator[OidcProvider]:
    provider, app = OidcProvider(), FastAPI()

    @app.middleware("http")
    async def note(request: Request, call_next: Any) -> Response:
        provider.asked.append(request.url.path)
        return await call_next(request)

    @app.get("/.well-known/openid-configuration")
    async def describe() -> Response:
        return provider.describe()

    @app.get("/authorize")
    async def authorize(request: Request) -> Response:
        return provider.authorize(dict(request.query_params))

    @app.post("/token")
    async def token(request: Request) -> Response:
        form = {name: str(value) for name, value in (await request.form()).items()}
        return provider.token(form, request.headers.get("authorization", ""))

    @app.get("/keys")
    async def keys() -> Response:
        return JSONResponse({"keys": [provider.key.as_dict(private=False)]})

    @app.get("/userinfo")
    async def user_info(request: Request) -> Response:
        return provider.user_info(request.headers.get("authorization", ""))

    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    serving = asyncio.create_task(server.serve())
    try:
        while not server.started:  # noqa: ASYNC110 - uvicorn offers no event to wait for
            await asyncio.sleep(0.01)
        provider.issuer = f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
        yield provider
    finally:
        server.should_exit = True
        await serving
