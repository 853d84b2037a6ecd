"""Sign-in providers of the tests' own: an OpenID issuer that can lie, Yandex and VK as documented.

Whoever comes is `person` and agrees at once. Codes are good once, for the address and the PKCE
challenge that they were asked for with.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from host.entrances import ProviderSettings
from tests.servers.process import free_port

CLIENT, SECRET = "festoon-tests", "invented"
Handler = Callable[[Request], Awaitable[Response]]


class Providers:
    """One server for the three: `/openid`, `/yandex` and `/vk`.

    `claims` change what the id token says (None leaves a claim out), `answers` take the place of
    what a path answers, `asked` are the paths in the order in which they were asked for, and
    `sent` is the last form of each.
    """

    def __init__(self) -> None:
        self.port = free_port()
        self.person: dict[str, Any] = {"id": "1"}
        self.claims: dict[str, Any] = {}
        self.answers: dict[str, Handler] = {}
        self.asked: list[str] = []
        self.sent: dict[str, dict[str, str]] = {}
        self.key = RSAKey.generate_key(2048, {"kid": "first"})
        self.published = [self.key]
        self._codes: dict[str, dict[str, Any]] = {}
        self._tokens: dict[str, dict[str, Any]] = {}
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def settings(self, kind: str, **more: Any) -> ProviderSettings:
        """What a deployment writes down for one of the three."""
        where = {"issuer": f"{self.url}/openid"} if kind == "openid" else {}
        url = "" if kind == "openid" else f"{self.url}/{kind}"
        values = {"id": kind if kind != "openid" else "acme", "kind": kind, "url": url, **where}
        return ProviderSettings(client_id=CLIENT, client_secret=SECRET, **{**values, **more})

    def start(self) -> None:
        """Serves until `stop`."""
        routes = [
            Route("/openid/.well-known/openid-configuration", self._configuration),
            Route("/openid/jwks", self._keys),
            Route("/openid/authorize", self._authorize),
            Route("/openid/token", self._openid_token, methods=["POST"]),
            Route("/openid/userinfo", self._openid_person),
            Route("/yandex/authorize", self._authorize),
            Route("/yandex/token", self._yandex_token, methods=["POST"]),
            Route("/yandex/info", self._yandex_person),
            Route("/vk/authorize", self._authorize),
            Route("/vk/oauth2/auth", self._vk_token, methods=["POST"]),
            Route("/vk/oauth2/user_info", self._vk_person, methods=["POST"]),
        ]
        for route in routes:
            route.endpoint = self._noting(route.path, route.endpoint)
        served = Starlette(
            routes=[Route(r.path, r.endpoint, methods=list(r.methods or ())) for r in routes]
        )
        config = uvicorn.Config(served, port=self.port, log_config=None, lifespan="off")
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 30
        while not self._server.started:
            assert time.monotonic() < deadline, "the providers do not start"
            time.sleep(0.01)

    def stop(self) -> None:
        """Serves no more."""
        if self._server is not None and self._thread is not None:
            self._server.should_exit = True
            self._thread.join(30)

    def forget(self) -> None:
        """As new, for the next test; the keys stay."""
        self.person, self.claims, self.answers = {"id": "1"}, {}, {}
        self.asked.clear()
        self.sent.clear()

    def _noting(self, path: str, handler: Handler) -> Handler:
        async def noted(request: Request) -> Response:
            self.asked.append(path)
            if request.method == "POST":
                form = await request.form()
                self.sent[path] = {name: str(value) for name, value in form.items()}
            return await self.answers.get(path, handler)(request)

        return noted

    # what the three have in common

    async def _authorize(self, request: Request) -> Response:
        asked = dict(request.query_params)
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code, device = secrets.token_hex(8), secrets.token_hex(8)
        self._codes[code] = {**asked, "person": dict(self.person), "device_id": device}
        back = {"code": code, "state": asked["state"]}
        if request.url.path.startswith("/vk"):
            back |= {"device_id": device, "type": "code_v2"}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(back)}", 302)

    def _good(self, request: Request, **must: str) -> dict[str, Any] | None:
        """What a code was asked for with, if all that came with it is right."""
        sent = self.sent[request.url.path]
        asked = self._codes.pop(sent.get("code", ""), None)
        if asked is None or sent.get("grant_type") != "authorization_code":
            return None
        digest = hashlib.sha256(sent.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        right = {
            "client_id": asked["client_id"],
            "redirect_uri": asked["redirect_uri"],
            **{name: asked[name] if value == "as asked" else value for name, value in must.items()},
        }
        same = all(sent.get(name) == value for name, value in right.items())
        return asked if same and challenge == asked["code_challenge"] else None

    def _token(self, asked: dict[str, Any]) -> str:
        token = secrets.token_hex(8)
        self._tokens[token] = asked
        return token

    def _whose(self, token: str) -> dict[str, Any]:
        found: dict[str, Any] = self._tokens[token]["person"]
        return found

    # OpenID Connect

    async def _configuration(self, request: Request) -> Response:
        base = f"{self.url}/openid"
        return JSONResponse(
            {
                "issuer": base,
                "authorization_endpoint": f"{base}/authorize",
                "token_endpoint": f"{base}/token",
                "jwks_uri": f"{base}/jwks",
                "userinfo_endpoint": f"{base}/userinfo",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            }
        )

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(KeySet(list(self.published)).as_dict(private=False))

    async def _openid_token(self, request: Request) -> Response:
        asked = self._good(request, client_secret=SECRET)
        if asked is None:
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/openid",
            "aud": CLIENT,
            "sub": asked["person"]["id"],
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **self.claims,
        }
        told = {name: value for name, value in claims.items() if value is not None}
        header = {"alg": "RS256", "kid": self.key.kid}
        signed = jwt.encode(header, told, self.key, algorithms=["RS256"])
        token = {"access_token": self._token(asked), "token_type": "Bearer", "id_token": signed}
        return JSONResponse(token)

    async def _openid_person(self, request: Request) -> Response:
        person = self._whose(request.headers["authorization"].removeprefix("Bearer "))
        more = {name: value for name, value in person.items() if name != "id"}
        return JSONResponse({"sub": person["id"], **more})

    # Yandex: https://yandex.com/dev/id/doc/en/codes/code-url, …/user-information

    async def _yandex_token(self, request: Request) -> Response:
        asked = self._good(request, client_secret=SECRET)
        if asked is None:
            answer = {"error": "invalid_grant", "error_description": "Code has expired"}
            return JSONResponse(answer, 400)
        token = {"access_token": self._token(asked), "token_type": "bearer", "expires_in": 1}
        return JSONResponse(token)

    async def _yandex_person(self, request: Request) -> Response:
        token = request.headers["authorization"].removeprefix("OAuth ")
        return JSONResponse({"client_id": CLIENT, **self._whose(token)})

    # VK ID: https://id.vk.com/about/business/go/docs, OAuth 2.1

    async def _vk_token(self, request: Request) -> Response:
        asked = self._good(request, device_id="as asked", state="as asked")
        if asked is None:
            # VK's errors come with 200.
            answer = {"error": "invalid_grant", "error_description": "code is expired or wrong"}
            return JSONResponse(answer)
        return JSONResponse(
            {
                "access_token": self._token(asked),
                "token_type": "Bearer",
                "expires_in": 3600,
                "user_id": int(asked["person"]["id"]),
                "state": asked["state"],
                "scope": "vkid.personal_info email",
            }
        )

    async def _vk_person(self, request: Request) -> Response:
        sent = self.sent[request.url.path]
        assert sent["client_id"] == CLIENT
        person = self._whose(sent["access_token"])
        more = {name: value for name, value in person.items() if name != "id"}
        return JSONResponse({"user": {"user_id": person["id"], **more}})


async def never(request: Request) -> Response:
    """An answer that does not come while anybody waits for it."""
    while (await request.receive())["type"] != "http.disconnect":
        pass
    return Response()
