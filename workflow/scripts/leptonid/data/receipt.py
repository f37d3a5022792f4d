"""The receipt of a check: which file was accepted, so that later programs read that same file."""

import os
from dataclasses import asdict, dataclass
from pathlib import Path

from leptonid.data.checks import Findings
from leptonid.data.opening import unreadable
from leptonid.errors import InputError
from leptonid.tables.files import read_json, write_json
from leptonid.tables.fingerprints import sha256


@dataclass(frozen=True)
class Receipt:
    """What was checked: `size` in bytes and `sha256` of a file, events per split, groups, notes and warning.

    There is neither a path nor a time in it, so that equal files give equal receipts.
    """

    size: int
    sha256: str
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


def make_receipt(source: str | Path, findings: Findings, state: tuple[int, ...]) -> Receipt:
    """Return the receipt of a file; `state` is that from before the check.

    Raises
    ------
    InputError
        If the file has changed since then.
    """
    digest = sha256(source)
    if state_of(source) != state:
        raise InputError(f"{source}: changed while it was checked; run again when it is complete")
    return Receipt(
        state[0], digest, findings.events, list(findings.groups), findings.notes(), findings.warning()
    )


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


def verify_source(source: str | Path, path: str | Path) -> Receipt:
    """Check that a file is the one that a receipt, the file `path`, was written for; return the receipt.

    A file of the same size that is older than the receipt is trusted; else its SHA-256 decides.

    Raises
    ------
    InputError
        If the file is missing or has changed, or the receipt is damaged.
    """
    receipt = read_receipt(path)
    size, *times = state_of(source)
    if size == receipt.size and (max(times) < os.stat(path).st_mtime_ns or sha256(source) == receipt.sha256):
        return receipt
    raise InputError(
        f"{source}: has changed since it was checked; delete {path} and run again to check the new file"
    )
