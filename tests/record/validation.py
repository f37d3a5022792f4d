"""The validator of RO-Crates, offline."""

import json
from pathlib import Path

import rocrate
from requests_cache import CachedRequest, CachedResponse, CachedSession
from rocrate_validator.models import Severity, ValidationSettings
from rocrate_validator.services import validate

CONTEXT = "https://w3id.org/ro/crate/1.1/context"

# Terms that differ between RO-Crate 1.1 and the context that rocrate ships.
BIOSCHEMAS = "https://bioschemas.org"
TERMS = {
    "ComputationalWorkflow": f"{BIOSCHEMAS}/ComputationalWorkflow",
    "FormalParameter": f"{BIOSCHEMAS}/FormalParameter",
    "input": f"{BIOSCHEMAS}/ComputationalWorkflow#input",
    "output": f"{BIOSCHEMAS}/ComputationalWorkflow#output",
}


def answer() -> CachedResponse:
    """Return the answer of w3id.org to a request for the context."""
    context = json.loads((Path(rocrate.__file__).parent / "data/ro-crate.jsonld").read_text())
    context["@context"].update(TERMS)
    del context["@context"]["sha256"]
    return CachedResponse(
        url=CONTEXT,
        status_code=200,
        headers={"Content-Type": "application/ld+json"},
        content=json.dumps(context).encode(),
        request=CachedRequest(method="GET", url=CONTEXT),
    )


def issues(crate: Path, folder: Path, severity: Severity = Severity.REQUIRED) -> list[str]:
    """Return the problems that the validator finds in a crate; `folder` is for its cache."""
    cache = folder / "cache"
    with CachedSession(str(cache), backend="sqlite") as session:
        session.cache.save_response(answer())
    settings = ValidationSettings(
        rocrate_uri=str(crate),
        profile_identifier="workflow-run-crate-0.5",
        requirement_severity=severity,
        cache_path=cache,
        offline=True,
        skip_availability_check=True,
    )
    return [
        f"{issue.severity.name} {issue.check.identifier} {issue.violatingEntity}: {issue.message}"
        for issue in validate(settings).get_issues(min_severity=severity)
    ]
