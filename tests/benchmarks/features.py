"""Photos a second of `glimpse features` and of the same work in PyTorch, in turns, and the ratio of the medians.

    cargo build --release -p trainer
    python tests/benchmarks/features.py target/release/glimpse

Both read made-up JPEG files of 500 × 375 pixels, shrink them to 260 × 260 and run EfficientNet-Lite2 on them, on all cores.
In PyTorch: Pillow decodes and shrinks in as many processes as there are cores, and the network, its batch norms folded,
channels last, runs in inference mode with as many threads. Each round starts both as processes of their own. The time is
that of the whole process, less that of the same on two photos, which is what it takes to start. Above 1 Glimpse is faster.
Needs torch 2, numpy and Pillow.
"""

import argparse
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image

SIZE, BATCH = 260, 32
# Kernel, stride of the first block, expansion, channels, blocks: those of Lite0.
STAGES = [(3, 1, 1, 16, 1), (3, 2, 6, 24, 2), (5, 2, 6, 40, 2), (3, 2, 6, 80, 3), (5, 1, 6, 112, 3), (5, 2, 6, 192, 4), (3, 1, 6, 320, 1)]
WIDTH, DEPTH = 1.1, 1.2


def make_photos(folder, count):
    folder.mkdir()
    random = numpy.random.default_rng(1)
    with open(folder / "metadata.jsonl", "w") as table:
        for index in range(count):
            coarse = Image.fromarray(random.integers(0, 256, (24, 32, 3), dtype=numpy.uint8))
            coarse.resize((500, 375), Image.BICUBIC).save(folder / f"{index:05}.jpg", quality=90)
            table.write(json.dumps({"file_name": f"{index:05}.jpg", "text": f"photo {index}"}) + "\n")


def network():
    import torch
    from torch import nn

    def channels(count):
        scaled = count * WIDTH
        rounded = max(8, int(scaled + 4) // 8 * 8)
        return rounded + 8 if rounded < 0.9 * scaled else rounded

    def convolution(inputs, outputs, kernel, stride, groups=1):
        return nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups)

    class Block(nn.Module):
        def __init__(self, inputs, outputs, kernel, stride, expansion):
            super().__init__()
            hidden = inputs * expansion
            widen = [convolution(inputs, hidden, 1, 1), nn.ReLU6(inplace=True)] if expansion > 1 else []
            filtered = [convolution(hidden, hidden, kernel, stride, hidden), nn.ReLU6(inplace=True)]
            self.layers = nn.Sequential(*widen, *filtered, convolution(hidden, outputs, 1, 1))
            self.residual = stride == 1 and inputs == outputs

        def forward(self, x):
            return x + self.layers(x) if self.residual else self.layers(x)

    layers, inputs = [convolution(3, 32, 3, 2), nn.ReLU6(inplace=True)], 32
    for index, (kernel, stride, expansion, outputs, count) in enumerate(STAGES):
        outputs = channels(outputs)
        for block in range(count if index in (0, len(STAGES) - 1) else math.ceil(count * DEPTH)):
            layers.append(Block(inputs, outputs, kernel, stride if block == 0 else 1, expansion))
            inputs = outputs
    layers += [convolution(inputs, 1280, 1, 1), nn.ReLU6(inplace=True)]
    return nn.Sequential(*layers).eval().to(memory_format=torch.channels_last)


def run_pytorch(folder, count):
    """The child process: features of the first photos of a folder, as half floats in a file."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    class Photos(Dataset):
        def __len__(self):
            return count

        def __getitem__(self, index):
            photo = Image.open(folder / f"{index:05}.jpg").convert("RGB").resize((SIZE, SIZE), Image.BILINEAR)
            return torch.from_numpy(numpy.asarray(photo).copy())

    cores = os.cpu_count()
    torch.set_num_threads(cores)
    model = network()
    with torch.inference_mode(), tempfile.TemporaryFile() as cache:
        for photos in DataLoader(Photos(), BATCH, num_workers=cores):
            pixels = (photos.permute(0, 3, 1, 2).float() - 127) / 128
            features = model(pixels.contiguous(memory_format=torch.channels_last))
            cache.write(features.half().numpy().tobytes())


def run_glimpse(glimpse, folder, work):
    shutil.rmtree(work / "cache", ignore_errors=True)
    command = [glimpse, "features", "--data", folder, "--features", work / "cache", "--encoder", "efficientnet-lite2",
               "--feature-layer", "head", "--photo-size", str(SIZE)]
    subprocess.run(command, check=True, stderr=subprocess.DEVNULL)


def seconds(task, *arguments):
    start = time.perf_counter()
    task(*arguments)
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glimpse", type=Path)
    parser.add_argument("--photos", type=int, default=600)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pytorch", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.pytorch:
        run_pytorch(Path(options.pytorch[0]), int(options.pytorch[1]))
        return
    work = Path(tempfile.mkdtemp())
    make_photos(work / "many", options.photos)
    make_photos(work / "two", 2)

    def pytorch(folder, count):
        subprocess.run([sys.executable, __file__, options.glimpse, "--pytorch", folder, str(count)], check=True)

    rates = {"Glimpse": [], "PyTorch": []}
    for round_ in range(options.rounds):
        started = seconds(run_glimpse, options.glimpse, work / "two", work)
        taken = seconds(run_glimpse, options.glimpse, work / "many", work)
        rates["Glimpse"].append((options.photos - 2) / (taken - started))
        started = seconds(pytorch, work / "two", 2)
        taken = seconds(pytorch, work / "many", options.photos)
        rates["PyTorch"].append((options.photos - 2) / (taken - started))
        print(f"round {round_ + 1}: " + ", ".join(f"{name} {rate[-1]:.1f}" for name, rate in rates.items()) + " photos a second", flush=True)
    glimpse, torch = (statistics.median(rate) for rate in rates.values())
    print(f"Glimpse / PyTorch: {glimpse / torch:.2f} of the medians")
    shutil.rmtree(work)


if __name__ == "__main__":
    main()
