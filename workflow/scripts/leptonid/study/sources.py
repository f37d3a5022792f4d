"""The files of a study: those of every split and class, how they are read, and where a download lies."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from urllib.parse import unquote, urlsplit

from leptonid.study.chunks import SHARES
from leptonid.study.forms import CLASS_WORDS
from leptonid.study.layout import CLASSES, Layout
from leptonid.study.paths import SPLITS

# Sources whose HDF5 file the workflow makes.
SIMULATION, DELPHES = MADE = ("simulation", "delphes")
# What files are: HDF5, or Parquet and Feather.
KINDS = (FILE, TABLE) = ("file", "table")

# How a file without splits is divided where nothing else is said.
SPLIT = {**SHARES, "seed": 0}


@dataclass(frozen=True)
class Reading:
    """How files are read where the layout leaves it open.

    `split` are the shares `valid` and `test` of a file without splits, and its `seed`; `words` what stands
    for signal and background in names of groups; `labels` the class of files that `data.path` names one for;
    `whole` the splits of files that it names for some: without splits of its own, a file that is named for
    one is all of it; `kind` is one of `KINDS`, None where files can be either.
    """

    split: Mapping[str, float] = field(default_factory=lambda: SPLIT)
    words: Mapping[int, Sequence[str]] = field(default_factory=lambda: CLASS_WORDS)
    labels: Mapping[str, int] = field(default_factory=dict)
    whole: Mapping[str, Sequence[str]] = field(default_factory=dict)
    kind: str | None = None

    @classmethod
    def of(cls, data: Mapping, layout: Layout) -> "Reading":
        """Return how the section `data` of a config and a layout say that files are read."""
        path = None if data["source"] in MADE else data["path"]
        words = {
            label: (own.group,) if own.group else CLASS_WORDS[label]
            for label, own in ((1, layout.signal), (0, layout.background))
        }
        labels = {file: label for label, name in CLASSES.items() for file in files_of_class(path, name)}
        whole = {}
        if isinstance(path, Mapping) and set(path) == set(SPLITS):
            by_split = files_by_split(path)
            for file in all_files(path):
                whole[file] = [split for split, files in by_split.items() if file in files]
        return cls(data["split"], words, labels, whole, TABLE if data["source"] == TABLE else FILE)

    def as_settings(self) -> dict:
        """Return a dictionary that JSON can hold, for `from_settings`."""
        return {**asdict(self), "words": {CLASSES[label]: list(words) for label, words in self.words.items()}}

    @classmethod
    def from_settings(cls, settings: Mapping) -> "Reading":
        """Return what `as_settings` described."""
        words = {label: tuple(settings["words"][name]) for label, name in CLASSES.items()}
        return cls(settings["split"], words, settings["labels"], settings["whole"], settings["kind"])


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
        As `data.path`: one file, or a list of files, which hold all splits; or a mapping of every split, of
        both classes, or of every split and in it of both classes, to one or several files.
    """
    if isinstance(path, Mapping) and set(path) == set(SPLITS):
        return {split: files_of(path[split]) for split in SPLITS}
    return {split: files_of(path) for split in SPLITS}


def all_files(path: object) -> list:
    """Return the files of `data.path`, each once, in the order of the splits."""
    return list(dict.fromkeys(file for files in files_by_split(path).values() for file in files))


def files_of(path: object) -> list:
    """Return one file, a list of files, or those of both classes, signal first, as a list."""
    if isinstance(path, Mapping):
        return [file for name in CLASSES.values() for file in files_of(path[name])]
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


def files_of_class(path: object, name: str) -> list:
    """Return the files of `data.path` that are named for a class, of each split in turn."""
    if not isinstance(path, Mapping):
        return []
    if name in path:
        return files_of(path[name])
    return [file for part in path.values() for file in files_of_class(part, name)]
