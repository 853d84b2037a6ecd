"""The kit for testing applications: a whole host in the test's own process.

async with running_host(apps=["my_app"]) as host:
    organizer = await host.register("Olga")
    room = await organizer.post("/rooms", {"name": "Party", "appId": "my_app"})

Where an application's own tables are all that a test needs, `own_tables(metadata)` gives a
database with them.
"""

from __future__ import annotations

from host.testing.host import Person, TestHost, running_host
from host.testing.tables import own_tables

__all__ = ["Person", "TestHost", "own_tables", "running_host"]
