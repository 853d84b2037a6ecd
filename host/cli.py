"""`festoon`: the command by which the platform is run and looked after."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from host.apps.commands import add_apps_commands
from host.apps.migrate import migrate_all
from host.config import Config
from host.demo import run_demo
from host.errors import ConfigurationError, FestoonError
from host.logs import set_up
from host.main import Host, serve
from host.secret import with_secret


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command; answers the exit status. A refusal is one line on standard error."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        config = Config.load()
        set_up(config.log)
        status: int = options.run(config, options)
    except FestoonError as error:
        print(f"festoon: {error.message}", file=sys.stderr)
        return 2 if isinstance(error, ConfigurationError) else 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="festoon", description="A host for celebratory events.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the platform")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=_migrate)

    demo = commands.add_parser("demo", help="seed the demo evening, once")
    demo.add_argument("--data", type=Path, help="keep everything in this folder, on SQLite")
    demo.add_argument("--serve", action="store_true", help="then serve it")
    demo.add_argument("--port", type=int, default=None, help="the port to serve it on")
    demo.set_defaults(run=run_demo)

    user = commands.add_parser("user", help="accounts").add_subparsers(
        dest="user_command", required=True, metavar="COMMAND"
    )
    create = user.add_parser("create", help="make an account")
    create.add_argument("--email", required=True)
    create.add_argument("--password", required=True)
    create.add_argument("--name")
    create.add_argument("--admin", action="store_true", help="an administrator of the platform")
    create.set_defaults(run=_create_user)

    add_apps_commands(commands)
    return parser


def _serve(config: Config, _: argparse.Namespace) -> int:
    if config.workers != 1:
        raise ConfigurationError(
            "FESTOON_WORKERS must be 1 for now: run more hosts behind a proxy instead."
        )
    return serve(config)


def _migrate(config: Config, _: argparse.Namespace) -> int:
    return asyncio.run(migrate_all(config))


def _create_user(config: Config, options: argparse.Namespace) -> int:
    async def create() -> None:
        host = Host(with_secret(config))
        try:
            user = await host.services.identity.create_account(
                options.email, options.password, options.admin, options.name
            )
        finally:
            await host.db.close()
        print(f"{user.id}  {user.email}{'  (admin)' if options.admin else ''}")

    asyncio.run(create())
    return 0


if __name__ == "__main__":
    sys.exit(main())
