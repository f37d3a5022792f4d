"""Arrays that other code passes to the library."""

import numpy as np

from leptonid.errors import InputError

# Kinds of NumPy types: booleans, integers, floats, and objects, which may be numbers.
KINDS = "biufO"


def real_numbers(values: object, name: str) -> np.ndarray:
    """Return values as float64, in their shape.

    Raises
    ------
    InputError
        If they are no numbers, complex, or one is masked; the message starts with `name`.
    """
    if np.ma.is_masked(values):
        place = np.argwhere(np.ma.getmaskarray(values))[0]
        raise InputError(f"{name}: value {', '.join(map(str, place))} is masked; leave out what is masked")
    try:
        values = np.asarray(values)
        if values.dtype.kind not in KINDS:
            raise TypeError(f"found {values.dtype}")
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name}: expected real numbers ({error})") from error
