"""How many events a study has, and which groups its files hold: all that planning its jobs needs to know."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from snakemake.exceptions import WorkflowError

from leptonid.study.chunks import simulated_events
from leptonid.study.forms import PARQUET, SPLIT, Place, canonical, find, has_columns, places, shares_of
from leptonid.study.layout import Layout
from leptonid.study.needs import used_groups
from leptonid.study.sources import MADE, TABLE, Reading, all_files

Answer = TypeVar("Answer")


def count_events(
    data: Mapping, sources: Mapping[str, Sequence[str]], layout: Layout
) -> dict[str, int | None]:
    """Return the events of every split, None where a file is missing or cannot be used.

    Of a file they are the lengths of the labels, of which no more than a few kilobytes of its structure are
    read: what is wrong with it is for check_events to say. Other sources give what the config says. Splits
    that a file does not have may differ by a few events.

    Parameters
    ----------
    data
        The section `data` of the config.
    sources
        Files of every split.
    layout
        The layout of the sample.

    Raises
    ------
    WorkflowError
        If h5py is not installed, or pyarrow for a table.
    """
    if data["source"] in MADE:
        return simulated_events(data[data["source"]]["events"])
    reading = Reading.of(data, layout)
    counts = {
        path: _lengths(path, layout, reading)
        for path in {path for files in sources.values() for path in files}
    }
    return {split: _total([counts[path].get(split) for path in files]) for split, files in sources.items()}


def without_missing_groups(config: Mapping, layout: Layout) -> Layout:
    """Return a layout without the images and variables that no file has and no key of the config asks for.

    Files that are missing or cannot be used change nothing. Errors as of `count_events`.
    """
    unused = {*layout.images, *layout.contents.stored} - set(used_groups(config, layout))
    missing = unused & absent_groups(config["data"], layout) if unused else set()
    return layout.without(missing) if missing else layout


def absent_groups(data: Mapping, layout: Layout) -> set[str]:
    """Return the images, variables and kinematics of a layout that no file has; errors as of `count_events`.

    Files that are missing or cannot be used change nothing.
    """
    kinematics = (layout.events[role] for role in layout.kinematics)
    files = _groups_of_files(data, layout)
    return {*layout.images, *layout.contents.stored, *kinematics}.difference(*files) if files else set()


def missing_groups(config: Mapping, layout: Layout) -> dict[str, str]:
    """Return the groups that the config names and a file lacks, each with the keys that name it.

    None where files are missing or cannot be used. Errors as of `count_events`.
    """
    files = _groups_of_files(config["data"], layout)
    return {
        group: ", ".join(keys)
        for group, keys in used_groups(config, layout).items()
        if any(group not in groups for groups in files)
    }


def _total(lengths: Sequence[int | None]) -> int | None:
    return None if None in lengths else sum(lengths)


def _groups_of_files(data: Mapping, layout: Layout) -> list[set[str]]:
    """Return the groups of a layout that each file has; nothing if one cannot be used or is made here."""
    if data["source"] in MADE:
        return []
    reading = Reading.of(data, layout)
    files = [_groups(path, layout, reading) for path in all_files(data["path"])]
    return [] if None in files else files


def _groups(path: str, layout: Layout, reading: Reading) -> set[str] | None:
    """Return the groups of a layout that a file has, None where it cannot be used."""
    groups = [*layout.images, *layout.contents.stored, *layout.events.values()]
    if reading.kind == TABLE:

        def of_table(table: object) -> set[str]:
            return {name for name in groups if has_columns(layout.contents, name, table.schema.names)}

        return _asked(path, reading, of_table)
    return _asked(path, reading, lambda file: {name for name in groups if _places(file, path, name, reading)})


def _lengths(path: str, layout: Layout, reading: Reading) -> dict[str, int]:
    """Return the events of each split of a file, as far as they are known."""

    def of_table(table: object) -> dict[str, int]:
        if SPLIT in table.schema.names:
            counts = Counter(table.to_table(columns=[SPLIT])[SPLIT].to_pylist())
            return {canonical(str(word)): count for word, count in counts.items()}
        return divided(table.count_rows())

    def of_hdf5(file: Mapping) -> dict[str, int]:
        label, lengths = layout.events["label"], Counter()
        for name in (label, *layout.images, *layout.contents.stored):
            found = _places(file, path, name, reading)
            # Without labels, those of a group whose events have a class by name.
            if found and (name == label or path in reading.labels or found[0].label is not None):
                for place in found:
                    events = find(file, place.path, path).shape[0]
                    lengths.update({place.split: events} if place.split else divided(events))
                return lengths
        return lengths

    def divided(events: int) -> dict[str, int]:
        whole = reading.whole.get(path)
        return {whole[0]: events} if whole else shares_of(events, reading.split)

    return _asked(path, reading, of_table if reading.kind == TABLE else of_hdf5) or {}


def _places(file: Mapping, path: str, name: str, reading: Reading) -> list[Place]:
    return places(lambda place: find(file, place, path), name, reading.words)


def _asked(path: str, reading: Reading, ask: Callable[[object], Answer]) -> Answer | None:
    """Return the answer to a question about an open file, None where it cannot be used."""
    if not Path(path).is_file():
        return None
    # Here, as it takes a tenth of a second, and a simulation needs none.
    try:
        if reading.kind == TABLE:
            import pyarrow.dataset

            return ask(pyarrow.dataset.dataset(path, format=_format(path)))
        import h5py

        with h5py.File(path, "r", locking=False) as file:
            return ask(file)
    except ImportError as error:
        raise WorkflowError(
            f"planning counts the events with {error.name}, which is not installed here"
        ) from error
    except (OSError, KeyError, TypeError, ValueError, AttributeError):
        return None


def _format(path: str) -> str:
    with open(path, "rb") as file:
        return "parquet" if file.read(len(PARQUET)) == PARQUET else "feather"
