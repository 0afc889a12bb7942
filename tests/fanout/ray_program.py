"""The program of the Ray test: a cluster of two nodes, one of which is lost midway."""

import contextlib
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_TMPDIR"] = sys.argv[1]  # else two runs on one machine share a folder and remove it
from ray._private.node import Node
from ray.cluster_utils import Cluster

from runner.fanout.place import AUTO
from runner.fanout.pool import fan_out
from tests.fanout import work

NODE = {"num_cpus": 1, "object_store_memory": 80 << 20}
SLOW = range(8)


def main(folder: Path) -> None:
    head = {**NODE, "include_dashboard": False, "temp_dir": str(folder / "ray")}
    cluster = Cluster(initialize_head=True, head_node_args=head)
    other = cluster.add_node(**NODE)
    os.environ["RAY_ADDRESS"] = cluster.address
    numbers = {f"piece-{number}": number for number in range(12)}
    found = {"same": list(fan_out(work.double, numbers, processes=2, place=AUTO).items())}
    lost = threading.Thread(target=lose, args=(cluster, other, folder))
    lost.start()
    items = {f"piece-{n}": work.Note(folder, n) for n in SLOW}
    found["slow"] = list(fan_out(work.wait_for_loss, items, processes=2, place=AUTO).items())
    lost.join()
    cluster.shutdown()
    (folder / "found.json").write_text(json.dumps(found))


def lose(cluster: Cluster, node: Node, folder: Path) -> None:
    """Kill a node and its worker in the midst of a piece; only then let pieces end."""
    (raylet,) = (each.process.pid for each in node.all_processes["raylet"])
    while not (own := [pid for pid in work.workers(folder) if parent(pid) == raylet]):
        time.sleep(0.02)
    cluster.remove_node(node, allow_graceful=False)
    for pid in own:  # it would notice by itself, but perhaps after its piece
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    (folder / "lost").touch()


def parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[1])
    except OSError:
        return 0


if __name__ == "__main__":
    main(Path(sys.argv[1]))
