"""Command-line options that many programs share."""

import argparse
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from leptonid.study.layout import Contents
from leptonid.tables.reader import Events, Inputs, SplitTables, read_events


def program(description: str, settings: str | None = None) -> argparse.ArgumentParser:
    """Return the parser of a program; `settings` describes the JSON text of --settings, if it takes one."""
    parser = argparse.ArgumentParser(description=description)
    if settings:
        parser.add_argument("--settings", type=json.loads, required=True, help=f"JSON: {settings}")
    return parser


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add --threads."""
    parser.add_argument("--threads", type=int, default=1, help="number of threads")


def add_sample(parser: argparse.ArgumentParser) -> None:
    """Add --sample."""
    parser.add_argument("--sample", required=True, help="data/sample.json: label and energy unit")


def add_figure(parser: argparse.ArgumentParser, *names: str) -> None:
    """Add options for figures to write."""
    for name in names:
        parser.add_argument(f"--{name}", nargs="+", required=True, help="PDF and PNG to write")


def add_printed_table(parser: argparse.ArgumentParser) -> None:
    """Add --csv, --markdown and --latex, the forms of a printed table."""
    for form in ("csv", "markdown", "latex"):
        parser.add_argument(f"--{form}", required=True, help="table to write")


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
