"""host.apps.revisions: what is plain is read as Alembic reads it, and the rest is left to it."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from host.apps.revisions import newest, place_of

ROOT = Path(__file__).resolve().parents[2]


def written(folder: Path, *texts: str) -> Path:
    folder.mkdir(exist_ok=True)
    for number, text in enumerate(texts):
        (folder / f"{number}_step.py").write_text(text)
    return folder


@pytest.mark.parametrize(
    "folder",
    [ROOT / "migrations", *sorted(ROOT.glob("plugins/*/festoon_*/migrations"))],
    ids=lambda folder: folder.parent.name,
)
def test_of_every_folder_of_this_checkout_it_says_what_alembic_says(folder: Path) -> None:
    script = ScriptDirectory(str(folder), version_locations=[str(place_of(folder))])
    assert newest(folder) == frozenset(script.get_heads()) != frozenset()


def test_a_merge_and_types_are_plain(tmp_path: Path) -> None:
    folder = written(
        tmp_path / "migrations",
        'revision: str = "a1"\ndown_revision: str | None = None\n',
        "revision = 'b1'  # beside it\ndown_revision = 'a1'\n",
        "revision = 'b2'\ndown_revision = 'a1'\n",
    )
    assert newest(folder) == {"b1", "b2"}
    (folder / "merge.py").write_text("revision = 'c'\ndown_revision = ('b1', 'b2')\n")
    assert newest(folder) == {"c"}


@pytest.mark.parametrize(
    "text",
    [
        "import sqlalchemy\n",
        "revision = NAME\ndown_revision = None\n",
        "revision = 'b'\ndown_revision = (\n    'a',\n)\n",
        "revision = 'b'\ndown_revision = 7\n",
        "revision = 'b'\nrevision = 'c'\n",
        "revision = 'a'\ndown_revision = None\n",
        "revision = 'b'\ndown_revision = 'one that is not there'\n",
    ],
)
def test_what_is_not_plain_is_left_to_alembic(tmp_path: Path, text: str) -> None:
    assert newest(written(tmp_path, "revision = 'a'\ndown_revision = None\n", text)) is None


def test_a_folder_without_revisions_has_no_newest(tmp_path: Path) -> None:
    assert newest(tmp_path) == frozenset()
