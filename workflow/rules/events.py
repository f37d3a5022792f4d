"""How many events a study has: all that planning its jobs needs to know of them."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from snakemake.exceptions import WorkflowError

from leptonid.study.chunks import simulated_events
from leptonid.study.sources import MADE


def count_events(data: Mapping, sources: Mapping[str, Sequence[str]], label: str) -> dict[str, int | None]:
    """Return the events of every split, None where a file is missing or cannot be used.

    Of a file they are the lengths of the labels, of which no more than a few kilobytes of its structure are
    read: what is wrong with it is for check_events to say. Other sources give what the config says.

    Parameters
    ----------
    data
        The section `data` of the config.
    sources
        Files of every split.
    label
        Group of the labels.

    Raises
    ------
    WorkflowError
        If h5py is not installed.
    """
    if data["source"] in MADE:
        return simulated_events(data[data["source"]]["events"])
    return {
        split: _total([_length(path, f"{label}/{split}") for path in files])
        for split, files in sources.items()
    }


def _total(lengths: Sequence[int | None]) -> int | None:
    return None if None in lengths else sum(lengths)


def _length(path: str, dataset: str) -> int | None:
    if not Path(path).is_file():
        return None
    # Here, as it takes a tenth of a second, and a simulation needs none.
    try:
        import h5py
    except ImportError as error:
        raise WorkflowError("planning counts the events with h5py, which is not installed here") from error
    try:
        with h5py.File(path, "r", locking=False) as file:
            return len(_without_links(file, dataset))
    except (OSError, KeyError, TypeError, ValueError):
        return None


def _without_links(file, name: str):
    """Return a dataset of a file; a link, which could lead to any file of this machine, is not followed."""
    import h5py

    found = file
    for part in name.split("/"):
        if not isinstance(found.get(part, getlink=True), h5py.HardLink):
            raise KeyError(name)
        found = found[part]
    return found
