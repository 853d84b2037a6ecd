"""Sends by Apprise what comes in on standard input, one JSON line a message; answers the same way.

Run as a process of its own with the networks that may be called besides the internet. From the
first line on it connects to nowhere else, opens no file but its own program's, and starts no other
program, whatever the address that somebody typed makes Apprise do: an audit hook refuses it.
"""

from __future__ import annotations

import json
import re
import socket
import sys
import threading
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from host import Reach

THREADS = 8
_STATUS = re.compile(r"error=(\d{3})\b")
_CONNECTS = frozenset({"socket.connect", "socket.sendto", "socket.sendmsg"})
_STARTS = frozenset(
    {"subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty"}
)
_HERE = frozenset({"syslog", "dbus", "qt", "kde", "glib", "gnome", "macosx", "windows"})
"""What would tell the machine that the host runs on."""
_SYSTEM = tuple(
    map(
        Path,
        (
            "/etc/ssl",
            "/etc/pki",
            "/etc/ca-certificates",
            "/etc/resolv.conf",
            "/etc/hosts",
            "/etc/mime.types",
            "/etc/localtime",
            "/usr/share/zoneinfo",
            "/usr/share/ca-certificates",
            "/usr/lib/ssl",
            "/dev/null",
            "/dev/urandom",
        ),
    )
)


class Fence:
    """The audit hook."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        own = (sys.prefix, sys.base_prefix, *(entry for entry in sys.path if entry))
        self._readable = (*_SYSTEM, *(Path(one).resolve() for one in own))

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        """Raises for what is not to be done here."""
        if event in _CONNECTS:
            self._connect(given[1])
        elif event == "open":
            self._open(given[0], given[1])
        elif event in _STARTS:
            raise PermissionError("no other program is started here")

    def _connect(self, address: Any) -> None:
        # Of a name nothing is known: libraries look it up and connect to what they found.
        if not isinstance(address, tuple) or not self._reach.may(str(address[0])):
            raise PermissionError("this address may not be called")

    def _open(self, path: Any, mode: Any) -> None:
        if isinstance(path, int):
            return
        if isinstance(mode, str) and set(mode) & set("wax+"):
            raise PermissionError("nothing is written here")
        wanted = Path(path.decode() if isinstance(path, bytes) else str(path)).resolve()
        if not any(wanted.is_relative_to(one) for one in self._readable):
            raise PermissionError("this file is none of ours")


def status_of(logs: Iterable[Any]) -> int | None:
    """The status that a service answered; the rest of what is logged has addresses in it."""
    found = [hit for entry in logs if (hit := _STATUS.search(str(entry)))]
    return int(found[-1][1]) if found else None


def scheme_of(url: str) -> str:
    """What comes before `://`."""
    return url.partition("://")[0].strip().lower()


def main() -> None:
    """Answers until standard input ends."""
    import apprise

    reach = Reach(tuple(map(ip_network, sys.argv[1:])))
    socket.setdefaulttimeout(7)
    writing = threading.Lock()
    # A redirect is a way round: whoever has the address may give the new one.
    asset = apprise.AppriseAsset(secure_logging=True, http_redirects=False)
    apprise.Apprise().add("json://localhost")  # loads what services are made of
    sys.addaudithook(Fence(reach))

    def send(line: bytes) -> None:
        asked = json.loads(line)
        answer = {"number": asked["number"], "well": False}
        try:
            service = apprise.Apprise(asset=asset)
            if scheme_of(asked["url"]) not in _HERE and service.add(asked["url"]):
                sent = service.notify(body=asked["body"], title=asked["title"])
                answer |= {"well": bool(sent), "status": status_of(sent.logs())}
            else:
                answer["unknown"] = True
        except Exception:
            answer["why"] = "the service could not be asked"
        with writing:
            sys.stdout.write(json.dumps(answer) + "\n")
            sys.stdout.flush()

    with ThreadPoolExecutor(THREADS) as threads:
        for line in sys.stdin.buffer:
            threads.submit(send, line)


if __name__ == "__main__":
    main()
