"""Keras, imported without what nobody uses here, and private interfaces of TensorFlow, its backend."""

import gc
import os
import sys

# TensorFlow reads these when it is imported. They silence its messages about missing GPUs and its own
# versions, and keep oneDNN on CPUs without AVX-512, where it would train 3 times slower without.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")

# Keras imports these if it finds them, for its wrappers and image galleries: 1.5 s at every start. None makes
# an import fail as if a package were not installed. Checked with Keras 3.15.1.
_UNUSED = {"sklearn", "matplotlib"} - sys.modules.keys()
sys.modules.update(dict.fromkeys(_UNUSED))

# The modules stay until the end: looking for garbage among them takes 0.5 s, here and again later.
gc.disable()
import keras  # noqa: E402

gc.freeze()
gc.enable()
for _name in _UNUSED:
    del sys.modules[_name]


def forget_networks() -> None:
    """Free the memory of earlier networks, where one is trained after another.

    For every network TensorFlow registers the gradient of a sum over devices; it never removes the entry,
    which keeps the graph and all weights alive, and has no public way to do so. Checked with TensorFlow
    2.20.0 and Keras 3.15.1.
    """
    if keras.backend.backend() == "tensorflow":
        from tensorflow.python.framework import ops

        registered = ops.gradient_registry._registry
        for name in [name for name in registered if name.startswith("CustomGradient-")]:
            del registered[name]
    keras.utils.clear_session()
