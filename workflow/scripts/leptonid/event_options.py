"""Command-line options of programs that read events, and the tables that they name.

Apart from `leptonid.options`, so that an edit of the reader reruns only the programs that use it.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leptonid.study.layout import Contents
from leptonid.tables.reader import Events, Inputs, SplitTables, read_events


def add_tables(parser: argparse.ArgumentParser) -> None:
    """Add the tables that hold events: --events, --cells, --efps, --unique."""
    parser.add_argument("--events", nargs="+", required=True, help="tables of events (Feather)")
    parser.add_argument("--cells", nargs="*", default=[], help="tables of cells, where images are inputs")
    parser.add_argument("--efps", nargs="*", default=[], help="EFP tables, where EFPs are inputs")
    parser.add_argument("--unique", nargs="?", help="table of unique observables, where EFPs are inputs")


@dataclass(frozen=True)
class Tables:
    """The tables that the options of `add_tables` name."""

    events: Sequence[str | Path]
    cells: Sequence[str | Path] = field(default=())
    efps: Sequence[str | Path] = field(default=())
    unique: str | Path | None = None

    @classmethod
    def of(cls, arguments: argparse.Namespace) -> "Tables":
        """Return the tables of parsed options."""
        return cls(arguments.events, arguments.cells, arguments.efps, arguments.unique)

    @property
    def files(self) -> list[str | Path]:
        """All of them: what unfinished work is made from."""
        return [*self.events, *self.cells, *self.efps, *([self.unique] if self.unique else [])]

    def inputs(self, names: Sequence[str], layout: dict) -> Inputs:
        """Return the inputs of these names; `layout` describes a `Contents`, errors as of `Inputs.of`."""
        return Inputs.of(names, Contents.from_settings(layout), self.unique)

    def read(self, split: str, inputs: Inputs) -> Events:
        """Read the events of a split; errors as of `read_events`."""
        return read_events(SplitTables(split, self.events, self.cells, self.efps), inputs)
