"""Runs the suite against three servers and compares. usage: python -m benchmarks.autobahn WSTEST

WSTEST is the suite's program: `pip install autobahntestsuite` under Python 2.7.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from benchmarks.autobahn.echo import BY_CALLBACK, OWN, PEER
from tests.servers.process import free_port

CASES = ["1.*", "2.*", "3.*", "4.*", "5.*", "6.*", "7.*", "9.*", "10.*"]
"""All but 12 and 13, which are of compression."""
RANKS = {"OK": 0, "INFORMATIONAL": 0, "NON-STRICT": 1}
Report = dict[str, dict[str, dict[str, Any]]]


def run(wstest: str) -> Report:
    """What the suite says of each server, by case."""
    servers = {engine: free_port() for engine in (OWN, BY_CALLBACK, PEER)}
    running = [
        subprocess.Popen([sys.executable, "-m", "benchmarks.autobahn.echo", str(port), engine])
        for engine, port in servers.items()
    ]
    try:
        with tempfile.TemporaryDirectory() as folder:
            time.sleep(5)
            spec = Path(folder, "spec.json")
            agents = [{"agent": e, "url": f"ws://127.0.0.1:{p}"} for e, p in servers.items()]
            spec.write_text(
                json.dumps(
                    {
                        "outdir": folder,
                        "servers": agents,
                        "cases": CASES,
                        "exclude-cases": [],
                        "exclude-agent-cases": {},
                    }
                ),
                encoding="utf-8",
            )
            subprocess.run(
                [wstest, "-m", "fuzzingclient", "-s", str(spec)], check=True, stdout=sys.stderr
            )
            found: Report = json.loads(Path(folder, "index.json").read_text(encoding="utf-8"))
            return found
    finally:
        for server in running:
            server.terminate()


def rank(case: dict[str, Any]) -> int:
    """How bad a case went: 0 is good, 2 failed."""
    return max(RANKS.get(case["behavior"], 2), RANKS.get(case["behaviorClose"], 2))


def main(wstest: str) -> int:
    """Prints the counts; 1 where a case failed, or went worse than with the peer."""
    report = run(wstest)
    bad = 0
    for engine, cases in sorted(report.items()):
        counts = Counter(case["behavior"] for case in cases.values())
        told = ", ".join(f"{count} {name}" for name, count in counts.most_common())
        print(f"{engine}: {len(cases)} cases: {told}")
        for number, case in cases.items():
            worse = rank(case) > rank(report[PEER][number]) or rank(case) > 1
            if rank(case):
                print(f"  {number}: {case['behavior']}, closed {case['behaviorClose']}")
            bad += worse and engine != PEER
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
