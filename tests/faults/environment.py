"""An environment of its own, in which applications are installed and uninstalled for real."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
LIBRARIES = Path(sysconfig.get_path("purelib"))


class Environment:
    """A virtual environment with the host of this checkout, its libraries, and no application
    but the platform's own.
    """

    def __init__(self, folder: Path) -> None:
        venv.create(folder)
        self.python = folder / "bin" / "python"
        lent = folder / "lent"
        lent.mkdir()
        # Links, since installing them again would take a minute and a network.
        for entry in LIBRARIES.iterdir():
            ours = entry.name.startswith(("festoon_", "_")) or entry.suffix == ".pth"
            if not ours or (entry.name.startswith("_") and "festoon" not in entry.name):
                (lent / entry.name).symlink_to(entry)
        (site,) = folder.glob("lib/python*/site-packages")
        (site / "lent.pth").write_text(f"{lent}\n{ROOT}\n")
        if sys.pycache_prefix is not None:
            # What was compiled of them is lent, too: to do that again would take half a minute.
            compiled = Path(sys.pycache_prefix)
            place = compiled / lent.relative_to("/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.symlink_to(compiled / LIBRARIES.relative_to("/"))

    def pip(self, *arguments: str | Path) -> str:
        """Runs pip without a network; what it printed."""
        command = [self.python, "-m", "pip", "--disable-pip-version-check", *arguments]
        done = subprocess.run(
            command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert done.returncode == 0, done.stdout
        return done.stdout


def wheel_of(plugin: str, folder: Path) -> Path:
    """The wheel of a plugin of this checkout, as it would be published."""
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        check=True,
        cwd=ROOT / "plugins" / plugin,
        stdout=subprocess.DEVNULL,
    )
    (wheel,) = folder.glob("*.whl")
    return wheel
