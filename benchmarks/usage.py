"""Wall time and memory of programs, watched from outside."""

import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

INTERVAL_S = 0.1


@dataclass
class Usage:
    """What the processes of one program used: their number, wall seconds, and peaks of a single one in MB.

    `resident_mb` counts all pages in memory, as the kernel does exactly (VmHWM), `anonymous_mb` those that
    are not mapped from files, sampled ten times a second.
    """

    processes: int = 0
    seconds: float = 0.0
    resident_mb: float = 0.0
    anonymous_mb: float = 0.0


def watch(process: subprocess.Popen) -> dict[str, Usage]:
    """Wait for a process; return the usage of the programs that it and its descendants run, by file name."""
    usage: dict[str, Usage] = {}
    started: dict[int, tuple[str, float]] = {}
    while process.poll() is None:
        now, alive = time.monotonic(), set()
        for number, program in python_programs(process.pid).items():
            alive.add(number)
            own = usage.setdefault(program, Usage())
            if number not in started:
                started[number] = (program, now)
                own.processes += 1
            values = memory_mb(number)
            if values is None:
                continue
            own.resident_mb = max(own.resident_mb, values[0])
            own.anonymous_mb = max(own.anonymous_mb, values[1])
        for number in set(started) - alive:
            program, start = started.pop(number)
            usage[program].seconds += now - start
        time.sleep(INTERVAL_S)
    for program, start in started.values():
        usage[program].seconds += time.monotonic() - start
    return usage


def python_programs(root: int) -> dict[int, str]:
    """Return the files of Python that a process and its descendants run, by process number."""
    programs, pending = {}, [root]
    while pending:
        number = pending.pop()
        try:
            words = Path(f"/proc/{number}/cmdline").read_text().split("\0")
            for task in Path(f"/proc/{number}/task").iterdir():
                pending += map(int, (task / "children").read_text().split())
        except OSError:
            continue
        if "python" in Path(words[0]).name and len(words) > 1 and words[1].endswith(".py"):
            programs[number] = Path(words[1]).name
    return programs


def memory_mb(number: int) -> tuple[float, float] | None:
    """Return peak resident and present anonymous memory of a process in MB; None if it has ended."""
    try:
        lines = Path(f"/proc/{number}/status").read_text().splitlines()
    except OSError:
        return None
    values = {name: words[0] for name, *words in map(str.split, lines) if words}
    if "VmHWM:" not in values:
        return None
    return int(values["VmHWM:"]) * 1.024e-3, int(values["RssAnon:"]) * 1.024e-3
