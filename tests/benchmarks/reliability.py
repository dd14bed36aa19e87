"""Kills (-9) `features`, `train`, `export` and `caption --results` at random moments, goes on until each has come to its end, and
holds what is there then against what comes of the same without a disturbance: to the last bit.

    python tests/benchmarks/reliability.py target/release/glimpse --kills 300
    python tests/benchmarks/reliability.py target/release/glimpse --kills 0 --full-disks 20

With `--full-disks` a random write of a command finds no space on the disk (by strace, for which it has to be installed), so
many times for each command: it has to say so, or to have done without that write, and to go on afterwards as after a kill.

Needs Pillow and numpy. A quarter of the kills goes to each command.
"""

import argparse
import collections
import random
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from scale import NETWORK, make_photos

PHOTOS = 48
TRAINING = ["--preset=glimpse", "--hold-out=0.2", "--epochs=3", "--photos-per-step=8", "--threads=1", "--units=32", "--layers=1", "--heads=2",
            "--feed-forward-units=32", "--vocabulary=200", "--least-count=1", "--checkpoint-every=2", "--log-every=1", "--warm-up=2", "--plain"]


class Trial:
    """A command whose work lies in a folder. `left` is what it leaves, for comparison."""

    def __init__(self, name, begin, go_on, left):
        self.name, self.begin, self.go_on, self.left = name, begin, go_on, left


def run(command, moment=None):
    """Whether it came to its end, before the moment at which it would have been killed."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    try:
        _, said = process.communicate(timeout=moment)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGKILL)
        process.communicate()
        return False
    if process.returncode != 0 or "panicked" in said:
        raise SystemExit(f"{command}: {process.returncode}\n{said}")
    return True


def kill_at_random(trial, kills, moments):
    """Kills it so many times, and compares after every time that it came to its end."""
    start = time.perf_counter()
    whole = Path(tempfile.mkdtemp(prefix="glimpse-"))
    run(trial.begin(whole))
    seconds = time.perf_counter() - start
    expected = trial.left(whole)
    killed = compared = 0
    while killed < kills:
        folder = Path(tempfile.mkdtemp(prefix="glimpse-"))
        command = trial.begin(folder)
        start = time.perf_counter()
        undisturbed = True
        # The last time it is left alone, so that every trial is compared.
        while killed < kills and not run(command, moments.uniform(0, seconds)):
            killed += 1
            undisturbed = False
            command = trial.go_on(folder)
        if undisturbed:
            # A busy machine made it seem longer than it is: then few moments would lie within it.
            seconds = min(seconds, time.perf_counter() - start)
        run(trial.go_on(folder))
        if trial.left(folder) != expected:
            raise SystemExit(f"{trial.name}: {folder} is not what {whole} is")
        compared += 1
        shutil.rmtree(folder)
    shutil.rmtree(whole)
    print(f"{trial.name}: killed {killed} times, {compared} times at its end and the same", flush=True)


WRITES = "write,pwrite64,writev"
NO_SPACE = "No space left on device"


def fill_at_random(trial, times, moments):
    """Lets a write fail, so many times another one, and compares what is there after going on."""
    whole = Path(tempfile.mkdtemp(prefix="glimpse-"))
    trace = whole / "trace"
    subprocess.run(["strace", "-f", "-qq", "-o", trace, "-e", f"trace={WRITES}", *trial.begin(whole)], capture_output=True, check=True)
    # strace counts for each thread on its own. What goes to the terminal is no write to the disk.
    counts = collections.Counter()
    candidates = set()
    for line in trace.read_text(errors="replace").splitlines():
        thread, call = line.split(None, 1)
        counts[thread] += "(" in call
        if call.startswith(tuple(WRITES.split(","))) and not call.split("(")[1].startswith(("1,", "2,")):
            candidates.add(counts[thread])
    expected = trial.left(whole)
    refused = 0
    for _ in range(times):
        folder = Path(tempfile.mkdtemp(prefix="glimpse-"))
        place = moments.choice(sorted(candidates))
        inject = f"inject={WRITES}:error=ENOSPC:when={place}"
        ended = subprocess.run(["strace", "-f", "-qq", "-o", "/dev/null", "-e", inject, *trial.begin(folder)], capture_output=True, text=True)
        if "panicked" in ended.stderr or (ended.returncode != 0 and NO_SPACE not in ended.stderr):
            raise SystemExit(f"{trial.name}, write {place}: {ended.returncode}\n{ended.stderr}")
        refused += ended.returncode != 0
        run(trial.go_on(folder))
        if trial.left(folder) != expected:
            raise SystemExit(f"{trial.name}, write {place}: {folder} is not what {whole} is")
        shutil.rmtree(folder)
    shutil.rmtree(whole)
    print(f"{trial.name}: no space at {times} writes of {len(candidates)}, said so {refused} times, then went on to the same", flush=True)


def rows(cache):
    """Each row of a feature cache, by what it is of: rows may come in another order."""
    folder = next(cache.glob("*/rows.txt")).parent
    lines = [line.split(" ", 1) for line in (folder / "rows.txt").read_text().splitlines()]
    values = (folder / "features.f16").read_bytes()
    length = len(values) // len(lines)
    return {key: values[int(row) * length : (int(row) + 1) * length] for row, key in lines}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glimpse", type=Path)
    parser.add_argument("--kills", type=int, default=300)
    parser.add_argument("--full-disks", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--work", type=Path, default=Path("target/reliability"))
    arguments = parser.parse_args()
    glimpse = arguments.glimpse.resolve()
    data = (arguments.work / "data").resolve()
    make_photos(data, PHOTOS)
    cache = arguments.work.resolve() / "features"
    features = [glimpse, "features", "--data", data, "--preset=glimpse", *NETWORK]
    run([*features, "--features", cache])
    train = [glimpse, "train", "--data", data, "--features", cache, *NETWORK, *TRAINING]
    trained = arguments.work.resolve() / "run"
    if not (trained / "model.safetensors").exists():
        shutil.rmtree(trained, ignore_errors=True)
        run([*train, "--output", trained])
    photos = sorted(data.glob("*.jpg"))[:12]
    # Where a run trained, and how long it took, is not a part of its model.
    tables = ["log.csv", "vocabulary.json", "model.safetensors"]

    computing = lambda folder: [*features, "--features", folder]
    exporting = lambda folder: [glimpse, "export", "--run", trained, "--output", folder / "model.safetensors"]
    captioning = lambda folder: [glimpse, "caption", "--model", trained / "model.safetensors", *photos, "--results", folder / "results.json"]
    resuming = lambda folder: [glimpse, "train", "--output", folder / "run", "--resume", "--plain"]
    beginning = lambda folder: [*train, "--output", folder / "run"]
    # Killed before it was anything, a run is begun again.
    going_on = lambda folder: resuming(folder) if (folder / "run/recipe.toml").exists() else beginning(folder)
    files = lambda *names: lambda folder: [(folder / name).read_bytes() for name in names]
    trials = [
        Trial("features", computing, computing, rows),
        Trial("train", beginning, going_on, files(*(f"run/{name}" for name in tables))),
        Trial("export", exporting, exporting, files("model.safetensors")),
        Trial("caption --results", captioning, captioning, files("results.json")),
    ]
    moments = random.Random(arguments.seed)
    for trial in trials:
        if arguments.kills:
            kill_at_random(trial, arguments.kills // len(trials), moments)
        if arguments.full_disks:
            fill_at_random(trial, arguments.full_disks, moments)


if __name__ == "__main__":
    main()
