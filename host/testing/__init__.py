"""The kit for testing applications: a whole host in the test's own process.

async with running_host(apps=["my_app"]) as host:
    organizer = await host.register("Olga")
    room = await organizer.post("/rooms", {"name": "Party", "appId": "my_app"})
"""

from __future__ import annotations

from host.testing.host import Person, TestHost, running_host

__all__ = ["Person", "TestHost", "running_host"]
