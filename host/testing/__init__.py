"""The kit for testing applications: a whole host in the test's own process.

async with running_host(apps=["my_app"]) as host:
    organizer = await host.register("Olga")
    room = await organizer.post("/rooms", {"name": "Party", "appId": "my_app"})
    answer = await host.send(organizer, room, "my_app:hello", {"to": "all"})

`host.send` says a message as over a socket, `host.run_jobs` runs what is due; with
`running_host(sources=Sources(now=…))` the clock is the test's own.

Where an application's own tables are all that a test needs, `own_tables(metadata)` gives a
database with them.
"""

from __future__ import annotations

from host.ids import Sources
from host.testing.host import Person, TestHost, running_host
from host.testing.tables import own_tables

__all__ = ["Person", "Sources", "TestHost", "own_tables", "running_host"]
