"""Whether an open file of events has what the layout says, and what is read of it in another form."""

from collections.abc import Collection, Sequence

import numpy as np

from leptonid.data.event_files import EventFile, group_shapes
from leptonid.data.forms import ONE_HOT, Labels, number_type, same_apart_from_ones
from leptonid.errors import InputError


def check_group(file: EventFile, name: str, splits: Sequence[str] | None = None) -> None:
    """Check that a group has splits, by default all that are wanted, and that they can be read.

    Raises
    ------
    InputError
        Naming the file, the group and the split.
    """
    if name not in file:
        raise InputError(f"{file.path}: {missing_group(file, name)}")
    _check_splits(file, name)
    shape, is_label = group_shapes(file.contents)[name], name == file.label
    for split in splits or file.wanted or file.splits(name):
        parts = file.parts(name, split)
        if not parts:
            there = ", ".join(
                sorted({place.split for place in file.places_of(name)} - {None}) or file.splits(name)
            )
            raise InputError(
                f"{file.path}: {name}/{split} is missing (group '{name}' has: {there}); name the files "
                "of each split in data.path, or write one dataset of all events, which data.split divides"
            )
        for part in parts:
            found, kind = part.dataset.shape[1:], part.dataset.dtype
            if not (same_apart_from_ones(found, shape) or (is_label and found == ONE_HOT)):
                raise InputError(
                    f"{part.where} has shape {part.dataset.shape}, expected {_expected(shape)}"
                    f"{_advice(found, shape)}"
                )
            if number_type(kind) is None and not (is_label and kind.kind == "b"):
                expected = "numbers 0 and 1" if is_label else "numbers"
                raise InputError(f"{part.where} has dtype {kind}, expected {expected}")
            file.store.check_filters(part.dataset)


def _check_splits(file: EventFile, name: str) -> None:
    """Check that all groups of the file have splits, or none has."""
    first = next(iter(file.places))
    own, other = (file.places_of(group)[0].split is None for group in (name, first))
    if own != other:
        whole, divided = (name, first) if own else (first, name)
        raise InputError(
            f"{file.path}: '{whole}' is a dataset of all events, '{divided}' has one for each split; "
            "write both in the same way"
        )


def check_lengths(file: EventFile, groups: Sequence[str], split: str) -> None:
    """Check that groups have as many events as the first of them, of each class where they are apart."""
    first = file.parts(groups[0], split)
    for name in groups:
        for part, other in zip(file.parts(name, split), first, strict=False):
            if part.label != other.label:
                raise InputError(
                    f"{file.path}: '{groups[0]}' and '{name}' differ: only one of them has the class in "
                    "its name, so that the order of events is not known"
                )
            if len(part) != len(other):
                raise InputError(
                    f"{part.where} has {part.dataset.shape[0]} events, "
                    f"{other.where.removeprefix(f'{file.path}: ')} has {other.dataset.shape[0]}"
                )


def notes(file: EventFile) -> list[str]:
    """Return what is read in another form than the layout's, a sentence each."""
    texts = []
    for name in file.places:
        shape = group_shapes(file.contents)[name]
        for place in file.places_of(name):
            if file.wanted is not None and place.split not in (None, *file.wanted):
                continue
            plain = f"{name}/{place.split}"
            part = file.part(name, place, place.split or next(iter(file.splits(name))))
            forms = []
            if place.path != plain and place.split:
                forms.append(f"for {plain}")
            if place.label is not None and place in file.places[name]:
                forms.append(f"label {place.label}")
            if target := file.store.target(place.path):
                forms.append(f"a link to {target} in the same file")
            if isinstance(part, Labels):
                forms += filter(None, [part.form()])
            if part.dataset.shape[1:] not in (shape, ONE_HOT):
                forms.append(f"events of shape {part.dataset.shape[1:]} as {shape}")
            if forms:
                texts.append(f"{place.path}: read as {', '.join(forms)}")
    if any(place.split is None for found in file.places.values() for place in found):
        texts.append(_split_note(file))
    return texts


def unused(file: EventFile) -> list[str]:
    """Return names in the file that are not read, of groups with something that is read those inside."""
    used = {
        place.path
        for found in file.places.values()
        for place in found
        if file.wanted is None or place.split in (None, *file.wanted)
    }
    return [path for name in file.store.names() for path in _unused(file, name, used)]


def _unused(file: EventFile, path: str, used: Collection[str]) -> list[str]:
    if path in used:
        return []
    if not any(name.startswith(f"{path}/") for name in used):
        return [path]
    return [
        inner for name in sorted(file.store.look(path)) for inner in _unused(file, f"{path}/{name}", used)
    ]


def _split_note(file: EventFile) -> str:
    whole = file.reading.whole.get(str(file.path))
    if whole:
        return f"has no splits: all events are {whole[0]} events, as data.path says"
    shares = {key: file.reading.split[key] for key in ("valid", "test")}
    listed = ", ".join(f"{share:g} {split}" for split, share in shares.items())
    seed = file.reading.split["seed"]
    return f"has no splits: data.split divides the events of each class ({listed}, seed {seed})"


def missing_group(file: EventFile, name: str) -> str:
    """Return that a group is missing, with what was found."""
    if file.store.look(name) is not None:
        return f"group '{name}' is empty, expected a dataset for each split, such as {name}/test"
    names = file.store.names()
    text = f"group '{name}' is missing (found: {', '.join(names) or 'nothing'})"
    frames = [key for key in names if file.store.is_pandas(key)]
    if frames:
        text += (
            f"; '{frames[0]}' was written by pandas or PyTables: write Parquet, frame.to_parquet(path), "
            "and take data.source: table"
        )
    return text


def _expected(shape: tuple[int, ...]) -> str:
    return f"({', '.join(['N', *map(str, shape)])}{'' if shape else ','})"


def _advice(found: tuple[int, ...], shape: tuple[int, ...]) -> str:
    """Return what to do about events of a shape that the layout's could be made of in more than one way."""
    if len(shape) == 3 and sorted(found) == sorted(shape):
        return "; if rows and columns are exchanged, exchange them in the layout, with its orientation"
    if len(shape) == 3 and len(found) == 1 and found[0] == np.prod(shape):
        return "; whether the pixels follow row by row is not known: reshape them"
    if len(shape) == 3 and len(found) == 3 and shape[:2] in (found[:2], found[1:]):
        return "; write each channel as an image of its own"
    return ""
