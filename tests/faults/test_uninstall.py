"""`pip uninstall` of an application: the host goes on, its rooms say what is missing, and come
back with it.
"""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.faults.environment import Environment, wheel_of
from tests.faults.quizzing import QUESTION, play
from tests.servers.festoon import Festoon

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

PASSWORD = "correct horse battery"


class Installed(Festoon):
    """`festoon serve` of an environment of its own."""

    def __init__(self, environment: Environment, folder: Path, values: dict[str, str]) -> None:
        super().__init__(folder, values)
        self.python = str(environment.python)


class Caller:
    """Someone at the server; answers are `(status, body)`."""

    def __init__(self, url: str, token: str | None = None) -> None:
        self._url = url
        self.token = token
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def call(self, method: str, path: str, body: Any = None) -> tuple[int, dict[str, Any]]:
        """A call below `/api/v1`."""
        answer = httpx.request(
            method, f"{self._url}/api/v1{path}", json=body, headers=self._headers, timeout=30
        )
        return answer.status_code, answer.json()

    def data(self, method: str, path: str, body: Any = None) -> Any:
        """The `data` of a call that must pass."""
        status, answer = self.call(method, path, body)
        assert status < 300, answer
        return answer["data"]

    def page(self, path: str) -> str:
        """The words of a page."""
        answer = httpx.get(f"{self._url}{path}", headers=self._headers, timeout=30)
        assert answer.status_code == 200, answer.text
        return " ".join(re.sub(r"<[^>]*>", " ", answer.text).split())


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The lottery as it would be published."""
    return wheel_of("lottery", tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def quiz(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The quiz as it would be published."""
    return wheel_of("quiz", tmp_path_factory.mktemp("quiz"))


@pytest.fixture
def environment(tmp_path: Path) -> Environment:
    return Environment(tmp_path / "environment")


@pytest.fixture
def server(environment: Environment, tmp_path: Path, sqlite_url: str) -> Iterator[Installed]:
    folder = tmp_path / "server"
    folder.mkdir()
    server = Installed(environment, folder, {"DATABASE_URL": sqlite_url})
    yield server
    server.kill()


def _sign_in(server: Festoon, email: str) -> Caller:
    body = {"email": email, "password": PASSWORD}
    signed_in = Caller(server.url).data("POST", "/auth/login", body)
    return Caller(server.url, signed_in["accessToken"])


def _guest(server: Festoon, name: str) -> Caller:
    signed_in = Caller(server.url).data("POST", "/auth/guest", {"name": name})
    return Caller(server.url, signed_in["accessToken"])


def _join(people: Sequence[Caller], room: dict[str, Any]) -> None:
    for person in people:
        person.data("POST", f"/rooms/{room['id']}/participants", {"joinCode": room["joinCode"]})


def _states(server: Festoon) -> dict[str, str]:
    answer = httpx.get(f"{server.url}/readyz", timeout=30)
    assert answer.status_code == 200
    return {app: it["state"] for app, it in answer.json()["applications"].items()}


def test_rooms_outlive_the_application_that_they_were_made_with(
    environment: Environment, server: Installed, wheel: Path, quiz: Path
) -> None:
    environment.pip("install", "--no-index", "--no-deps", wheel)
    server.run("migrate")
    server.run("user", "create", "--email", "ada@example.com", "--password", PASSWORD, "--admin")
    server.start()
    assert _states(server) == {"lottery": "ACTIVE", "platform": "ACTIVE"}
    account = {"email": "olga@example.com", "password": PASSWORD, "name": "Olga"}
    Caller(server.url).data("POST", "/auth/register", account)
    olga = _sign_in(server, "olga@example.com")
    room = olga.data("POST", "/rooms", {"name": "New Year", "appId": "lottery"})
    base = f"/rooms/{room['id']}"
    olga.data("PATCH", base, {"status": "ACTIVE"})
    olga.data("POST", f"{base}/prizes", {"name": "Sledge", "quantity": 3})
    _join([_guest(server, name) for name in ("Ann", "Bob", "Cy")], room)
    (first,) = olga.data("POST", f"{base}/draws")
    assert "does not work" not in olga.page(base)
    server.kill()

    environment.pip("uninstall", "--yes", "festoon-lottery")
    server.run("migrate")
    assert re.search(r"^lottery +\S+ +MISSING ", server.run("apps", "list"), re.MULTILINE)
    server.start()
    assert _states(server) == {"lottery": "MISSING", "platform": "ACTIVE"}
    olga, ada = (_sign_in(server, f"{name}@example.com") for name in ("olga", "ada"))
    _the_room_says_what_is_missing(olga, ada, base)
    _the_rest_of_the_room_goes_on(server, olga, room)
    server.kill()

    environment.pip("install", "--no-index", "--no-deps", wheel, quiz)
    server.run("migrate")
    server.start()
    assert _states(server) == {"lottery": "ACTIVE", "platform": "ACTIVE", "quiz": "ACTIVE"}
    olga = _sign_in(server, "olga@example.com")
    assert "does not work" not in olga.page(base)
    (third,) = olga.data("POST", f"{base}/draws")
    won = olga.data("GET", f"{base}/winners")
    assert len(won) == 3
    assert (won[0]["id"], won[2]["id"]) == (first["id"], third["id"])
    # The lottery's own tables waited for it: its order goes on where it was.
    assert [one["metadata"].get("round") for one in won] == [1, None, 1]
    assert won[2]["metadata"]["place"] > won[0]["metadata"]["place"]
    _whoever_doubts_it_checks_it(environment, server, olga, base)
    _an_application_that_came_new_plays_its_game(server, olga)


def _whoever_doubts_it_checks_it(
    environment: Environment, server: Festoon, olga: Caller, base: str
) -> None:
    """The last unit is given, so the seed is told, and the installed command draws again."""
    headers = {"Authorization": f"Bearer {olga.token}"}
    ends = time.monotonic() + 30
    while True:
        answer = httpx.get(f"{server.url}/apps/lottery{base}/proof.json", headers=headers)
        if answer.json().get("seed"):
            break
        assert time.monotonic() < ends, answer.text
        time.sleep(0.1)
    document = server.folder / "proof.json"
    document.write_bytes(answer.content)
    command: list[str | Path] = [environment.python.parent / "festoon-lottery", "verify", document]
    checked = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert checked.returncode == 0, checked.stdout
    assert checked.stdout.startswith("VALID\n")
    assert "all 2 wins come out" in checked.stdout


def _an_application_that_came_new_plays_its_game(server: Festoon, olga: Caller) -> None:
    settings = {"questions": [QUESTION]}
    room = olga.data("POST", "/rooms", {"name": "Q", "appId": "quiz", "appSettings": settings})
    olga.data("PATCH", f"/rooms/{room['id']}", {"status": "ACTIVE"})
    ann = _guest(server, "Ann")
    _join([ann], room)
    page = f"{server.url}/apps/quiz/rooms/{room['id']}/play"
    headers = {"Authorization": f"Bearer {ann.token}"}
    assert httpx.get(page, headers=headers, timeout=30).status_code == 200
    assert olga.token
    assert ann.token
    over = play(server.url, room["id"], olga.token, ann.token)
    assert [(one["name"], one["place"]) for one in over["top"]] == [("Ann", 1)]


def _the_room_says_what_is_missing(olga: Caller, ada: Caller, base: str) -> None:
    room = olga.data("GET", base)
    assert room["app"]["appId"] == "lottery"
    assert room["app"]["manifest"]["meta"]["name"] == "Holiday Lottery"
    page = olga.page(base)
    assert "Holiday Lottery does not work" in page
    assert "not installed on this host any more" in page
    known = olga.data("GET", "/apps/lottery")
    assert known["state"] == "MISSING"
    assert "lottery" not in [app["appId"] for app in olga.data("GET", "/apps")]
    assert {"lottery": "MISSING"}.items() <= {
        app["appId"]: app["state"] for app in ada.data("GET", "/apps")
    }.items()
    status, answer = olga.call("POST", f"{base}/draws")
    assert (status, answer["error"]["code"]) == (502, "DELEGATION_FAILED")
    assert "'lottery'" in answer["error"]["message"]
    assert "MISSING" in answer["error"]["message"]
    (told,) = [
        event["data"]
        for event in olga.data("GET", f"{base}/events?limit=100")
        if event["event"] == "notification:received"
    ]
    assert told["kind"] == "app:failed"
    status, answer = olga.call("POST", "/rooms", {"name": "Another", "appId": "lottery"})
    assert (status, answer["error"]["code"]) == (422, "VALIDATION_ERROR")


def _the_rest_of_the_room_goes_on(server: Festoon, olga: Caller, room: dict[str, Any]) -> None:
    base = f"/rooms/{room['id']}"
    _join([_guest(server, name) for name in ("Cid", "Dan", "Eve")], room)
    assert olga.data("GET", base)["_count"]["participants"] == 7
    assert len(olga.data("GET", f"{base}/winners")) == 1
    olga.data("PATCH", base, {"name": "New Year, again"})
    # Where the organizer allows it, the platform draws until the application is back.
    olga.data("PUT", f"{base}/delegations", {"fallbacks": {"winnerSelection": True}})
    olga.data("POST", f"{base}/draws")
