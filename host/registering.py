"""`festoon apps register`, `update`, `secret`, `remove`: separate services, by the platform team.

A host that runs hears of it within a second.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from host.apps.commands import need_file
from host.apps.loading import Loader
from host.config import LONGEST_OVERLAP, Config
from host.contract import JsonObject, iso
from host.errors import InvalidManifest, NotFound
from host.main import Host
from host.secret import with_secret

Command = Callable[[Host, argparse.Namespace], Awaitable[int]]


def add_service_commands(verbs: Any) -> None:
    """Hangs the commands on the sub-parsers of `festoon apps`."""
    register = verbs.add_parser("register", help="register a separate service; prints its secret")
    register.add_argument("manifest", type=Path, help="its manifest, a JSON file; - reads it here")
    register.add_argument("--id", help="its id, where the manifest has none")
    register.set_defaults(run=_run(_register))

    update = verbs.add_parser("update", help="take a new version of a service's manifest")
    update.add_argument("app", help="its id")
    update.add_argument("manifest", type=Path, help="the new manifest; - reads it here")
    update.set_defaults(run=_run(_update))

    secret = verbs.add_parser("secret", help="make a new secret for a service")
    secret.add_argument("app", help="its id")
    which = secret.add_mutually_exclusive_group()
    which.add_argument(
        "--overlap",
        type=_seconds,
        metavar="SECONDS",
        help="how long the old one stays valid; 0 ends it at once",
    )
    which.add_argument(
        "--end-old", action="store_true", help="make none; end the old one at once instead"
    )
    secret.set_defaults(run=_run(_secret))

    remove = verbs.add_parser("remove", help="take a service off; its secrets end at once")
    remove.add_argument("app", help="its id")
    remove.set_defaults(run=_run(_remove))


async def _register(host: Host, options: argparse.Namespace) -> int:
    raw = _manifest(options.manifest)
    made = await host.services.registration.register(None, raw, options.id)
    print(f"{made.app_id} {made.version} is registered; its review is {made.review_state}")
    print(f"secret: {made.app_secret}")
    print("Give it to the service now: it is kept nowhere and cannot be shown again.")
    return 0


async def _update(host: Host, options: argparse.Namespace) -> int:
    raw = _manifest(options.manifest)
    changed = await host.services.registration.change(None, options.app, raw)
    print(
        f"{changed.app_id} has version {changed.version} now; its review is "
        f"{changed.review_state}. Rooms keep theirs until their organizers upgrade them."
    )
    return 0


async def _secret(host: Host, options: argparse.Namespace) -> int:
    if options.end_old:
        await host.services.rotation.end_old_secret(None, options.app)
        print(f"the old secret of {options.app} has ended, and its tokens with it")
        return 0
    made = await host.services.rotation.new_secret(None, options.app, options.overlap)
    print(f"secret: {made.app_secret}")
    until = made.old_secret_ends_at
    old = f"is valid until {iso(until)}" if until else "has ended"
    print(f"The old one {old}. This one is kept nowhere and cannot be shown again.")
    return 0


async def _remove(host: Host, options: argparse.Namespace) -> int:
    await host.services.registration.remove(None, options.app)
    print(f"{options.app} is taken off; rooms that had it see that it is missing")
    return 0


def _run(command: Command) -> Callable[[Config, argparse.Namespace], int]:
    async def on_a_host(config: Config, options: argparse.Namespace) -> int:
        host = Host(with_secret(config))
        try:
            # What is installed here must be known, so that nobody takes its id.
            await host.registry.look(Loader(host.sources.now))
            return await command(host, options)
        finally:
            await host.db.close()

    def run(config: Config, options: argparse.Namespace) -> int:
        need_file(config)
        return asyncio.run(on_a_host(config, options))

    return run


def _manifest(file: Path) -> JsonObject:
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        raw = json.loads(text)
    except OSError as error:
        raise NotFound(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise InvalidManifest(f"{file} is not JSON: {error}") from error
    if not isinstance(raw, dict):
        raise InvalidManifest(f"{file} is no manifest: it must be a JSON object.")
    return raw


def _seconds(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= value <= LONGEST_OVERLAP:
        raise argparse.ArgumentTypeError(f"must be whole seconds from 0 to {LONGEST_OVERLAP}")
    return value
