"""The first of several processes on one port, which starts the others and replaces who dies."""

from __future__ import annotations

from uvicorn.supervisors import Multiprocess


class Workers(Multiprocess):
    """uvicorn's supervisor, which notices at once that a process died while it was asked.

    A process is asked whether it lives by a pipe, and has `timeout_worker_healthcheck` seconds for
    the answer. uvicorn keeps the other end of that pipe open as well, so that one which dies in
    between is waited for all that time, and a signal to stop that comes meanwhile with it.
    """

    def keep_subprocess_alive(self) -> None:
        """Replaces the processes that died or hang; none where a signal has to be heeded first."""
        if self.signal_queue:
            return
        for process in self.processes:
            process.child_conn.close()
        super().keep_subprocess_alive()
