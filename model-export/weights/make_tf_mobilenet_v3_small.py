"""Writes what tf-mobilenet-v3-small.safetensors was made of: TensorFlow's MobileNetV3-Small under timm's names.

    pip install numpy safetensors
    python make_tf_mobilenet_v3_small.py mobilenetv3-small-features.safetensors timm-names.safetensors
    glimpse encoder import timm-names.safetensors --architecture tf-mobilenet-v3-small \
        --output tf-mobilenet-v3-small.safetensors --source "…"

The first file holds the convolutions with their batch norms folded in, as NOTICE says. Here the norms change nothing: the
import folds them once more, and the half floats that come out are those that went in.
"""

import sys

import numpy
from safetensors.numpy import load_file, save_file

EPSILON = numpy.float32(1e-3)
# Blocks of each of timm's stages; the first block has no expansion, and so other names.
STAGES = [1, 2, 3, 2, 3]


def main():
    weights, output = sys.argv[1:]
    tensors = {name: values.astype(numpy.float32) for name, values in load_file(weights).items()}
    named = {}

    def squeeze(name, to):
        for part in ("weight", "bias"):
            named[f"{to}.{part}"] = tensors.pop(f"{name}.{part}")

    def convolution(name, to, norm):
        bias = tensors.pop(f"{name}.bias")
        named[f"{to}.weight"] = tensors.pop(f"{name}.weight")
        named[f"{norm}.bias"] = bias
        named[f"{norm}.weight"] = numpy.ones_like(bias)
        named[f"{norm}.running_mean"] = numpy.zeros_like(bias)
        named[f"{norm}.running_var"] = numpy.full_like(bias, 1 - EPSILON)

    convolution("stem", "conv_stem", "bn1")
    number = 0
    for stage, blocks in enumerate(STAGES):
        for block in range(blocks):
            name, to = f"block{number}", f"blocks.{stage}.{block}"
            if number == 0:
                convolution(f"{name}.depthwise", f"{to}.conv_dw", f"{to}.bn1")
                convolution(f"{name}.project", f"{to}.conv_pw", f"{to}.bn2")
            else:
                convolution(f"{name}.expand", f"{to}.conv_pw", f"{to}.bn1")
                convolution(f"{name}.depthwise", f"{to}.conv_dw", f"{to}.bn2")
                convolution(f"{name}.project", f"{to}.conv_pwl", f"{to}.bn3")
            if f"{name}.se_reduce.weight" in tensors:
                squeeze(f"{name}.se_reduce", f"{to}.se.conv_reduce")
                squeeze(f"{name}.se_expand", f"{to}.se.conv_expand")
            number += 1
    convolution("last", f"blocks.{len(STAGES)}.0.conv", f"blocks.{len(STAGES)}.0.bn1")
    assert not tensors, sorted(tensors)
    save_file(named, output)


if __name__ == "__main__":
    main()
