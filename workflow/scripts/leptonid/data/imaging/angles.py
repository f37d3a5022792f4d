"""Azimuths."""

import numpy as np


def wrapped(angle: np.ndarray) -> np.ndarray:
    """Return angles (radians) brought to [-pi, pi)."""
    return (angle + np.pi) % (2 * np.pi) - np.pi
