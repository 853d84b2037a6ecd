"""The machine: its cores, how many files may be open, and what it was when figures were taken."""

from __future__ import annotations

import os
import platform
import resource
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cores:
    """Where each side runs; the same core twice where there is only one."""

    server: int
    client: int

    @classmethod
    def of_this_machine(cls) -> Cores:
        """The first two cores that this process may use."""
        mine = sorted(os.sched_getaffinity(0))
        return cls(mine[0], mine[-1 if len(mine) < 2 else 1])

    @property
    def apart(self) -> bool:
        """Whether the two sides have a core each."""
        return self.server != self.client


def raise_file_limit(wanted: int) -> int:
    """Allows `wanted` open files to this process and those it starts; how many it may have now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for most in (max(hard, wanted), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, min(wanted, most)), most))
        except (ValueError, OSError):
            continue  # raising the hard limit takes a privilege
        break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def description() -> str:
    """Processor, cores, memory and kernel on one line."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{processor()}, {os.cpu_count()} cores, {memory:.0f} GB, "
        f"{platform.system()} {platform.release()}"
    )


def tree(pid: int) -> list[int]:
    """A process and all its descendants."""
    found = [pid]
    for process in found:
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            found.extend(int(child) for child in children.read_text().split())
    return found


def resident_kb(pids: Iterable[int]) -> int:
    """Resident memory of processes together, in KB."""
    total = 0
    for pid in pids:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                total += int(line.split()[1])
    return total


def processor_seconds(pids: Iterable[int]) -> float:
    """Processor time that living processes have taken so far, all their threads together."""
    total = 0
    for pid in pids:
        # The program's name, in brackets, may hold anything.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / os.sysconf("SC_CLK_TCK")


def busy_seconds() -> float:
    """Processor time that the whole machine has taken since it was started, all cores together."""
    fields = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]
    user, nice, system, _idle, _waiting, *interrupts = map(int, fields)
    return (user + nice + system + sum(interrupts)) / os.sysconf("SC_CLK_TCK")


def pin(pids: Iterable[int], core: int) -> None:
    """Keeps running processes, all their threads, on one core."""
    for pid in pids:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            os.sched_setaffinity(int(thread.name), {core})
