"""Check or update the translations of the lessons, docs/locale/{language}/LC_MESSAGES/lessons/*.po.

python tools/translations.py docs/_build/gettext [--update]

The folder holds the texts of today's lessons, as `sphinx-build --builder gettext` writes them.
"""

import argparse
import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

LOCALE = Path(__file__).parents[1] / "docs" / "locale"
TRANSLATED = ("index", "plot_1_perceptron", "plot_2_hidden_layer", "plot_3_convolutions")

# What sphinx-gallery writes below and above every lesson.
FRAME = re.compile(r":(?:doc|download|ref):`[^`]*`|\*\*Total running time|`Gallery generated")


def texts(template: Path) -> list[str]:
    """Return the texts of a page, in their order."""
    with open(template, "rb") as file:
        return [message.id for message in read_po(file) if message.id and not FRAME.match(message.id)]


def problems(wanted: list[str], translation: Catalog) -> list[str]:
    """Return what keeps a translation from being that of these texts."""
    found = []
    for text in wanted:
        message = translation.get(text)
        if message is None or not message.string:
            found.append(f"not translated: {text}")
        elif message.fuzzy:
            found.append(f"changed since it was translated (fuzzy): {text}")
    return found + [
        f"no longer in the lesson: {message.id}" for message in translation if message.id not in ("", *wanted)
    ]


def updated(wanted: list[str], translation: Catalog) -> Catalog:
    """Return a translation of exactly these texts: those that changed are marked as fuzzy."""
    template = Catalog()
    for text in wanted:
        template.add(text)
    translation.update(template)
    translation.obsolete.clear()
    return translation


def read(path: Path, language: str) -> Catalog:
    """Return a translation, empty if there is none yet."""
    if not path.exists():
        return Catalog(language)
    with open(path, "rb") as file:
        return read_po(file, language)


def main(argv: list[str] | None = None) -> None:
    """Report every difference and exit with 1, or write the texts of today into the translations."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("templates", type=Path, help="folder of the texts of today")
    parser.add_argument("--update", action="store_true", help="write them into the translations")
    args = parser.parse_args(argv)
    found = []
    for folder in sorted(LOCALE.iterdir()):
        for page in TRANSLATED:
            path = folder / "LC_MESSAGES/lessons" / f"{page}.po"
            wanted, translation = texts(args.templates / "lessons" / f"{page}.pot"), read(path, folder.name)
            if args.update:
                with open(path, "wb") as file:
                    write_po(file, updated(wanted, translation), width=100, omit_header=True)
            else:
                found += [
                    f"{path.relative_to(LOCALE.parent)}: {problem}"
                    for problem in problems(wanted, translation)
                ]
    if found:
        sys.exit("\n".join([*found, "translate these; --update puts the texts of today into the files"]))


if __name__ == "__main__":
    main()
