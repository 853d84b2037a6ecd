"""The channel of the how-to does what the page says."""

from __future__ import annotations

import re
import sys
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

import pytest

from festoon_notifications.channels import GROUP, Asked
from festoon_notifications.desk import Desk
from host import Delivery
from plugins.notifications.tests.telling import won

PAGE = Path(__file__).parents[3] / "docs" / "how-to" / "notification-channel.md"


async def test_the_channel_of_the_how_to_delivers(
    ctx: Any,
    room: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    text = PAGE.read_text(encoding="utf-8")
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    (tmp_path / "loudspeaker.py").write_text(source, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    named = re.findall(r'entry-points\."(.+?)"\]\nloudspeaker = "(.+?)"', text)
    assert [group for group, _ in named] == [GROUP]
    desk = Desk(ctx, [EntryPoint("loudspeaker", named[0][1], GROUP)])
    settings = {"added": ["loudspeaker:ballroom"]}
    for _ in range(2):
        answer = await desk.deliver(Asked(ctx, room, won(), settings))
        assert answer == Delivery(True, "loudspeaker")
    assert capsys.readouterr().out == "[ballroom] You won!\n"
    await desk.close()
    sys.modules.pop("loudspeaker", None)
