"""Strict reading of YAML: what libraries pass over is refused with file, line and key."""

import json
import re

import pytest
import yaml

from layouts import ROOT
from leptonid.errors import InputError
from leptonid.study.yaml_file import check_config_values, place_of, read_yaml

BAD = {
    "a section twice": (
        "train: {epochs: 5}\ntrain: {batch: 64}\n",
        "line 2: train: stands in line 1 already",
    ),
    "a nested key twice": ("a:\n  - b: {c: 1,\n       c: 1}\n", "line 3: a.0.b.c: stands in line 2 already"),
    "a key twice, once in quotes": ('a: 1\n"a": 2\n', "line 2: a: stands in line 1 already"),
    "a key twice behind an anchor": ("a: &x {b: 1, b: 2}\nc: *x\n", "line 1: a.b: stands in line 1 already"),
    "a key twice in a merged mapping": ("a: {<<: {b: 1, b: 2}}\n", "line 1: a.<<.b: stands in line 1"),
    "a key twice in JSON": (
        '{"a": 1,\n\t"b": 1.5e-3,\n\t"a": "\\ud83d\\ude00"}',
        "line 3: a: stands in line 1",
    ),
    "a boolean as a key": ("a: {no: 1}", "line 1: a.False: a key must be text; write names such as no"),
    "a number as a key": ("a:\n  2024: {}\n", "line 2: a.2024: a key must be text"),
    "a fraction as a key": ("1.5: 1", "line 1: 1.5: a key must be text"),
    "null as a key": ("~: 1", "line 1: None: a key must be text"),
    "a date as a key": ("2024-01-01: 1", "line 1: 2024-01-01: a key must be text"),
    "a list as a key": ("? [a]\n: 1", "line 1: ?: a key must be text"),
    "a mapping as a key": ("{a: 1}: 1", "line 1: ?: a key must be text"),
    "a date": (
        "a: 2024-01-01",
        "line 1: a: expected text or a number, found 2024-01-01, which YAML reads as a d",
    ),
    "a date that does not exist": ("a: 2024-13-45", "line 1: a: expected text or a number, found 2024-13-45"),
    "a time": (
        "a: [1,\n  12:30]",
        "line 2: a.1: expected text or a number, found 12:30, which YAML reads as 750",
    ),
    "a time with a fraction": (
        "a: 1:30.5",
        "line 1: a: expected text or a number, found 1:30.5, which YAML re",
    ),
    "an octal number": (
        "a: -010",
        "line 1: a: expected text or a number, found -010, which YAML reads as -8",
    ),
    "an equals sign": ("a: =", "line 1: a: expected text or a number, found value; write text in quotes"),
    "bytes": ("a: !!binary aGk=", "line 1: a: expected text or a number, found binary"),
    "a tag": ("a: !path x", "line 1: a: expected text or a number, found !path"),
    "no YAML": ("a:\n  b: [", "line 3: cannot be read as YAML (did not find expected node content)"),
    "a tab": ("a: 1\n\tb: 2", "line 2: cannot be read as YAML ("),
    "two documents": ("--- 1\n--- 2\n", "line 2: cannot be read as YAML ("),
    "a merge of no mapping": ("<<: 3", "line 1: cannot be read as YAML ("),
    "Latin-1": ("a: 1\nb: \xe9".encode("latin-1"), "line 2: is not UTF-8 text; save the file as UTF-8"),
    "UTF-16": ("a: 1".encode("utf-16"), "line 1: is not UTF-8 text; save the file as UTF-8"),
}


def written(tmp_path, content):
    path = tmp_path / "mine.yaml"
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize("case", BAD)
def test_a_fault_is_named_in_one_line_with_its_place(tmp_path, case):
    content, message = BAD[case]
    path = written(tmp_path, content)
    with pytest.raises(InputError) as raised:
        read_yaml(path)
    assert str(raised.value).startswith(f"{path}, {message}")
    assert len(str(raised.value).splitlines()) == 1


def test_all_faults_are_listed_by_line(tmp_path):
    path = written(tmp_path, "b: {on: 1}\na: 010\nb: 1:30\n")
    with pytest.raises(InputError) as raised:
        read_yaml(path)
    lines = str(raised.value).splitlines()
    assert [re.search(r", line (\d): ([\w.]+)", line).groups() for line in lines] == [
        ("1", "b.True"), ("2", "a"), ("3", "b"), ("3", "b")
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["missing.yaml", ".", "a\0b.yaml"])
def test_a_file_that_cannot_be_read_is_named(tmp_path, name):
    with pytest.raises(InputError, match=r"^\S*: cannot be read \(\w"):
        read_yaml(tmp_path / name)


@pytest.mark.parametrize(
    "text",
    [
        "a: &x {b: 1, c: 2}\nd: {<<: *x, b: 3}\ne: [*x, *x]\n",
        "a: {<<: [{b: 1}, {b: 2}]}\n",
        "- {a: 1}\n- {a: 1}\n",
        "'no': 'on'\n\"2024\": '010'\n'12:30': \"2024-01-01\"\n",
        "a: [0, -0.5, .5, 1_000, 0x1F, 1.0e-4, 1e-4, 0o10, 08, ~, true, no]\n",
        "\ufeffa: 1\n",
        "a: |\n  b: 1\n  b: 2\n",
        "",
    ],
)
def test_good_files_mean_what_yaml_says(tmp_path, text):
    assert read_yaml(written(tmp_path, text)).content == yaml.safe_load(text)


def test_json_is_yaml(tmp_path):
    text = '{"a": [1, "\\u03bc", "\\ud83d\\ude00"],\n\t"b": {"a": null, "c": 1.5}}'
    assert read_yaml(written(tmp_path, text)).content == json.loads(text)


@pytest.mark.parametrize("path", sorted((ROOT / "config").rglob("*.yaml")), ids=lambda path: path.name)
def test_shipped_files_are_good(path):
    assert read_yaml(path).content == yaml.safe_load(path.read_text())


def test_a_value_is_found_in_the_last_file_that_gives_it(tmp_path):
    first = read_yaml(written(tmp_path, "a:\n  b: no\n  c: [1, 2]\n"))
    last = read_yaml(written(tmp_path, "\na: {c: [3, 4]}\n"))
    assert place_of([first, last], ("a", "b"), False) == (f"{first.path}, line 2: ", "no")
    assert place_of([first, last], ("a", "c"), [3, 4]) == (f"{last.path}, line 2: ", None)
    assert place_of([first, last], ("a", "c", 1), 4) == (f"{last.path}, line 2: ", "4")
    assert place_of([first, last], ("a", "c"), [1, 2]) == (f"{first.path}, line 3: ", None)
    # As --config gives it.
    assert place_of([first, last], ("a", "b"), "yes") == ("", None)
    assert place_of([first, last], ("a", "d"), 1) == ("", None)


def test_a_key_twice_on_the_command_line_is_refused():
    with pytest.raises(InputError) as error:
        check_config_values(["results=x", "train={hl: {a: 1, a: 2}, epochs: 1, epochs: 2}"])
    assert str(error.value).splitlines() == [
        "--config train.epochs: stands 2 times; keep one of them",
        "--config train.hl.a: stands 2 times; keep one of them",
    ]


def test_any_text_is_a_value_on_the_command_line():
    check_config_values(["results=a: {", "label=", "data={path: a=b}", "train={epochs: 1, batch: 1}"])
