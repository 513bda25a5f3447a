"""A storm of as many calls as you like, in processes of their own so that a crash is told.

    python tests/misuse/long_storm.py --calls 1000000 --jobs 2
    python tests/misuse/long_storm.py --calls 1000000 --threads 3   three threads share all objects
    python tests/misuse/long_storm.py --again SEED   one process's calls once more, each told

With a build under AddressSanitizer (csrc/README.md): LD_PRELOAD=$(gcc -print-file-name=libasan.so)
ASAN_OPTIONS=detect_leaks=0:allocator_may_return_null=1:max_allocation_size_mb=4096
"""

from __future__ import annotations

import argparse
import faulthandler
import os
import random
import resource
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from storm import Storm

MEMORY = 8 << 30  # bytes of addresses that a process may use, so that large wishes fail at once
PATIENCE = 600  # seconds that a process may take


def blow(seed: int, calls: int, threads: int, told: bool) -> None:
    """The calls of one process."""
    faulthandler.enable()
    faulthandler.dump_traceback_later(PATIENCE, exit=True)
    if "libasan" not in os.environ.get("LD_PRELOAD", ""):  # it needs all addresses for itself
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    storms = [Storm(random.Random(f"{seed} {k}"), alone=threads == 1) for k in range(threads)]
    failures: list[BaseException] = []

    def go(storm: Storm) -> None:
        storm.packed, storm.spaces = storms[0].packed, storms[0].spaces
        try:
            for _ in range(calls // threads):
                storm.call(told)
        except BaseException as error:
            failures.append(error)
            raise

    others = [threading.Thread(target=go, args=(storm,)) for storm in storms[1:]]
    for other in others:
        other.start()
    go(storms[0])
    for other in others:
        other.join()
    count, refused = (sum(getattr(storm, n) for storm in storms) for n in ("count", "refused"))
    print(f"{count} calls, {refused} refused")
    sys.exit(bool(failures))


def run(seed: int, calls: int, threads: int) -> tuple[int, str]:
    """One process: its exit status, negative for a signal, and what it said."""
    command = [sys.executable, __file__, "--again", str(seed), "--silent"]
    command += ["--each", str(calls), "--threads", str(threads)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, (done.stdout + done.stderr).strip()


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--calls", type=int, default=1_000_000, help="in all")
    parser.add_argument("--each", type=int, default=20_000, help="calls of one process")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    parser.add_argument("--threads", type=int, default=1, help="in every process")
    parser.add_argument("--seed", type=int, default=0, help="of the first process")
    parser.add_argument("--again", type=int, metavar="SEED", help="this process, here and now")
    parser.add_argument("--silent", action="store_true", help="do not tell the calls")
    options = parser.parse_args()
    if options.again is not None:
        blow(options.again, options.each, options.threads, not options.silent)
    began, failed, done = time.monotonic(), 0, 0
    seeds = range(options.seed, options.seed - (-options.calls // options.each))
    with ThreadPoolExecutor(options.jobs) as pool:
        results = pool.map(lambda seed: run(seed, options.each, options.threads), seeds)
        for seed, (status, said) in zip(seeds, results, strict=True):
            done += options.each
            failed += status != 0
            seconds = time.monotonic() - began
            print(f"seed {seed}: {said if status == 0 else f'STATUS {status}'}  {seconds:.0f} s")
            if status != 0:
                print(said, flush=True)
    print(f"{done} calls in {len(seeds)} processes; {failed} processes failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
