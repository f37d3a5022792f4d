"""Jobs run whatever their files are called, and no shell runs text from a name or a label.

tests/end_to_end/test_layouts.py runs a whole study with these.
"""

# All characters special to a shell that a name can have; each command would leave a file called canary.
NAME = "it's a; touch canary & touch canary | (touch canary) *?[y]~#!%s=, é"
# A label can have more.
LABEL = f'{NAME} " $(touch canary) `touch canary` \\ \n {{input}} <results> $HOME'


def test_a_folder_that_snakemake_does_not_quote_is_refused(fresh, tmp_path):
    """Commands for clusters have it in double quotes; tests/study tests other characters and paths."""
    folder = tmp_path / "$(touch canary)"
    result = fresh.copy(folder).dry_run(check=False)
    assert result.returncode == 1
    assert "the workflow's folder: " in result.stdout
    assert list(tmp_path.rglob("canary*")) == []
