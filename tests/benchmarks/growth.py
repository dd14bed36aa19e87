"""How time and memory grow with the photos: `glimpse features` and one epoch of `glimpse train` on 1, 10 and 100 times as
many made-up ones, as a table (CSV) and a plot.

    python tests/benchmarks/growth.py target/release/glimpse --photos 500 --work target/growth --plot docs/curves/growth.png

Needs Pillow, numpy and matplotlib, Linux. Photos and memory are those of scale.py.
"""

import argparse
import csv
import shutil
import time
from pathlib import Path

import matplotlib

matplotlib.use("Agg")
from matplotlib import pyplot
from scale import NETWORK, VOCABULARY, make_photos, run

TIMES = (1, 10, 100)
TASKS = ("features", "train")


def measure(glimpse, folder, photos):
    """Seconds and megabytes of both commands, from nothing."""
    make_photos(folder / "data", photos)
    image = ["--data", folder / "data", "--features", folder / "features", *NETWORK]
    shutil.rmtree(folder / "features", ignore_errors=True)
    train = ["--output", folder / f"run-{int(time.time())}", "--hold-out", str(50 / photos), "--epochs=1", "--threads=1", "--photos-per-step=32",
             "--captions-per-photo=1", "--units=64", "--layers=1", "--heads=2", "--feed-forward-units=64", "--vocabulary", str(VOCABULARY)]
    for task, options in zip(TASKS, ([], train)):
        seconds, samples = run([glimpse, task, *image, *options])
        yield task, seconds, max(samples)


def draw(rows, path):
    figure, panels = pyplot.subplots(1, 2, figsize=(9, 3.5))
    for panel, (index, title) in zip(panels, ((2, "seconds"), (3, "megabytes of its own"))):
        for task in TASKS:
            of_task = [row for row in rows if row[1] == task]
            panel.plot([row[0] for row in of_task], [row[index] for row in of_task], "o-", label=f"glimpse {task}")
        panel.set(xscale="log", xlabel="photos", title=title)
        panel.grid(alpha=0.3)
    panels[0].set(yscale="log")
    panels[1].set_ylim(bottom=0)
    panels[0].legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glimpse", type=Path)
    parser.add_argument("--photos", type=int, default=500)
    parser.add_argument("--work", type=Path, default=Path("target/growth"))
    parser.add_argument("--plot", type=Path, default=Path("target/growth/growth.png"))
    arguments = parser.parse_args()
    rows = []
    for times in TIMES:
        photos = times * arguments.photos
        rows += [(photos, *measured) for measured in measure(arguments.glimpse, arguments.work / str(photos), photos)]
    with open(arguments.plot.with_suffix(".csv"), "w", newline="") as table:
        csv.writer(table).writerows([("photos", "task", "seconds", "megabytes"), *((*row[:2], f"{row[2]:.1f}", f"{row[3]:.1f}") for row in rows)])
    draw(rows, arguments.plot)
    for task in TASKS:
        first, *_, last = (row for row in rows if row[1] == task)
        print(f"{task}: 100 times the photos take {last[2] / first[2]:.0f} times the time and {last[3] / first[3]:.2f} times the memory")


if __name__ == "__main__":
    main()
