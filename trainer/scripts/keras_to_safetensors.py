"""Writes the weights in a file of Keras as safetensors, which `glimpse encoder import` reads.

    pip install h5py safetensors numpy
    python keras_to_safetensors.py inception_v3_weights_tf_dim_ordering_tf_kernels_notop.h5 inception.safetensors

Takes Keras' older files of weights and of whole models (.h5), and Keras 3's .weights.h5. A tensor is called by its path in
the file: "conv2d_1/conv2d_1/kernel", without TensorFlow's ":0", or "layers/conv2d_1/vars/0". What an optimizer keeps is
left out.
"""

import sys

import h5py
import numpy
from safetensors.numpy import save_file


def main():
    if len(sys.argv) != 3:
        sys.exit("usage: python keras_to_safetensors.py WEIGHTS.h5 OUTPUT.safetensors")
    source, output = sys.argv[1:]
    tensors = {}

    def keep(path, item):
        if isinstance(item, h5py.Dataset) and not path.startswith("optimizer"):
            tensors[path.removesuffix(":0")] = numpy.asarray(item, dtype=numpy.float32)

    try:
        with h5py.File(source) as file:
            # A whole model has its weights in a group beside the optimizer's.
            file.get("model_weights", file).visititems(keep)
    except OSError as error:
        sys.exit(f"cannot read {source} as HDF5, which Keras' .h5 files are: {error}")
    save_file(tensors, output)
    print(f"{output}: {len(tensors)} tensors")


if __name__ == "__main__":
    main()
