"""`festoon`: the command by which the platform is run and looked after."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from host.apps.commands import add_apps_commands, need_file
from host.apps.migrate import migrate_all
from host.apps.migrations import pending_of_host
from host.config import MOST_WORKERS, Config
from host.errors import ConfigurationError, FestoonError
from host.logs import set_up
from host.main import Host, serve
from host.registering import add_service_commands
from host.secret import with_secret
from host.store.engine import Database


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
    except (DBAPIError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        print(
            f"festoon: the database cannot be used ({reason}). Is FESTOON_DATABASE_URL right, and "
            "has `festoon migrate` been run?",
            file=sys.stderr,
        )
        return 1
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="festoon", description="A host for celebratory events.")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    serve = commands.add_parser("serve", help="run the platform")
    serve.add_argument("--workers", type=_workers, metavar="N", help="processes, 1 to 64")
    serve.set_defaults(run=_serve)

    migrate = commands.add_parser("migrate", help="bring the database up to date")
    migrate.set_defaults(run=_migrate)

    demo = commands.add_parser("demo", help="seed the demo evening, once")
    demo.add_argument("--data", type=Path, help="keep everything in this folder, on SQLite")
    demo.add_argument("--serve", action="store_true", help="then serve it")
    demo.add_argument("--port", type=int, default=None, help="the port to serve it on")
    demo.set_defaults(run=_demo)

    user = commands.add_parser("user", help="accounts").add_subparsers(
        dest="user_command", required=True, metavar="COMMAND"
    )
    create = user.add_parser("create", help="make an account")
    create.add_argument("--email", required=True)
    create.add_argument("--password", required=True)
    create.add_argument("--name")
    create.add_argument("--admin", action="store_true", help="an administrator of the platform")
    create.set_defaults(run=_create_user)

    add_service_commands(add_apps_commands(commands))
    return parser


def _workers(text: str) -> int:
    value = int(text) if text.isascii() and text.isdigit() else 0
    if not 1 <= value <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"must be a whole number from 1 to {MOST_WORKERS}")
    return value


def _serve(config: Config, options: argparse.Namespace) -> int:
    need_file(config)
    asyncio.run(_need_tables(config))
    return serve(config.with_values(workers=options.workers or config.workers))


async def _need_tables(config: Config) -> None:
    db = Database(config.database_url)
    try:
        if await pending_of_host(db):
            raise ConfigurationError("The database is not up to date. Run `festoon migrate`.")
    finally:
        await db.close()


def _migrate(config: Config, _: argparse.Namespace) -> int:
    return asyncio.run(migrate_all(config))


def _demo(config: Config, options: argparse.Namespace) -> int:
    from host.demo import run_demo  # what it shows is no matter of a server's

    return run_demo(config, options)


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
