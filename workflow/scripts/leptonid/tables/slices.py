"""Work in parts, so that few values are held in memory at once."""


def slices(length: int, step: int) -> list[slice]:
    """Return slices of `step` items that together cover `length` items."""
    return [slice(start, start + step) for start in range(0, length, step)]
