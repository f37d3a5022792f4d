"""Opening HDF5 files that users give: why one cannot be read, and what a file is that is no HDF5."""

from pathlib import Path

import h5py

from leptonid.errors import InputError, system_reason
from leptonid.study.forms import FEATHER, INSIDE, PARQUET, find

HEAD = 512

# What a file is by its first bytes, and what to do about it.
UNPACK = "unpack it, and give the file that was inside"
CONVERT = "convert it to HDF5 in the sample's layout"
TABLE = "take data.source: table"
KINDS = {
    b"PK": ("a zip archive", UNPACK),
    b"\x1f\x8b": ("a gzip archive", UNPACK),
    b"BZh": ("a bzip2 archive", UNPACK),
    b"\xfd7zXZ": ("a xz archive", UNPACK),
    b"(\xb5/\xfd": ("a zstd archive", UNPACK),
    b"7z\xbc\xaf": ("a 7z archive", UNPACK),
    b"version https://git-lfs": ("a Git LFS pointer", "fetch the file that it stands for: git lfs pull"),
    b"/annex/objects/": ("a git-annex pointer", "fetch the file that it stands for: git annex get"),
    b"root": ("a ROOT file", CONVERT),
    PARQUET: ("a Parquet file", TABLE),
    FEATHER: ("a Feather (Arrow) file", TABLE),
    b"\x93NUMPY": ("a NumPy array", CONVERT),
    b"\x0e\x03\x13\x01": ("an HDF4 file", CONVERT),
    b"CDF": ("a classic NetCDF file", CONVERT),
    b"MATLAB 5.0": ("a MATLAB 5 file", CONVERT),
    b"SIMPLE  =": ("a FITS file", CONVERT),
    b"\x80\x04": ("a pickle", CONVERT),
    b"\x80\x05": ("a pickle", CONVERT),
    b"SQLite format 3": ("an SQLite database", CONVERT),
}
UNKNOWN = ("not an HDF5 file, or damaged at its beginning", "make or download it again")
TEXT = {*b"\t\r\n\f", *range(0x20, 0x7F), *range(0x80, 0x100)}
MARKUP = (b"<!doctype", b"<html", b"<?xml", b"<head", b"<body")
# A tar archive has its mark further on.
TAR = slice(257, 262)

# Packages' names of filters that HDF5 finds by number only.
FILTERS = {
    4: "szip",
    307: "bzip2",
    32001: "blosc",
    32004: "lz4",
    32008: "bitshuffle",
    32013: "zfp",
    32015: "zstd",
    32017: "sz",
    32024: "sz3",
    32026: "blosc2",
    32028: "sperr",
}

# Attributes by which pandas and PyTables mark their groups.
TABLES = {"pandas_type", "CLASS", "PYTABLES_FORMAT_VERSION"}


def open_file(path: str | Path) -> h5py.File:
    """Open an HDF5 file for reading, without a lock: some file systems have none, and nothing is written.

    Raises
    ------
    InputError
        If it is missing, may not be read, is something else, is damaged, or is being written.
    """
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise unreadable(path, error) from error
    try:
        try:
            return h5py.File(path, "r", locking=False)
        except OSError as error:
            if "file locking flag" not in str(error):
                raise
            # This process has it open already, with a lock.
            return h5py.File(path, "r")
    except OSError as error:
        raise InputError(f"{path}: {_problem(path, head, error)}") from error


def unreadable(path: str | Path, error: OSError) -> InputError:
    """Return the error of a file that the system does not let us read."""
    if isinstance(error, FileNotFoundError):
        return InputError(f"{path}: no such file; expected events in HDF5 (data.path in the config)")
    return InputError(f"{path}: cannot be read: {system_reason(error, path)}")


class Hdf5Store:
    """An open HDF5 file, in which only what lies in this file itself is found.

    `attrs` are its attributes; `rows` of splits in one dataset are for others to draw, None. Errors as of
    `open_file`.
    """

    rows = None

    def __init__(self, path: str | Path):
        self.path = path
        self.file = open_file(path)
        self.attrs = self.file.attrs

    def close(self) -> None:
        """Close the file."""
        self.file.close()

    def names(self) -> list[str]:
        """Return what lies at the top, sorted."""
        return sorted(self.file)

    def look(self, path: str) -> h5py.Group | h5py.Dataset | None:
        """Return what lies at a path, None where there is nothing.

        Raises
        ------
        InputError
            If it, or what a link to it leads to, has its values in another file.
        """
        found = find(self.file, path, self.path)
        problem = None
        if isinstance(found, h5py.Dataset) and found.is_virtual:
            problem = "is a virtual dataset, whose values lie elsewhere"
        elif isinstance(found, h5py.Dataset) and found.external:
            problem = f"has its values in the file {found.external[0][0]}"
        if problem:
            raise InputError(f"{self.path}: '{path}' {problem}; {INSIDE}")
        return found

    def target(self, path: str) -> str | None:
        """Return where a path leads to by links, None without any."""
        found = self.look(path)
        name = found.name.strip("/") if found is not None else path
        return None if name == path else name

    def is_pandas(self, path: str) -> bool:
        """Return whether pandas or PyTables wrote a group, or one around or in it."""
        found = find(self.file, path, self.path)
        return hasattr(found, "keys") and bool(found.attrs.keys() & TABLES)

    def check_filters(self, dataset: h5py.Dataset) -> None:
        """Check that all compression filters of a dataset are installed; errors as of `check_filters`."""
        if isinstance(dataset, h5py.Dataset):
            check_filters(dataset, self.path)


def check_filters(dataset: h5py.Dataset, path: str | Path) -> None:
    """Check that all compression filters of a dataset are installed.

    Raises
    ------
    InputError
        Naming the file, the dataset and the filter.
    """
    properties = dataset.id.get_create_plist()
    for index in range(properties.get_nfilters()):
        number, _, _, name = properties.get_filter(index)
        if not h5py.h5z.filter_avail(number):
            title = FILTERS.get(number) or name.decode(errors="replace") or "without a name"
            raise InputError(
                f"{path}: {dataset.name[1:]} is compressed with a filter that is not installed here: {title} "
                f"(number {number}); rewrite the file where it can be read: h5repack -f GZIP=4 OLD NEW, "
                "or install hdf5plugin and set HDF5_PLUGIN_PATH to its folder, hdf5plugin.PLUGIN_PATH"
            )


def _problem(path: str | Path, head: bytes, error: OSError) -> str:
    """Return why a file that can be read cannot be opened as HDF5, and what to do."""
    if not head:
        return "is empty (0 bytes), expected HDF5; make or download it again"
    text = str(error)
    if "lock file" in text:
        return (
            f"is locked by another process, or its file system has no locks ({text}); set "
            "HDF5_USE_FILE_LOCKING=FALSE and run again"
        )
    if "already open for" in text or "consistency flags" in text:
        return (
            f"is being written, or was not closed by who wrote it ({text}); wait until it is complete, or "
            "clear the mark: h5clear -s FILE"
        )
    if h5py.is_hdf5(path):
        return f"a truncated or damaged HDF5 file ({text}); make or download it again"
    kind, advice = kind_of(head)
    return f"{kind}, expected HDF5; {advice} (data.path in the config)"


def kind_of(head: bytes) -> tuple[str, str]:
    """Return what a file is by its first bytes, and what to do."""
    if head[TAR] == b"ustar":
        return "a tar archive", UNPACK
    for mark, kind in KINDS.items():
        if head.startswith(mark):
            return kind
    if head.lstrip(b"\xef\xbb\xbf \t\r\n").lower().startswith(MARKUP):
        return (
            "an HTML or XML page, such as a server's message",
            "look at it in a browser and download the file again",
        )
    if all(byte in TEXT for byte in head):
        return "a text file", "give the file of events; a table in Parquet or Feather has data.source: table"
    return UNKNOWN
