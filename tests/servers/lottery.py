"""A lottery as a service of its own: it does as its settings in the room say, well or badly.

Run as a program it is that service: `python lottery.py PORT`, with its secrets, one a line, on
standard input. It knows nothing of the host but the contract.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

NAME = "far-lottery"
CAPABILITIES = ("winnerSelection", "participantRegistration", "prizeFund", "roomSettings")
LARGE = 50_000_000

WHOLE = {
    "500": (500, "application/json", b'{"error": "broken"}'),
    "204": (204, "application/json", b""),
    "HTML": (200, "text/html", b"<h1>It works!</h1>"),
    "HTML that says it is JSON": (200, "application/json", b"<h1>It works!</h1>"),
    "no envelope": (200, "application/json", b'{"winners": []}'),
}
BROKEN = {
    "dies in mid-answer": (("Content-Length", "1000"), b'{"data": {"winners": ['),
    "packed": (("Content-Encoding", "gzip"), b""),
}


def manifest(port: int, **changes: Any) -> dict[str, Any]:
    """What the service is registered by, on this loopback port."""
    return {
        "id": NAME,
        "meta": {"name": "Far lottery", "version": "1.0.0", "description": "Draws elsewhere."},
        "baseUrl": f"http://127.0.0.1:{port}",
        "capabilities": list(CAPABILITIES),
        "permissions": [],
        "webhooks": dict.fromkeys(CAPABILITIES, "/hooks"),
        "settings": {
            "type": "object",
            "additionalProperties": False,
            "properties": {
                "draw": {"type": "string", "default": "well"},
                "register": {"type": "string", "default": "well"},
                "panel": {"type": "string", "default": "/settings?room=1"},
                "fund": {"type": "array", "items": {"type": "object"}, "default": []},
            },
        },
        **changes,
    }


def post_office(port: int) -> dict[str, Any]:
    """The same program as a service that delivers notifications, in three tries."""
    return manifest(
        port,
        id="far-post",
        capabilities=["notifications"],
        webhooks={"notifications": {"path": "/hooks", "async": True, "retry": 2}},
        settings={
            "type": "object",
            "additionalProperties": False,
            "properties": {"takes": {"type": "integer", "default": 1}},
        },
    )


def _judged(accept: bool, reason: str) -> dict[str, Any]:
    return {"accept": True} if accept else {"accept": False, "reason": reason}


def _picked(entrants: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "winners": [{"participantId": one["id"], "metadata": {"drawnBy": NAME}} for one in entrants]
    }


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    webhooks: Sequence[Webhook] = ()
    heard: list[dict[str, Any]] = []  # noqa: RUF012 - one service a process

    def do_GET(self) -> None:
        """What was heard so far."""
        self._json({"data": self.heard})

    def do_POST(self) -> None:
        """One call."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        call = self._verified(body)
        if call is None:
            return self._json({"error": "who are you?"}, 401)
        self.heard.append({**dict(self.headers), **call, "port": self.client_address[1]})
        hook = call["hook"]
        if hook == "select_winner":
            return self._draw(call, call["settings"]["draw"])
        if hook == "register_participant":
            return self._register(call, call["settings"]["register"])
        data = self._plain(hook, call)
        if data is not None:
            return self._json({"data": data})
        if hook == "notify":
            return self._notify(call)
        return self._json({"error": "what?"}, 404)

    def _verified(self, body: bytes) -> dict[str, Any] | None:
        for webhook in self.webhooks:
            try:
                call: dict[str, Any] = webhook.verify(body, dict(self.headers))
            except WebhookVerificationError:
                continue
            return call
        return None

    def _plain(self, hook: str, call: dict[str, Any]) -> Any:
        """What has no moods."""
        settings = call["settings"]
        match hook:
            case "registration_form":
                return {"type": "object", "properties": {"hat": {"type": "boolean"}}}
            case "prize_fund":
                return {"prizes": settings["fund"]}
            case "settings_panel":
                return {"title": "The far drum", "url": settings["panel"]}
            case "check_prize":
                return _judged(call["prize"]["name"] != "Bomb", "No bombs.")
            case "check_settings":
                return _judged(settings["draw"] != "by hand", "Drums turn by themselves.")
        return None

    def _notify(self, call: dict[str, Any]) -> None:
        """Takes a notification when it comes for the `settings.takes`-th time."""
        ids = [one["webhook-id"] for one in self.heard]
        if ids.count(self.headers["webhook-id"]) < call["settings"]["takes"]:
            return self._json({"error": "not now"}, 503)
        return self._json({"data": {"delivered": True}})

    def _register(self, call: dict[str, Any], mood: str) -> None:
        if mood == "well":
            name = call["person"]["name"]
            return self._json({"data": {"accept": True, "metadata": {"greeted": name}}})
        if mood == "no":
            return self._json({"data": {"accept": False, "reason": "Only those with a hat"}})
        return self._odd(mood)

    def _draw(self, call: dict[str, Any], mood: str) -> None:
        entrants, count = call["entrants"], call["count"]
        answers: dict[str, Any] = {
            "well": _picked(entrants[-count:]),
            "no": {"accept": False, "reason": "The drum is not filled yet"},
            "a stranger": {"winners": [{"participantId": "someone-else"}] * count},
            "the same twice": _picked([entrants[0], entrants[0]]),
            "too few": {"winners": []},
            "NUL": {"winners": [{"participantId": entrants[0]["id"], "metadata": {"a": "\0"}}]},
            "no list": {"winners": entrants[0]["id"]},
            "no data": None,
            "a reason that is none": {"accept": False, "reason": 7},
        }
        if mood in answers:
            return self._json({"data": answers[mood]})
        return self._odd(mood)

    def _odd(self, mood: str) -> None:
        """Answers badly; the connection ends."""
        match mood:
            case "hangs":
                time.sleep(30)
            case "50 MB":
                self._send(200, "application/json", b" " * LARGE)
            case "50 MB in pieces":
                self._head(200, "application/json", ("Transfer-Encoding", "chunked"))
                for _ in range(LARGE // 65536):
                    self.wfile.write(b"10000\r\n" + b" " * 65536 + b"\r\n")
            case "drips":
                self._head(200, "application/json", ("Content-Length", "100"))
                for _ in range(100):
                    self.wfile.write(b" ")
                    time.sleep(0.1)
            case "a redirect":
                where = f"http://127.0.0.1:{sys.argv[1]}/elsewhere"
                location = ("Location", where)
                self._head(307, "application/json", location, ("Content-Length", "0"))
            case _ if mood in WHOLE:
                self._send(*WHOLE[mood])
            case _ if mood in BROKEN:
                header, body = BROKEN[mood]
                self._head(200, "application/json", header)
                self.wfile.write(body)
        self.close_connection = True

    def _json(self, body: Any, status: int = 200) -> None:
        self._send(status, "application/json", json.dumps(body).encode())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self._head(status, kind, ("Content-Length", str(len(body))))
        self.wfile.write(body)

    def _head(self, status: int, kind: str, *headers: tuple[str, str]) -> None:
        self.send_response(status)
        for name, value in (("Content-Type", kind), *headers):
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        """Says nothing of each call."""


class _Service(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up on an answer is no error here."""


class Lottery:
    """The service as a program of its own; `start` and `kill` as often as one likes."""

    def __init__(self, port: int, *secrets: str, host: str = "127.0.0.1") -> None:
        self.port = port
        self.secrets = secrets
        self._host = host
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Starts it and comes back when it serves."""
        command = [sys.executable, str(Path(__file__)), str(self.port), self._host]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write("\n".join(self.secrets) + "\n")
        self._process.stdin.close()
        assert self._process.stdout.readline() == "ready\n"

    def kill(self) -> None:
        """Ends it at once."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None


def main() -> None:
    """Serves until it is killed."""
    _Handler.webhooks = [Webhook(line.strip()) for line in sys.stdin if line.strip()]
    host = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
    service = _Service((host, int(sys.argv[1])), _Handler)
    print("ready", flush=True)
    service.serve_forever()


if __name__ == "__main__":
    main()
