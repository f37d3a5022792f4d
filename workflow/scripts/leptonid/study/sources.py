"""The files of `data.path`: which of them hold the events of which split."""

from collections.abc import Mapping, Sequence

from leptonid.study.paths import SPLITS


def files_by_split(path: object) -> dict[str, list]:
    """Return the files of every split, in order: their events follow one another.

    Parameters
    ----------
    path
        As `data.path`: one file, or a list of files, which hold all splits; or a mapping of every split to
        one or several files.
    """
    if isinstance(path, Mapping):
        return {split: files_of(path[split]) for split in SPLITS}
    return {split: files_of(path) for split in SPLITS}


def all_files(path: object) -> list:
    """Return the files of `data.path`, each once, in the order of the splits."""
    return list(dict.fromkeys(file for files in files_by_split(path).values() for file in files))


def files_of(path: object) -> list:
    """Return one file or a list of files as a list."""
    return list(path) if isinstance(path, Sequence) and not isinstance(path, str) else [path]


def described(files: Sequence) -> str:
    """Return how a message names files that belong together: `a.h5`, or `a.h5 and 2 more`."""
    return f"{files[0]} and {len(files) - 1} more" if len(files) > 1 else str(files[0])
