"""Private interfaces of TensorFlow, the backend of Keras."""

import keras


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
