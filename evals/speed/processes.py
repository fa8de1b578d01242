"""Running one measured command: its output, its wall time, and the memory of all processes it
started. Knows nothing of what the command does."""

import json
import os
import subprocess
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

MIB = 1024.0


@dataclass
class Sample:
    """Memory at one moment, in MiB. Shared pages count once (proportional set size)."""

    seconds: float
    whole: float
    own: float
    processes: int


@dataclass
class Finished:
    wall_seconds: float
    output: str
    samples: list[Sample] = field(default_factory=list)


def run(command: list[str], log: Path, sample_every: float | None = None) -> Finished:
    """Runs `command` to its end; what it says on stderr goes to `log`. Raises SystemExit when it fails."""
    started = time.perf_counter()
    samples: list[Sample] = []
    with log.open("w") as talk:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=talk, text=True
        )
        over = threading.Event()
        sampler = None
        if sample_every:
            def watch() -> None:
                while not over.wait(sample_every):
                    samples.append(_sample(process.pid, time.perf_counter() - started))

            sampler = threading.Thread(target=watch)
            sampler.start()
        output, _ = process.communicate()
        wall = time.perf_counter() - started
        over.set()
        if sampler:
            sampler.join()
    if process.returncode != 0:
        tail = "\n".join(log.read_text().splitlines()[-12:])
        raise SystemExit(
            f"error: `{command[0]}` ended with {process.returncode}\n{tail}\nhint: all of it is in {log}"
        )
    return Finished(wall, output, samples)


def json_lines(output: str) -> list[dict]:
    """The lines of `output` that are JSON objects; a program may talk between them."""
    found = []
    for line in output.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def _sample(root: int, seconds: float) -> Sample:
    tree = _tree(root)
    sizes = {pid: _proportional(pid) for pid in tree}
    return Sample(seconds, sum(sizes.values()), sizes.get(root, 0.0), len(tree))


def _tree(root: int) -> list[int]:
    """`root` and everything below it, by parent numbers; namespaces hide nothing from outside."""
    children: dict[int, list[int]] = {}
    for entry in os.scandir("/proc"):
        if not entry.name.isdigit():
            continue
        try:
            stat = Path(f"/proc/{entry.name}/stat").read_text()
        except OSError:
            continue
        # The name may hold spaces and brackets; the parent is the second field after its last bracket.
        parent = int(stat.rsplit(")", 1)[1].split()[1])
        children.setdefault(parent, []).append(int(entry.name))
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting.extend(children.get(pid, []))
    return found


def _proportional(pid: int) -> float:
    """MiB; a process of another user's namespace may hide this, then its resident size stands in."""
    try:
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) / MIB
    except OSError:
        pass
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024 / MIB
