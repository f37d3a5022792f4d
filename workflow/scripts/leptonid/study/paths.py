"""Where the files of a study lie, as Snakemake paths with `<results>` for the folder of results."""

from collections.abc import Iterable, Mapping

SPLITS = ("train", "valid", "test")
# What tuning and greedy searches use; the test events decide nothing.
TUNING_SPLITS = ("train", "valid")

RECEIPT = "<results>/data/events.json"
SAMPLE = "<results>/data/sample.json"
UNIQUE = "<results>/efp/unique.feather"
DUPLICATES = "<results>/efp/duplicates.feather"
GRAPHS = "<results>/efp/graphs.feather"
SUMMARY = "<results>/summary.md"
REPORT_TEXT = "<results>/figures/report.rst"


def event_tables(splits: Iterable[str] = SPLITS) -> list[str]:
    """Return the tables of events of some splits."""
    return [f"<results>/data/{split}.feather" for split in splits]


def scalar_tables(splits: Iterable[str] = SPLITS) -> list[str]:
    """Return the tables of scalars of images of some splits."""
    return [f"<results>/data/scalars/{split}.feather" for split in splits]


def own_tables(names: Iterable[str], splits: Iterable[str] = SPLITS) -> list[str]:
    """Return the checked copies of a user's tables of some splits."""
    splits = list(splits)
    return [f"<results>/data/tables/{name}/{split}.feather" for name in names for split in splits]


def cell_tables(calorimeters: Iterable[str], splits: Iterable[str] = SPLITS) -> list[str]:
    """Return the tables of cells of some calorimeters and splits."""
    splits = list(splits)
    return [
        f"<results>/data/cells/{calorimeter}/{split}.feather"
        for calorimeter in calorimeters
        for split in splits
    ]


def efp_tables(
    chunks: Mapping[str, int], calorimeters: Iterable[str], splits: Iterable[str] = SPLITS
) -> list[str]:
    """Return the EFP tables of some calorimeters and splits; `chunks` is their number in each split."""
    splits = list(splits)
    return [
        f"<results>/efp/{calorimeter}/{split}/{chunk}.feather"
        for calorimeter in calorimeters
        for split in splits
        for chunk in range(chunks[split])
    ]


def pass_folder(search: str, number: int) -> str:
    """Return the folder of one pass of a search."""
    return f"<results>/search/{search}/pass{number}"


def pass_file(search: str, number: int, name: str) -> str:
    """Return a file of one pass of a search."""
    return f"{pass_folder(search, number)}/{name}"


def figure(name: str, suffixes: Iterable[str] = ("pdf", "png")) -> list[str]:
    """Return the files of a figure."""
    return [f"<results>/figures/{name}.{suffix}" for suffix in suffixes]


def table(name: str, suffixes: Iterable[str] = ("csv", "md", "tex")) -> list[str]:
    """Return the files of a printed table."""
    return [f"<results>/tables/{name}.{suffix}" for suffix in suffixes]
