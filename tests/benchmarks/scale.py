"""Memory and resumption at scale: `glimpse features` on many made-up photos, killed once on its way, then `glimpse train`
on that cache, beside the same with 1000 photos.

    python tests/benchmarks/scale.py target/release/glimpse --photos 100000 --work target/scale

Needs Pillow and numpy, Linux (memory is read from /proc). Photos are prepared at 64 pixels, which leaves four positions: the
time goes into files, decoding and the cache rather than into the network. Memory is what is the process's own (RssAnon):
pages of the mapped cache are the system's to take back.
"""

import argparse
import json
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image

SMALL = 1000
NETWORK = ["--feature-layer=head", "--photo-size=64"]
CAPTIONS = 5
# As in Flickr8k: captions of 11 words, out of 5000, the r-th of which is 1 / r as frequent as the first.
CAPTION_WORDS = 11
WORDS = [f"word{rank}" for rank in range(1, 5001)]
FREQUENCIES = 1 / numpy.arange(1, len(WORDS) + 1)
# Fewer, so that 1000 photos have as many: the memory of a step depends on it.
VOCABULARY = 4000


def make_photos(folder, count):
    """Photos of noise, and metadata.jsonl: the imagefolder layout."""
    folder.mkdir(parents=True, exist_ok=True)
    table = folder / "metadata.jsonl"
    if table.exists():
        return
    random = numpy.random.default_rng(1)
    shares = FREQUENCIES / FREQUENCIES.sum()
    rows = []
    for index in range(count):
        name = f"{index:06}.jpg"
        coarse = random.integers(0, 256, (6, 8, 3), dtype=numpy.uint8)
        Image.fromarray(coarse).resize((96, 72), Image.BILINEAR).save(folder / name, quality=80)
        rows.append(dict(file_name=name, captions=[" ".join(words) for words in random.choice(WORDS, (CAPTIONS, CAPTION_WORDS), p=shares)]))
    partial = table.with_suffix(".partial")
    partial.write_text("".join(json.dumps(row) + "\n" for row in rows))
    partial.rename(table)


def memory(process):
    """Megabytes of the process's own memory; none when it has ended."""
    try:
        for line in Path(f"/proc/{process.pid}/status").read_text().splitlines():
            if line.startswith("RssAnon:"):
                return int(line.split()[1]) / 1024
    except (FileNotFoundError, ProcessLookupError):
        pass
    return None


def run(command, kill_after_rows=None, rows=lambda: 0):
    """Runs to the end, or kills it. Returns seconds, and memory twenty times a second."""
    print("$", " ".join(map(str, command)), flush=True)
    start = time.perf_counter()
    errors = tempfile.TemporaryFile(mode="w+")
    process = subprocess.Popen(command, stderr=errors)
    samples = []
    while process.poll() is None:
        samples += [value] if (value := memory(process)) is not None else []
        if kill_after_rows is not None and rows() >= kill_after_rows:
            process.send_signal(signal.SIGKILL)
            process.wait()
            return time.perf_counter() - start, samples
        time.sleep(0.05)
    errors.seek(0)
    said = errors.read()
    if process.returncode != 0:
        raise SystemExit(said)
    print(said.strip().splitlines()[-1], flush=True)
    return time.perf_counter() - start, samples


def quarters(samples):
    """The largest memory in each quarter of the run."""
    size = max(1, len(samples) // 4)
    return [round(max(samples[start : start + size] or [0])) for start in range(0, 4 * size, size)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glimpse", type=Path)
    parser.add_argument("--photos", type=int, default=100_000)
    parser.add_argument("--work", type=Path, default=Path("target/scale"))
    parser.add_argument("--steps", type=int, default=300)
    arguments = parser.parse_args()
    peaks = {}
    for count in (SMALL, arguments.photos):
        folder = arguments.work / str(count)
        make_photos(folder / "data", count)
        features = folder / "features"

        def rows():
            names = list(features.glob("*/rows.txt"))
            return names[0].read_bytes().count(b"\n") if names else 0

        command = [arguments.glimpse, "features", "--data", folder / "data", "--features", features, *NETWORK]
        if rows() < count:
            _, before = run(command, kill_after_rows=count // 2, rows=rows)
            kept = rows()
            seconds, after = run(command)
            print(json.dumps(dict(photos=count, killed_after=kept, kept=rows(), photos_per_second=round((count - kept) / seconds, 1),
                                  megabytes_by_quarter=quarters(before) + quarters(after))), flush=True)
            if rows() != count:
                raise SystemExit(f"{rows()} rows instead of {count}")
        seconds, samples = run([arguments.glimpse, "train", "--data", folder / "data", "--features", features, *NETWORK,
                                "--output", folder / f"run-{int(time.time())}", "--hold-out", str(50 / count), "--epochs=1",
                                "--epoch-steps", str(arguments.steps), "--threads=1", "--vocabulary", str(VOCABULARY)])
        peaks[count] = max(samples)
        print(json.dumps(dict(photos=count, train_steps=arguments.steps, train_seconds=round(seconds), train_megabytes=round(max(samples)))),
              flush=True)
    print(f"training on {arguments.photos} photos takes {peaks[arguments.photos] / peaks[SMALL]:.2f} times the memory of {SMALL}")


if __name__ == "__main__":
    main()
