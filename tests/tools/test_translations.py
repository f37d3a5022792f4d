"""Translations of the lessons are those of today's texts."""

import ast
import re

import pytest
from babel.messages.catalog import Catalog

import translations
from layouts import ROOT

LESSONS = sorted(ROOT.glob("docs/locale/*/LC_MESSAGES/lessons/plot_*.po"))


def entries(path):
    """Return text and translation of every entry of a .po file."""
    strings = [
        ast.literal_eval(f"({match})")
        for match in re.findall(r'^msg(?:id|str) ((?:".*"\s*)+)', path.read_text(encoding="utf-8"), re.M)
    ]
    return list(zip(strings[::2], strings[1::2], strict=True))


@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_what_is_translated_stands_in_the_lesson(path):
    lesson = (ROOT / f"docs/tutorial/{path.stem}.py").read_text(encoding="utf-8").replace("\\\\", "\\")
    text = " ".join(re.sub(r"^# ?", "", lesson, flags=re.M).split())
    assert "fuzzy" not in path.read_text(encoding="utf-8")
    for original, translation in entries(path):
        assert " ".join(original.split()) in text
        assert translation, original


def test_missing_changed_and_left_over_texts_are_named():
    translation = Catalog("ko")
    translation.add("The gates of two bits", "게이트")
    translation.add("Trees", "트리")
    assert translations.problems(["The gates of two bits", "Trees"], translation) == []
    assert translations.problems(["Trees", "XOR"], translation) == [
        "not translated: XOR",
        "no longer in the lesson: The gates of two bits",
    ]
    changed = translations.updated(["The gates of two bits!", "Trees", "XOR"], translation)
    assert translations.problems(["The gates of two bits!", "Trees", "XOR"], changed) == [
        "changed since it was translated (fuzzy): The gates of two bits!",
        "not translated: XOR",
    ]
