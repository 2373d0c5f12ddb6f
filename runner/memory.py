"""What the processes of a run weigh: proportional set size, shared pages counted once. Linux only.

`python -m runner.memory DATA_DIR` while it runs.
"""

import json
import sys
from collections import defaultdict
from contextlib import suppress
from pathlib import Path

PROC = Path("/proc")


def weigh(data_dir: Path) -> dict[str, int]:
    """Bytes by process name, with all that each has forked."""
    named: dict[str, int] = json.loads((data_dir / "run" / "processes.json").read_text())
    children = _children()
    return {name: sum(map(_pss, _family(pid, children, set(named.values())))) for name, pid in named.items()}


def _family(pid: int, children: dict[int, list[int]], named: set[int]) -> list[int]:
    """The process and what descends from it, without what has a name of its own."""
    own = [child for child in children[pid] if child not in named]
    return [pid, *(member for child in own for member in _family(child, children, named))]


def _children() -> dict[int, list[int]]:
    found = defaultdict(list)
    for entry in PROC.iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                found[int((entry / "stat").read_text().rpartition(")")[2].split()[1])].append(int(entry.name))
    return found


def _pss(pid: int) -> int:
    with suppress(OSError):
        for line in (PROC / str(pid) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


if __name__ == "__main__":
    weights = weigh(Path(sys.argv[1]))
    for name, weight in (*weights.items(), ("all", sum(weights.values()))):
        print(f"{name:12} {weight / 1e6:7.1f} MB")
