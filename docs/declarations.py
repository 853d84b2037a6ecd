"""Writes the types of `festoon.js` from its JSDoc: `python docs/declarations.py`.

Takes `tsc` from PATH where it is this version, and else asks npm for it. A test holds the files
against what this would write, where there is such a `tsc`.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STATIC = Path(__file__).parent.parent / "host" / "web" / "static"
MODULES = ("festoon", "link")
TYPESCRIPT = "7.0.2"
NOTE = "// Made from the JSDoc of {name}.js by docs/declarations.py.\n"
OPTIONS = (
    *("--allowJs", "--checkJs", "--strict", "--declaration", "--emitDeclarationOnly"),
    *("--target", "es2022", "--module", "es2022", "--lib", "es2022,dom,dom.iterable"),
)


def installed() -> str | None:
    """`tsc` of this very version, or None."""
    found = shutil.which("tsc")
    if found is None:
        return None
    told = subprocess.run([found, "--version"], capture_output=True, text=True, check=True)
    return found if told.stdout.split()[-1] == TYPESCRIPT else None


def declarations(*tsc: str) -> dict[str, str]:
    """Each declaration file's name and text. Raises CalledProcessError for wrong JSDoc."""
    with tempfile.TemporaryDirectory() as folder:
        # A copy, since beside the declarations of before it would read those instead.
        for name in MODULES:
            shutil.copy(STATIC / f"{name}.js", folder)
        command = [*tsc, *OPTIONS, "--outDir", folder, str(Path(folder) / "festoon.js")]
        subprocess.run(command, check=True, stdout=sys.stderr)
        return {
            f"{name}.d.ts": NOTE.format(name=name)
            + (Path(folder) / f"{name}.d.ts").read_text(encoding="utf-8")
            for name in MODULES
        }


if __name__ == "__main__":
    tsc = installed()
    by_npm = ("npx", "--yes", "--package", f"typescript@{TYPESCRIPT}", "tsc")
    for name, text in declarations(*([tsc] if tsc else by_npm)).items():
        (STATIC / name).write_text(text, encoding="utf-8")
