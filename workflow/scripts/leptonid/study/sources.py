"""The files of a study: those of every split, those of Delphes by class, and where a download lies."""

import os
from collections.abc import Mapping, Sequence
from urllib.parse import unquote, urlsplit

from leptonid.study.layout import CLASSES
from leptonid.study.paths import SPLITS

# Sources whose HDF5 file the workflow makes.
SIMULATION, DELPHES = MADE = ("simulation", "delphes")


def source_files(data: Mapping) -> list[str]:
    """Return the files of the user that the section `data` takes events from, each once."""
    if data["source"] in MADE:
        return list(dict.fromkeys(delphes_files(data["delphes"]))) if data["source"] == DELPHES else []
    return all_files(data["path"])


def delphes_files(delphes: Mapping) -> list[str]:
    """Return the ROOT files of the section `data.delphes`, signal first."""
    return [file for name in CLASSES.values() for file in delphes[name]]


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


def file_name(download: Mapping) -> str:
    """Return the name of a downloaded file; `download` is the section of the config, with an address."""
    return download["name"] or unquote(urlsplit(download["urls"][0]).path).rpartition("/")[2]


def download_path(download: Mapping) -> str:
    """Return where a downloaded file lies; `download` is the section of the config, with an address."""
    return os.path.normpath(os.path.join(download["folder"], file_name(download)))


def receipt_of(path: object) -> str:
    """Return the receipt of a downloaded file: where it came from, and its SHA-256."""
    return f"{path}.receipt.json"
