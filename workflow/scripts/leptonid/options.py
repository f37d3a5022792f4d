"""Command-line options that many programs share."""

import argparse
import json


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
        parser.add_argument(f"--{name}", nargs="+", required=True, help="PDF, PNG or SVG to write")


def add_printed_table(parser: argparse.ArgumentParser) -> None:
    """Add --csv, --markdown and --latex, the forms of a printed table."""
    for form in ("csv", "markdown", "latex"):
        parser.add_argument(f"--{form}", required=True, help="table to write")
