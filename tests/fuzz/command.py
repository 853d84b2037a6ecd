"""`./dev fuzz`: thousands of cases made from the OpenAPI document, as everybody in turn."""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.fuzz.world import ADMIN, BY_APPS, ROLES
from tests.servers.databases import PostgreSQLDatabases, SQLiteDatabases
from tests.servers.festoon import Festoon
from tests.servers.postgresql import PostgreSQL
from tests.servers.smtp import MailServer

ROOT = Path(__file__).resolve().parents[2]
CONFIG = Path(__file__).with_name("schemathesis.toml")
CASES = re.compile(r"([\d,]+) generated")
EVERYBODY = (*ROLES, *BY_APPS)


def fuzz(url: str, role: str, examples: int, seed: int, *options: str) -> tuple[int, int, str]:
    """Runs schemathesis as `role`; its exit code, how many cases it made, and what it printed."""
    program = Path(sys.executable).with_name("schemathesis")
    command = [str(program), "--config-file", str(CONFIG), "run", f"{url}/openapi.json"]
    command += ["--checks", "all", "--seed", str(seed), "--max-examples", str(examples)]
    command += ["--continue-on-failure", "--no-color", "--suppress-health-check", "all", *options]
    environ = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.fuzz.hooks",
        "FUZZ_URL": url,
        "FUZZ_ROLE": role,
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            command,
            env=environ,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
    made = CASES.search(done.stdout)
    return done.returncode, int(made[1].replace(",", "")) if made else 0, done.stdout


def with_everything_on(smtp_url: str) -> dict[str, str]:
    """Settings by which no call is away: letters and text messages go out."""
    sender = "Festoon <hello@example.org>"
    return {"SMTP_URL": smtp_url, "MAIL_FROM": sender, "TEXT_MESSAGES": "notifications"}


def main(arguments: Sequence[str]) -> int:
    """Runs it as each role; 1 where anything was found."""
    parser = argparse.ArgumentParser(prog="./dev fuzz", description=__doc__)
    parser.add_argument("--examples", type=int, default=30, help="cases a call and phase")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--role", choices=EVERYBODY, action="append", help="only as this one")
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args(arguments)
    total, failed = 0, []
    with tempfile.TemporaryDirectory(prefix="festoon-fuzz-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        server = None
        if options.database == "postgresql":
            server = PostgreSQL(folder)
            server.create()
            server.start()
            database = PostgreSQLDatabases(server).create()
        else:
            database = SQLiteDatabases(folder).create()
        mail = MailServer()
        mail.start()
        host = Festoon(folder, {"DATABASE_URL": database, **with_everything_on(mail.url)})
        try:
            host.run("user", "create", "--email", ADMIN[0], "--password", ADMIN[1], "--admin")
            host.start()
            for role in options.role or EVERYBODY:
                workers = ("--workers", str(options.workers))
                code, cases, text = fuzz(host.url, role, options.examples, options.seed, *workers)
                total += cases
                print(f"{role}: {cases} cases, {'nothing found' if code == 0 else 'FINDINGS'}")
                if code:
                    failed.append(role)
                    print(text)
        finally:
            host.kill()
            mail.stop()
            if server is not None:
                server.kill()
    print(f"{total} cases; {'found something as ' + ', '.join(failed) if failed else 'all held'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
