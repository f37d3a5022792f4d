"""From events to trained classifiers: networks, fits, scores and their AUCs."""

import os

# TensorFlow reads these when it is imported: a program imports Keras after this package, or through it. They
# silence its messages about missing GPUs and its own versions, and keep oneDNN on CPUs without AVX-512, where
# it would train 3 times slower without.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
