"""Times a training step of `glimpse benchmark` and the same step in PyTorch, in turns, and prints the ratio.

    cargo build --release -p trainer
    python tests/benchmarks/training_step.py target/release/glimpse

Same model, batch, loss, optimiser, gradient clipping, dropout and weight average, in f32, on as many threads as there
are cores. Each round starts both as processes of their own, so that they share the machine's noise; the ratio is that of
the medians, and below 1 where Glimpse is faster. Needs torch 2.
"""

import argparse
import json
import statistics
import subprocess
import time

import torch
import torch.nn.functional as F
from torch import nn

PADDING, FIRST_WORD = 0, 4
WARM_UP = 3


class Attention(nn.Module):
    """Captions of one photo share the photo's keys and values, as they do in Glimpse."""

    def __init__(self, units, heads):
        super().__init__()
        self.heads = heads
        self.query, self.key, self.value, self.output = (nn.Linear(units, units) for _ in range(4))

    def forward(self, x, memory, causal=False):
        rows, words, units = x.shape
        batch, positions, _ = memory.shape
        query = self.query(x).view(batch, -1, self.heads, units // self.heads).transpose(1, 2)
        key, value = (
            layer(memory).view(batch, positions, self.heads, -1).transpose(1, 2) for layer in (self.key, self.value)
        )
        context = F.scaled_dot_product_attention(query, key, value, is_causal=causal)
        return self.output(context.transpose(1, 2).reshape(rows, words, units))


class Layer(nn.Module):
    def __init__(self, c):
        super().__init__()
        units = c["units"]
        self.norms = nn.ModuleList(nn.LayerNorm(units, eps=c["norm_epsilon"]) for _ in range(3))
        self.self_attention = Attention(units, c["heads"])
        self.cross_attention = Attention(units, c["heads"])
        self.inner = nn.Linear(units, c["feed_forward_units"])
        self.outer = nn.Linear(c["feed_forward_units"], units)
        self.attention_dropout = nn.Dropout(c["dropout"]["attention_output"])
        self.feed_forward_dropout = nn.Dropout(c["dropout"]["feed_forward_output"])

    def forward(self, x, memory):
        y = self.norms[0](x)
        x = x + self.attention_dropout(self.self_attention(y, y, causal=True))
        x = x + self.attention_dropout(self.cross_attention(self.norms[1](x), memory))
        y = F.relu(self.inner(self.norms[2](x)))
        return x + self.feed_forward_dropout(self.outer(y))


class Decoder(nn.Module):
    def __init__(self, c, positions):
        super().__init__()
        units = c["units"]
        self.image_dropout = nn.Dropout(c["dropout"]["image"])
        self.image_projection = nn.Linear(c["image_channels"], units)
        self.image_norm = nn.LayerNorm(units, eps=c["norm_epsilon"])
        self.image_positions = nn.Parameter(torch.randn(positions, units) / units**0.5)
        self.tokens = nn.Embedding(c["vocabulary"], units)
        self.positions = nn.Embedding(c["max_words"], units)
        self.dropout = nn.Dropout(c["dropout"]["embedding"])
        self.layers = nn.ModuleList(Layer(c) for _ in range(c["layers"]))
        self.norm = nn.LayerNorm(units, eps=c["norm_epsilon"])
        self.bias = nn.Parameter(torch.zeros(c["vocabulary"]))

    def forward(self, features, tokens, places):
        memory = self.image_norm(self.image_projection(self.image_dropout(features))) + self.image_positions
        x = self.dropout(self.tokens(tokens) + self.positions.weight[: tokens.shape[1]])
        for layer in self.layers:
            x = layer(x, memory)
        hidden = self.norm(x).flatten(0, 1)[places]
        return hidden @ self.tokens.weight.T + self.bias


def seconds_of_pytorch(run, steps):
    c = run["decoder"]
    torch.manual_seed(1)
    model = Decoder(c, run["positions"])
    average = [parameter.detach().clone() for parameter in model.parameters()]
    optimizer = torch.optim.AdamW(model.parameters(), lr=7e-4, weight_decay=run["weight_decay"])
    features = torch.rand(len(run["lengths"]), run["positions"], c["image_channels"])
    lengths = [length for photo in run["lengths"] for length in photo]
    longest = max(lengths)
    captions = torch.full((len(lengths), longest), PADDING)
    for row, length in zip(captions, lengths):
        row[:length] = torch.randint(FIRST_WORD, c["vocabulary"], (length,))
    tokens, labels = captions[:, :-1], captions[:, 1:].flatten()
    places = labels.nonzero().squeeze(1)
    labels = labels[places]
    seconds = []
    for step in range(WARM_UP + steps):
        start = time.perf_counter()
        optimizer.zero_grad()
        logits = model(features, tokens, places)
        loss = F.cross_entropy(logits, labels, label_smoothing=run["label_smoothing"])
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), run["gradient_norm"])
        optimizer.step()
        with torch.no_grad():
            torch._foreach_lerp_(average, list(model.parameters()), 1 - run["weight_average"])
        loss.item()
        if step >= WARM_UP:
            seconds.append(time.perf_counter() - start)
    return seconds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("glimpse", help="the trainer's binary")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=10)
    options = parser.parse_args()
    glimpse, pytorch = [], []
    for round_ in range(options.rounds):
        command = [options.glimpse, "benchmark", "--steps", str(options.steps)]
        run = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        glimpse += run["seconds"]
        pytorch += seconds_of_pytorch(run, options.steps)
        print(f"round {round_ + 1}: Glimpse {statistics.median(run['seconds']):.3f} s, "
              f"PyTorch {statistics.median(pytorch[-options.steps:]):.3f} s a step")
    words = sum(length - 1 for photo in run["lengths"] for length in photo)
    print(f"{words} words a step, {torch.get_num_threads()} threads, PyTorch {torch.__version__}")
    for name, values in (("Glimpse", glimpse), ("PyTorch", pytorch)):
        print(f"{name}: {min(values):.3f} / {statistics.median(values):.3f} / {max(values):.3f} s a step (min / median / max)")
    print(f"Glimpse / PyTorch: {statistics.median(glimpse) / statistics.median(pytorch):.2f} of the medians, "
          f"{min(glimpse) / min(pytorch):.2f} of the minima")


if __name__ == "__main__":
    main()
