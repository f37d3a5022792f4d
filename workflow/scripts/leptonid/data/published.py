"""The published HDF5 layout: what a file must hold to be used, and the checked copy of it."""

import hashlib
import logging
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import h5py
import numpy as np

from leptonid.calorimeter import ECAL, HCAL, HCAL_SPLIT, HCAL_TOWERS, IMAGES
from leptonid.errors import InputError
from leptonid.storage import HL, SPLITS, replacing

logger = logging.getLogger(__name__)

# Shape of one event of each group; `y` and the optional groups are one number an event.
REQUIRED = {"y": (), "et": ECAL.shape, "ht": HCAL.shape, "hl": (len(HL),), "mass": (1,)}
OPTIONAL = {"pt": (), "eta": (), "weight": ()}
BLOCK = 4096

# How files begin that must be unpacked first; a tar archive has its mark further on.
ARCHIVES = {
    b"PK": "zip",
    b"\x1f\x8b": "gzip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"(\xb5/\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}
TAR = slice(257, 262)


@dataclass(frozen=True)
class Findings:
    """What is worth knowing of an accepted file."""

    groups: tuple[str, ...]
    negative: dict[str, int]
    blocks: bool

    def notes(self) -> list[str]:
        """Return the findings as sentences."""
        structure = "is" if self.blocks else "is not"
        return [
            f"the HCal image {structure} constant over its {HCAL_SPLIT}x{HCAL_SPLIT} blocks",
            *(
                f"{name}: {count} events have negative pixels"
                for name, count in self.negative.items()
                if count
            ),
        ]


def blocks(dataset: h5py.Dataset, path: str | Path) -> Iterator[tuple[int, np.ndarray]]:
    """Yield (first event, values) for successive blocks of events of a dataset.

    Raises
    ------
    InputError
        If a block cannot be read, as in a truncated file.
    """
    for start in range(0, len(dataset), BLOCK):
        try:
            yield start, dataset[start : start + BLOCK]
        except OSError as error:
            stop = min(start + BLOCK, len(dataset)) - 1
            raise InputError(
                f"{path}: {dataset.name[1:]}: events {start} to {stop} cannot be read ({error})"
            ) from error


def open_events(path: str | Path) -> h5py.File:
    """Open an HDF5 file for reading, once it is clear that all that is read of it lies in this file.

    Raises
    ------
    InputError
        Naming the file: if it cannot be read, is an archive, or has a group or dataset of the layout that
        is a link or whose values lie in other files.
    """
    if not Path(path).is_file():
        raise InputError(
            f"{path}: no such file; expected HDF5 in the published layout (data.path in the config)"
        )
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        archive = _archive(path)
        if archive:
            raise InputError(
                f"{path}: a {archive} archive, expected HDF5; unpack it, and give the file that was inside "
                "(data.path in the config)"
            ) from error
        raise InputError(f"{path}: not a readable HDF5 file, or a truncated one ({error})") from error
    try:
        for name in (*REQUIRED, *OPTIONAL):
            _check_inside(file, name, path)
    except InputError:
        file.close()
        raise
    return file


def _archive(path: str | Path) -> str | None:
    """Return the kind of archive that a file is by its first bytes, or None."""
    with open(path, "rb") as file:
        head = file.read(TAR.stop)
    if head[TAR] == b"ustar":
        return "tar"
    return next((kind for mark, kind in ARCHIVES.items() if head.startswith(mark)), None)


def _check_inside(parent: h5py.Group, name: str, path: str | Path) -> None:
    """Refuse a group or dataset that is a link, or whose values lie in other files.

    A file from elsewhere could otherwise have any file of this machine read and passed on. Links are
    looked at, not followed.
    """
    key = f"{parent.name.strip('/')}/{name}".strip("/")
    problem = None
    match parent.get(name, getlink=True):
        case None:
            return
        case h5py.ExternalLink() as link:
            problem = f"is a link to {link.path} in the file {link.filename}"
        case h5py.SoftLink() as link:
            problem = f"is a link to {link.path}"
        case _:
            found = parent[name]
            if isinstance(found, h5py.Dataset) and found.is_virtual:
                problem = "is a virtual dataset, whose values lie elsewhere"
            elif isinstance(found, h5py.Dataset) and found.external:
                problem = f"has its values in the file {found.external[0][0]}"
            elif isinstance(found, h5py.Group):
                for split in SPLITS:
                    _check_inside(found, split, path)
    if problem:
        raise InputError(
            f"{path}: '{key}' {problem}; expected the values in this file itself: copy them into one file, "
            "without links"
        )


def check_layout(file: h5py.File, name: str, path: str | Path, splits: Collection[str] = SPLITS) -> None:
    """Check that a group has the datasets of these splits, with the shape and a type of its kind.

    Raises
    ------
    InputError
        Naming the file, the group and the split.
    """
    shape = {**REQUIRED, **OPTIONAL}[name]
    if name in file and not isinstance(file[name], h5py.Group):
        raise InputError(f"{path}: '{name}' is a dataset, expected a group with {', '.join(SPLITS)}")
    if name not in file:
        found = ", ".join(sorted(file)) or "nothing"
        raise InputError(f"{path}: group '{name}' is missing (found: {found})")
    for split in splits:
        dataset = file[name].get(split)
        if not isinstance(dataset, h5py.Dataset):
            found = ", ".join(sorted(file[name])) or "nothing"
            raise InputError(f"{path}: {name}/{split} is missing (group '{name}' has: {found})")
        if dataset.shape is None or dataset.ndim == 0 or dataset.shape[1:] != shape:
            expected = ", ".join(["N", *map(str, shape)]) + ("," if not shape else "")
            raise InputError(f"{path}: {name}/{split} has shape {dataset.shape}, expected ({expected})")
        kinds = "biuf" if name == "y" else "f"
        if dataset.dtype.kind not in kinds:
            expected = "numbers 0 and 1" if name == "y" else "floating-point numbers"
            raise InputError(f"{path}: {name}/{split} has dtype {dataset.dtype}, expected {expected}")


def check_lengths(file: h5py.File, groups: Sequence[str], split: str, path: str | Path) -> None:
    """Check that groups have as many events as the first of them."""
    expected = len(file[groups[0]][split])
    for name in groups:
        length = len(file[name][split])
        if length != expected:
            raise InputError(
                f"{path}: {name}/{split} has {length} events, {groups[0]}/{split} has {expected}"
            )


def read_labels(dataset: h5py.Dataset, path: str | Path) -> np.ndarray:
    """Return the labels of a split, (N,) int8; one that is not 0 or 1 is an `InputError` that names it."""
    labels = np.concatenate([np.empty(0), *(values for _, values in blocks(dataset, path))])
    wrong = (labels != 0) & (labels != 1)
    if wrong.any():
        event = int(np.argmax(wrong))
        raise InputError(
            f"{path}: {dataset.name[1:]}: event {event} has label {labels[event]:g}, expected 0 (background) "
            "or 1 (signal)"
        )
    return labels.astype(np.int8)


def check_finite(values: np.ndarray, start: int, where: str) -> None:
    """Check that all values are finite; the error names `where` and the event, counted from `start`."""
    finite = np.isfinite(values)
    if not finite.all():
        index = np.argwhere(~finite)[0]
        position = f" at {tuple(map(int, index[1:]))}" if len(index) > 1 else ""
        raise InputError(f"{where}: event {start + index[0]} has {values[tuple(index)]}{position}")


def check_events(path: str | Path, efp_images: Collection[str] = ()) -> Findings:
    """Check that a file in the published layout can be used, the cheap things first.

    Parameters
    ----------
    path
        HDF5 file with the groups of `REQUIRED`, and of `OPTIONAL` as it likes, each with the datasets
        train, valid and test.
    efp_images
        The images (`et`, `ht`) whose EFPs are asked for: there a negative pixel is an error, as EFPs
        take powers of ET. Elsewhere it is a warning: how the published file is scaled is not known.

    Raises
    ------
    InputError
        Naming the file, the group, the split and, where it is one, the event.
    """
    with open_events(path) as file:
        groups = (*REQUIRED, *(name for name in OPTIONAL if name in file))
        for name in groups:
            check_layout(file, name, path)
        for split in SPLITS:
            if not len(file["y"][split]):
                raise InputError(f"{path}: y/{split} has no events")
            check_lengths(file, ("y", *groups), split, path)
            _check_classes(file["y"][split], path)
        negative = dict.fromkeys(IMAGES, 0)
        constant = True
        for name in groups:
            for split in SPLITS:
                for start, values in blocks(file[name][split], path):
                    check_finite(values, start, f"{path}: {name}/{split}")
                    if name in IMAGES:
                        negative[name] += _count_negative(
                            values, start, f"{path}: {name}/{split}", name in efp_images
                        )
                    if name == "weight" and (values < 0).any():
                        event = start + int(np.argmax(values < 0))
                        raise InputError(f"{path}: weight/{split}: event {event} has a negative weight")
                    if name == HCAL.image and constant:
                        constant = _constant_over_blocks(values)
        ignored = sorted(set(file) - set(groups))
    findings = Findings(groups, negative, constant)
    for note in findings.notes():
        logger.info("%s: %s", path, note)
    if ignored:
        logger.info("%s: groups not used: %s", path, ", ".join(ignored))
    return findings


def copy_events(source: str | Path, target: str | Path, findings: Findings, label: str | None = None) -> None:
    """Copy the used groups of a checked file, with its attributes and where it came from.

    `label` says on every figure where the events come from; by default it is the file's own `label`
    attribute, else the file's name.
    """
    with replacing(target) as temporary, open_events(source) as file, h5py.File(temporary, "w") as copy:
        for name in findings.groups:
            group = copy.create_group(name)
            for split in SPLITS:
                file.copy(file[name][split], group, split)
        for key, value in file.attrs.items():
            copy.attrs[key] = value
        copy.attrs["label"] = label or _text(file.attrs.get("label", Path(source).name))
        copy.attrs["energy_unit"] = _text(file.attrs.get("energy_unit", "arb. units"))
        copy.attrs["notes"] = "; ".join(findings.notes())
        copy.attrs["source"] = Path(source).name
        with open(source, "rb") as raw:
            copy.attrs["source_sha256"] = hashlib.file_digest(raw, "sha256").hexdigest()


def _text(value: str | bytes) -> str:
    """Return an attribute as text; HDF5 has two kinds of it."""
    return value.decode() if isinstance(value, bytes) else str(value)


def _check_classes(dataset: h5py.Dataset, path: str | Path) -> None:
    labels = read_labels(dataset, path)
    for value, meaning in ((0, "background"), (1, "signal")):
        if not (labels == value).any():
            raise InputError(f"{path}: {dataset.name[1:]}: no event has label {value} ({meaning})")


def _count_negative(values: np.ndarray, start: int, where: str, is_error: bool) -> int:
    """Return how many events have a negative pixel, or raise if `is_error`."""
    negative = (values < 0).reshape(len(values), -1).any(axis=1)
    if is_error and negative.any():
        event = int(np.argmax(negative))
        raise InputError(
            f"{where}: event {start + event} has a negative pixel ({values[event].min():g}); EFPs need "
            "ET >= 0: take unscaled images, or leave this calorimeter out of efp.calorimeters"
        )
    return int(negative.sum())


def _constant_over_blocks(images: np.ndarray) -> bool:
    towers = images.reshape(len(images), HCAL_TOWERS, HCAL_SPLIT, HCAL_TOWERS, HCAL_SPLIT)
    return bool((towers == towers[:, :, :1, :, :1]).all())
