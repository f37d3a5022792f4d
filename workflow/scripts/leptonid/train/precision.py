"""Precision of a training: mixed precision only on processors with bfloat16 arithmetic."""

import logging
from pathlib import Path

from leptonid.internals.keras import keras

logger = logging.getLogger(__name__)

BFLOAT16_FLAGS = {"avx512_bf16", "amx_bf16"}


def usable_precision(asked: str) -> str:
    """Return the Keras dtype policy for `train.precision`: float32 where bfloat16 would be emulated."""
    if asked == "mixed_bfloat16" and not has_bfloat16():
        logger.warning("train.precision: this processor has no bfloat16; training in float32")
        return "float32"
    return asked


def has_bfloat16(cpuinfo: Path = Path("/proc/cpuinfo")) -> bool:
    """Return whether this machine multiplies in bfloat16, by its processor's flags or with a GPU."""
    if keras.backend.backend() == "tensorflow":
        import tensorflow as tf

        if tf.config.list_physical_devices("GPU"):
            return True
    if not cpuinfo.exists():
        return False
    lines = cpuinfo.read_text().splitlines()
    flags = next((line for line in lines if line.startswith("flags")), "")
    return not BFLOAT16_FLAGS.isdisjoint(flags.split())
