"""Where a file of events keeps the groups of a layout: names and links of HDF5 files as people write them.

For the layout's group `et` and a split, in this order:

et/train, et/val            a dataset per split in the group
train/et                    the other way round
et_train                    in one name
et                          one dataset, whose events are still to be split

and, where there is none of them, the same with the class in the name: `et_signal`, `et_bg`, `et/signal`,
`signal/et`. Files are opened elsewhere: this needs only their names, so that planning and programs agree.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from leptonid.errors import InputError
from leptonid.study.layout import CLASSES, Contents

# What files call the splits and the classes, the layout's names first.
SPLIT_WORDS = {
    "train": ("train", "training"),
    "valid": ("valid", "val", "validation"),
    "test": ("test", "testing"),
}
CLASS_WORDS = {1: ("signal", "sig"), 0: ("background", "bkg", "bg")}

# How names are put together where they are not a group of the layout with a dataset per split.
CLASS_FORMS = ("{name}_{word}", "{name}/{word}", "{word}/{name}")
SPLIT_FORMS = ("{split}/{stem}", "{stem}_{split}")

# In tables: the column of the split, and the fields of a cell: its place, in one number or two, its energy.
SPLIT = "split"
CELL, ROW, COLUMN, ENERGY = "cell", "row", "column", "energy"
FIELDS = ((CELL, ENERGY), (ROW, COLUMN, ENERGY))

# The first bytes of tables.
PARQUET, FEATHER = b"PAR1", b"ARROW1"

INSIDE = "expected the values in this file itself: copy them into one file, without links"

# Links that lead to further links, at most.
HOPS = 16


@dataclass(frozen=True)
class Place:
    """Where a dataset lies: `path` in the file, its `split` (None: all events) and its class (None: both)."""

    path: str
    split: str | None
    label: int | None = None


def find(file: Mapping, path: str, source: object) -> object | None:
    """Return an object of an open HDF5 file, None where there is none; links are followed within the file.

    Otherwise a file of unknown origin could make the workflow read any file of this machine.

    Raises
    ------
    InputError
        If the path leads into another file, to nothing, or in a circle.
    """
    found, parts, hops = file, path.split("/"), 0
    while parts:
        name = parts.pop(0)
        if name in ("", "."):
            continue
        link = found.get(name, getlink=True) if hasattr(found, "keys") else None
        if link is None:
            if hops:
                raise InputError(
                    f"{source}: '{path}' is a link to {'/'.join([name, *parts])}, which is not in this file"
                )
            return None
        if hasattr(link, "filename"):
            raise InputError(
                f"{source}: '{path}' is a link to {link.path} in the file {link.filename}; {INSIDE}"
            )
        if not hasattr(link, "path"):
            found = found[name]
            continue
        hops += 1
        if hops > HOPS:
            raise InputError(f"{source}: '{path}' is a link that leads in a circle")
        parts = [*link.path.split("/"), *parts]
        if link.path.startswith("/"):
            found = file
    return found


def places(
    look: Callable[[str], object | None], name: str, words: Mapping[int, Sequence[str]]
) -> list[Place]:
    """Return where a group of the layout lies, [] where it is missing or empty.

    Parameters
    ----------
    look
        Returns what is at a path: a mapping for a group, anything else for a dataset, None for nothing.
    words
        What stands for the classes of label 1 and 0 in names.

    Raises
    ------
    InputError
        If two names of the file mean the same.
    """
    of_class = {word for known in words.values() for word in known}
    both = _places_of(look, name, None, of_class)
    if both:
        return both
    return [
        place
        for label in CLASSES
        for place in next(
            filter(
                None,
                (
                    _places_of(look, form.format(name=name, word=word), label, set())
                    for word in words[label]
                    for form in CLASS_FORMS
                ),
            ),
            [],
        )
    ]


def has_columns(contents: Contents, name: str, columns: Collection[str]) -> bool:
    """Return whether a table has a group of the layout: in columns of its own, or in one of lists."""
    if name in columns:
        return True
    if name in contents.images:
        return any({f"{name}_{field}" for field in fields} <= {*columns} for fields in FIELDS)
    return name in contents.stored and {*contents.stored[name]} <= {*columns}


def canonical(split: str) -> str:
    """Return the layout's name of a split, of any other one its own."""
    return next((name for name, words in SPLIT_WORDS.items() if split.lower() in words), split)


def shares_of(events: int, shares: Mapping[str, float]) -> dict[str, int]:
    """Return how many of some events each split gets; training has those that the shares leave."""
    others = {split: round(shares[split] * events) for split in ("valid", "test")}
    return {"train": events - sum(others.values()), **others}


def _places_of(look: Callable, stem: str, label: int | None, passed_over: Collection[str]) -> list[Place]:
    """Return the places of one name of a group; names in `passed_over` are no splits."""
    found = look(stem)
    if hasattr(found, "keys"):
        splits = {f"{stem}/{key}": key for key in found if key not in passed_over}
        return _unambiguous(splits, label)
    if found is not None:
        return [Place(stem, None, label)]
    words = [word for known in SPLIT_WORDS.values() for word in known]
    for form in SPLIT_FORMS:
        splits = {form.format(split=word, stem=stem): word for word in words}
        splits = {path: word for path, word in splits.items() if look(path) is not None}
        if splits:
            return _unambiguous(splits, label)
    return []


def _unambiguous(splits: Mapping[str, str], label: int | None) -> list[Place]:
    """Return paths under the layout's names of splits; its own name wins where a split is there twice."""
    found: dict[str, tuple[str, str]] = {}
    for path, word in splits.items():
        split = canonical(word)
        known = found.get(split)
        if known and split not in (word, known[1]):
            raise InputError(f"'{known[0]}' and '{path}' are both {split} events; rename one of them")
        if known is None or word == split:
            found[split] = (path, word)
    return [Place(path, split, label) for split, (path, _) in found.items()]
