"""What files of events hold, for people: printed within seconds, from some of the events."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np

from leptonid.data.attributes import text_attribute
from leptonid.data.event_files import EventFile, group_shapes, optional_groups
from leptonid.data.event_tables import TableStore
from leptonid.data.forms import Part
from leptonid.data.structure import check_group, check_lengths, notes, unused
from leptonid.errors import InputError
from leptonid.study.features import contents_of
from leptonid.study.layout import CLASSES, KINEMATICS, LABEL, WEIGHT, Contents
from leptonid.study.sources import Reading, all_files, files_by_split

# Events that are looked at: this many stretches of each dataset, of a table one as long as all of them.
STRETCHES, LENGTH = 4, 500


def describe_files(
    path: object, contents: Contents, reading: Reading, features: Mapping[str, Sequence[str]]
) -> Iterator[str]:
    """Yield lines about files: groups, events, ranges, what does not fit, what can be trained.

    Parameters
    ----------
    path
        As `data.path`.
    contents
        The groups of the layout.
    reading
        How files are read where the layout leaves it open.
    features
        The inputs of each feature set.
    """
    unusable: dict[str, str] = {}
    for source in all_files(path):
        splits = [split for split, files in files_by_split(path).items() if source in files]
        try:
            file = EventFile(source, contents, reading, splits)
        except InputError as error:
            yield str(error)
            unusable |= dict.fromkeys(group_shapes(contents), "no readable file")
            continue
        try:
            problems = _problems(file)
            yield from _describe(file, problems)
        finally:
            file.close()
        unusable |= {name: "does not fit" if name in file else "missing" for name in problems}
        unusable |= {name: "missing" for name in optional_groups(contents) if name not in file}
    yield ""
    yield "feature sets of the config:"
    for name, inputs in features.items():
        needed = contents_of(inputs, contents)
        kinematics = [group for role, group in needed.events.items() if role in (LABEL, *KINEMATICS)]
        lacking = [
            f"{group} {unusable[group]}"
            for group in (*needed.images, *needed.stored, *kinematics)
            if group in unusable
        ]
        yield f"  {name}: {'no: ' + ', '.join(lacking) if lacking else 'can be trained'}"


def _problems(file: EventFile) -> dict[str, str]:
    """Return what does not fit the layout, by group."""
    problems, fitting = {}, []
    for name in file.groups:
        try:
            check_group(file, name)
            for split in file.splits(name):
                check_lengths(file, [*fitting[:1], name], split)
            fitting.append(name)
        except InputError as error:
            problems[name] = str(error)
    return problems


def _describe(file: EventFile, problems: Mapping[str, str]) -> Iterator[str]:
    kind = "Parquet or Feather" if isinstance(file.store, TableStore) else "HDF5"
    size = Path(file.path).stat().st_size / 1e6
    yield f"{file.path}: {kind}, {size:,.1f} MB"
    for name in ("label", "energy_unit"):
        if text := text_attribute(file.store, name):
            yield f"  {name}: {text}"
    for split in file.splits(file.label) if file.label in file and file.label not in problems else ():
        yield f"  {split}: {_events(file, split)}"
    for name in (name for name in group_shapes(file.contents) if name in file and name not in problems):
        for split in file.splits(name):
            for part in file.parts(name, split):
                yield f"  {name}/{split}: {_values(file, name, part)}"
    lines = {
        "read in another form": notes(file) if not problems else (),
        "not read": unused(file),
        "does not fit": [text.removeprefix(f"{file.path}: ") for text in problems.values()],
    }
    for title, texts in lines.items():
        for text in texts:
            yield f"  {title}: {text}"


def _events(file: EventFile, split: str) -> str:
    """Return the events of a split by class, and the sums of their weights."""
    try:
        y = np.concatenate([part.read(0, len(part)) for part in file.parts(file.label, split)])
    except InputError as error:
        return str(error)
    counts = [f"{int((y == label).sum()):,} {name}" for label, name in CLASSES.items()]
    weight = file.contents.events.get(WEIGHT)
    return f"{len(y):,} events: {', '.join(counts)}{', weighted' if weight in file else ''}"


def _values(file: EventFile, name: str, part: Part) -> str:
    """Return shape, type and range of a dataset, and how many of the images that were read are empty."""
    text = f"{part.dataset.shape[1:] or 'one number'}, {part.dataset.dtype}"
    if not len(part):
        return f"{text}, no events"
    try:
        values = np.concatenate([part.read(*stretch) for stretch in _stretches(file, part)])
    except InputError as error:
        return f"{text}, {error}"
    variables = file.contents.stored.get(name)
    columns = zip(variables, values.T, strict=True) if variables else [("", values)]
    text += "".join(f", {variable} {_range(column)}".replace("  ", " ") for variable, column in columns)
    if name in file.contents.images:
        pixels = values.reshape(len(values), -1)
        empty, filled = int((~pixels.any(1)).sum()), (pixels != 0).mean()
        text += f", {empty} images empty, {filled:.1%} of the pixels filled"
    if name == file.contents.events.get(WEIGHT):
        text += f", {int((values < 0).sum())} negative"
    return text + (f" (of {len(values):,} of the events)" if len(values) < len(part) else "")


def _range(values: np.ndarray) -> str:
    finite = values[np.isfinite(values)]
    text = f"{finite.min():.4g} to {finite.max():.4g}" if len(finite) else "no numbers"
    others = values.size - finite.size
    return f"{text} and {others} not finite" if others else text


def _stretches(file: EventFile, part: Part) -> list[tuple[int, int]]:
    """Return first and last row of what is read of a part; a table is read from its beginning."""
    total = STRETCHES * LENGTH
    if len(part) <= total or isinstance(file.store, TableStore):
        return [(0, min(total, len(part)))]
    starts = np.linspace(0, len(part) - LENGTH, STRETCHES).astype(int)
    return [(int(start), int(start) + LENGTH) for start in starts]
