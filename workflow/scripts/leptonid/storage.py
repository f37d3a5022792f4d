"""The file layouts of the workflow: the published HDF5 layout, Feather tables, and safe writing."""

import glob
import hashlib
import json
import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import h5py
import numpy as np
import pyarrow as pa
import pyarrow.feather

from leptonid.errors import InputError

SPLITS = ("train", "valid", "test")
HL = ("R_had", "w_eta2", "R_phi", "R_eta", "sigma_eta_eta", "iso_0.3", "iso_0.4")

# How a manifest identifies a study.
IDENTIFIER = "sha256:[0-9a-f]{64}"


@contextmanager
def replacing(path: str | Path) -> Iterator[Path]:
    """Yield a temporary path beside `path`; it becomes `path` when the block ends without an error.

    It can become a file or a folder. A kill therefore never leaves anything half-written under the real
    name. The suffix is kept, for writers that go by it.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    _remove_abandoned(path)
    temporary = path.with_name(f".{path.stem}.{os.getpid()}{path.suffix}")
    try:
        yield temporary
        os.replace(temporary, path)
    finally:
        _remove(temporary)


def _remove_abandoned(path: Path) -> None:
    """Remove temporary paths of processes that were killed while they wrote `path`."""
    for temporary in path.parent.glob(f".{glob.escape(path.stem)}.*{path.suffix}"):
        pid = temporary.name.removeprefix(f".{path.stem}.").removesuffix(path.suffix)
        if pid.isdigit() and not _alive(int(pid)):
            _remove(temporary)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # somebody else's process
        return True
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def fingerprint(*contents: bytes | np.ndarray) -> str:
    """Return a text that tells what unfinished work was made from."""
    digest = hashlib.blake2b(digest_size=16)
    for content in contents:
        content = content if isinstance(content, bytes) else content.tobytes()
        digest.update(len(content).to_bytes(8, "little"))
        digest.update(content)
    return digest.hexdigest()


def loaded_sources() -> list[bytes]:
    """Return the library files that this process has loaded: an edit of one makes unfinished work void."""
    modules = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "leptonid"}
    return [Path(modules[name].__file__).read_bytes() for name in sorted(modules)]


def write_text(text: str, path: str | Path) -> None:
    """Write a text file in UTF-8."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(content: Mapping, path: str | Path) -> None:
    """Write a mapping as indented JSON."""
    write_text(json.dumps(content, indent=2) + "\n", path)


def read_manifest(path: str | Path) -> dict:
    """Read the manifest that a run of the workflow writes as it starts.

    Raises
    ------
    InputError
        If it is missing or damaged.
    """
    try:
        manifest = json.loads(Path(path).read_text(encoding="utf-8"))
        if re.fullmatch(IDENTIFIER, manifest["identifier"]):
            return manifest
        found = f"its identifier is {manifest['identifier']!r}"
    except (OSError, ValueError, TypeError, KeyError) as error:
        found = repr(error)
    raise InputError(
        f"{path}: not a manifest ({found}); a run writes it as it starts, unless hooks are off (--no-hooks)"
    )


def write_feather(
    table: pa.Table,
    path: str | Path,
    metadata: Mapping[str, str] | None = None,
    rows_at_once: int | None = None,
) -> None:
    """Write an Arrow table as Feather (zstd), with `metadata` added to its schema's.

    What is compressed is held in memory for up to `rows_at_once` rows.
    """
    if metadata:
        table = table.replace_schema_metadata({**(table.schema.metadata or {}), **metadata})
    with replacing(path) as temporary:
        pyarrow.feather.write_feather(table, str(temporary), compression="zstd", chunksize=rows_at_once)


def read_feather(path: str | Path, columns: list[str] | None = None) -> pa.Table:
    """Read a Feather file, or only some of its columns, in the order asked for.

    Raises
    ------
    InputError
        If the file is damaged or lacks a column; the message names the file.
    """
    with _reading(path):
        table = pyarrow.feather.read_table(str(path), columns=columns)
        # A flipped bit can make a column point outside of its buffer, and a later look at it end the process.
        table.validate(full=True)
    return table


def read_schema(path: str | Path) -> pa.Schema:
    """Return the schema of a Feather file without reading its columns; errors as of `read_feather`."""
    with _reading(path), pa.OSFile(str(path)) as file:
        return pa.ipc.open_file(file).schema


def read_metadata(path: str | Path) -> dict[str, str]:
    """Return the text metadata of a Feather file without reading its columns; errors as of `read_feather`."""
    schema = read_schema(path)
    with _reading(path):
        return _texts(schema)


@contextmanager
def _reading(path: str | Path) -> Iterator[None]:
    try:
        yield
    except (pa.ArrowException, OSError, KeyError, ValueError) as error:
        if isinstance(error, FileNotFoundError):
            raise InputError(f"{path}: no such file") from error
        raise InputError(
            f"{path}: cannot be read as Feather ({error}); delete it and run again to make it anew"
        ) from error


def metadata_of(table: pa.Table) -> dict[str, str]:
    """Return the text metadata of a table's schema: split, calorimeter, label and the like."""
    return _texts(table.schema)


def _texts(schema: pa.Schema) -> dict[str, str]:
    return {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}


def matching(paths: Iterable[str | Path], **wanted: str) -> list[str | Path]:
    """Return the Feather files whose metadata hold the wanted values, ordered by chunk.

    Raises
    ------
    InputError
        If there is none, or a file is damaged.
    """
    found = []
    for path in paths:
        metadata = read_metadata(path)
        if all(metadata.get(key) == value for key, value in wanted.items()):
            found.append((int(metadata.get("chunk", 0)), path))
    if not found:
        described = ", ".join(f"{key} {value}" for key, value in wanted.items())
        raise InputError(f"no table given for {described}")
    return [path for _, path in sorted(found)]


def write_events(
    path: str | Path,
    groups: Mapping[str, Mapping[str, np.ndarray]],
    attributes: Mapping[str, str | int | float],
) -> None:
    """Write an HDF5 file in the published layout: one group per feature with a dataset per split.

    The bytes depend on the content only (no time stamps), so equal events make equal files.
    """
    with replacing(path) as temporary, h5py.File(temporary, "w", track_order=False) as file:
        for name, splits in sorted(groups.items()):
            for split, values in splits.items():
                chunks = (min(len(values), 1024), *values.shape[1:]) if len(values) else None
                file.create_dataset(
                    f"{name}/{split}",
                    data=values,
                    chunks=chunks,
                    compression="gzip" if chunks else None,
                    compression_opts=9 if chunks else None,
                    shuffle=bool(chunks),
                    track_times=False,
                )
        for key, value in sorted(attributes.items()):
            file.attrs[key] = value
