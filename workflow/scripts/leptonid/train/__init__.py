"""From feature sets to trained classifiers: networks, fits, scores and how good they are."""

import os

# TensorFlow reads these when it is imported: a program imports Keras after this package, or through it.
# What it says of missing GPUs and of its own versions is no news in a log; and without oneDNN, which it
# leaves out on CPUs without AVX-512, it trains 3 times slower.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("TF_ENABLE_ONEDNN_OPTS", "1")
