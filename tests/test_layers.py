"""The house's layers hold, and the reader that says so notices when they do not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.layers import MOST_LINES, refusals

ROOT = Path(__file__).resolve().parents[1]
PROJECT = '[project]\nname = "{name}"\ndependencies = [{dependencies}]\n'


def test_the_tree_keeps_every_rule() -> None:
    found = refusals(ROOT)
    assert not found, "\n".join(found)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A small tree in which all is well."""
    files = {
        "pyproject.toml": PROJECT.format(name="festoon", dependencies='"broadcaster"'),
        "host/__init__.py": "from host.contract import Room",
        "host/config.py": "import os\nport = os.environ.get('FESTOON_PORT')",
        "host/contract.py": "Room = object",
        "host/store/__init__.py": "",
        "host/store/rooms.py": "from host.contract import Room\nfrom host.store import paging",
        "host/store/paging.py": "",
        "host/realtime/channels.py": "import broadcaster",
        "host/testing/__init__.py": "from host import cli",
        "host/cli.py": "from host.store.rooms import Room",
        "plugins/quiz/pyproject.toml": PROJECT.format(name="quiz", dependencies='"festoon"'),
        "plugins/quiz/festoon_quiz/__init__.py": "from host import Room\nfrom . import rounds",
        "plugins/quiz/festoon_quiz/rounds.py": "from host import Room",
        "plugins/quiz/tests/test_quiz.py": "import festoon_quiz\nfrom host.testing import cli",
    }
    for name, text in files.items():
        write(tmp_path, name, text)
    return tmp_path


def write(root: Path, name: str, text: str) -> None:
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def test_a_tree_in_order_is_not_refused(tree: Path) -> None:
    assert refusals(tree) == []


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("host/store/rooms.py", "from host import cli", "host.store.rooms:1 (layer 2) imports"),
        ("host/store/rooms.py", "from ..cli import main", "imports host.cli (layer 7)"),
        ("host/store/rooms.py", "def f():\n    import host.cli", "host.store.rooms:2 (layer 2)"),
        ("host/cli.py", "import host.testing", "imports host.testing (layer 8)"),
        ("host/utils.py", "", "host.utils has no place"),
        ("host/ids.py", "import broadcaster", "is in layer 0 and imports broadcaster"),
        ("host/store/paging.py", "from host.store import rooms", "circle: host.store.paging → "),
        ("host/contract.py", "import host", "circle: host → host.contract → host"),
        ("host/defaults/__init__.py", "import host.store.rooms", "is an application and imports"),
        ("host/store/rooms.py", "import os\nos.getenv('HOME')", "host.store.rooms:2 reads"),
        ("host/store/rooms.py", "from os import environ", "host.store.rooms:1 reads"),
        ("host/store/rooms.py", "import broadcaster", "host.store.rooms:1 imports broadcaster"),
        ("host/store/rooms.py", "import pytest", "imports pytest, which festoon lacks"),
        ("host/client/x.py", "import host.store.rooms", "is a client and imports host.store.rooms"),
        ("host/store/rooms.py", "\n" * (MOST_LINES + 1), f"has {MOST_LINES + 1} lines"),
        ("host/web/static/x.js", "\n" * (MOST_LINES + 1), f"has {MOST_LINES + 1} lines"),
        ("plugins/quiz/festoon_quiz/rounds.py", "import host.store.rooms", "imports host.store"),
        ("plugins/quiz/festoon_quiz/rounds.py", "from host import store", "imports host.store"),
        ("plugins/quiz/festoon_quiz/rounds.py", "import host.testing", "imports host.testing"),
        ("plugins/quiz/festoon_quiz/rounds.py", "import festoon_lottery", "another plugin"),
        ("plugins/quiz/festoon_quiz/rounds.py", "import os\nos.environ", "reads the environment"),
        ("plugins/quiz/festoon_quiz/rounds.py", "from . import x", "circle: festoon_quiz"),
        ("plugins/quiz/tests/test_quiz.py", "from host.cli import main", "imports host.cli"),
    ],
)
def test_what_breaks_a_rule_is_named(tree: Path, name: str, text: str, said: str) -> None:
    write(tree, name, text)
    assert any(said in refusal for refusal in refusals(tree)), refusals(tree)
