"""The receipt of a check: which files were accepted, so that later programs read those same files."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from leptonid.data.checks import Findings
from leptonid.data.opening import unreadable
from leptonid.errors import InputError
from leptonid.study.sources import files_by_split
from leptonid.tables.files import read_json, write_json
from leptonid.tables.fingerprints import sha256


@dataclass(frozen=True)
class Receipt:
    """What was checked: the files of every split, events per split, groups, notes and warning.

    Each file has its `size` in bytes and its `sha256`. There is neither a path nor a time in a receipt, so
    that equal files give equal receipts.
    """

    files: dict[str, list[dict]]
    events: dict[str, int]
    groups: list[str]
    notes: list[str]
    warning: str | None


def state_of(source: str | Path) -> tuple[int, ...]:
    """Return size and times of a file: they change when the file does.

    Raises
    ------
    InputError
        If there is no such file, or it is in a closed folder.
    """
    try:
        # Of the file and, where it is one, of the link to it.
        found = [os.stat(source), os.lstat(source)]
    except OSError as error:
        raise unreadable(source, error) from error
    return (found[0].st_size, *(time for entry in found for time in (entry.st_mtime_ns, entry.st_ctime_ns)))


def make_receipt(path: object, findings: Findings, states: Mapping[str | Path, tuple[int, ...]]) -> Receipt:
    """Return the receipt of the files of `path`, as of `data.path`; `states` are those from before the check.

    Raises
    ------
    InputError
        If a file has changed since then.
    """
    facts = {}
    for file, state in states.items():
        facts[file] = {"size": state[0], "sha256": sha256(file)}
        if state_of(file) != state:
            raise InputError(f"{file}: changed while it was checked; run again when it is complete")
    files = {split: [facts[file] for file in some] for split, some in files_by_split(path).items()}
    return Receipt(files, findings.events, list(findings.groups), findings.notes(), findings.warning())


def write_receipt(receipt: Receipt, path: str | Path) -> None:
    """Write a receipt as JSON."""
    write_json(asdict(receipt), path)


def read_receipt(path: str | Path) -> Receipt:
    """Read a receipt; raises InputError if it is missing or damaged."""
    content = read_json(path, "the receipt of checked events")
    try:
        return Receipt(**content)
    except TypeError as error:
        raise InputError(
            f"{path}: not a receipt ({error}); delete it and run again to recreate it"
        ) from error


def verify_sources(sources: Sequence[str | Path], split: str, path: str | Path) -> Receipt:
    """Check that the files of a split are those that a receipt, the file `path`, was written for; return it.

    A file of the same size that is older than the receipt is trusted; else its SHA-256 decides.

    Raises
    ------
    InputError
        If a file is missing or has changed, there are more or fewer, or the receipt is damaged.
    """
    receipt = read_receipt(path)
    known = receipt.files.get(split, [])
    if len(sources) != len(known):
        raise InputError(
            f"{path}: was written for {len(known)} files of {split} events, not for {len(sources)}; "
            "delete it and run again"
        )
    for source, facts in zip(sources, known, strict=True):
        size, *times = state_of(source)
        is_older = max(times) < os.stat(path).st_mtime_ns
        if size != facts["size"] or not (is_older or sha256(source) == facts["sha256"]):
            raise InputError(
                f"{source}: has changed since it was checked; delete {path} and run again to check the "
                "new file"
            )
    return receipt
