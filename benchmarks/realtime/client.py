"""The load client, told what to do line by line."""

from __future__ import annotations

import json
from pathlib import Path
from threading import Timer
from typing import Any

from benchmarks.realtime.peers import Address
from benchmarks.realtime.process import Failed, Process
from benchmarks.realtime.tools import CLIENT, program


class LoadClient:
    """N sockets to one server. Each call runs one measure and answers its figures."""

    def __init__(self, address: Address, sockets: int, core: int, folder: Path) -> None:
        tokens = folder / "tokens"
        tokens.write_text("".join(f"{token}\n" for token in address.tokens[:sockets]))
        command: list[str | Path] = [
            program("load", CLIENT),
            address.dialect,
            str(address.port),
            address.path,
            address.room,
            tokens,
            str(sockets),
        ]
        self.process = Process(command, core=core, log=folder / "client.log", talks=True)

    def ask(self, command: str, seconds: float = 120.0) -> dict[str, Any]:
        """Runs one command; raises `Failed` when the client gives up or takes longer."""
        pipes = self.process.pipes
        assert pipes.stdin is not None
        assert pipes.stdout is not None
        alarm = Timer(seconds, pipes.kill)
        alarm.start()
        try:
            pipes.stdin.write(command + "\n")
            pipes.stdin.flush()
            line = pipes.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            pipes.wait()
            raise Failed(f"{command}: {self.process.last_words() or 'took too long'}")
        figures: dict[str, Any] = json.loads(line)
        return figures
