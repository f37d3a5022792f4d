"""Words about the sample that people read: they stand in a file that no model depends on."""

from dataclasses import asdict, dataclass
from pathlib import Path

from leptonid.errors import InputError
from leptonid.study.titles import printable
from leptonid.tables.files import read_json, write_json


@dataclass(frozen=True)
class Sample:
    """The `label` of the sample in figures and tables, the unit of its energies, and a note on its splits."""

    label: str
    energy_unit: str
    independence: str | None = None


def write_sample(sample: Sample, path: str | Path) -> None:
    """Write `data/sample.json`."""
    write_json(asdict(sample), path)


def read_sample(path: str | Path) -> Sample:
    """Read `data/sample.json`; raises InputError if it is missing or damaged."""
    content = read_json(path, "the label of the sample")
    try:
        words = {name: printable(content[name]) for name in ("label", "energy_unit")}
        return Sample(**words, independence=content.get("independence"))
    except KeyError as error:
        raise InputError(f"{path}: lacks {error}; delete it and run again to recreate it") from error
