"""A study whose file of events is downloaded, from a broken connection to its figures."""

import re

from download_server import serving


def test_a_study_of_a_downloaded_file_is_that_of_the_file(finished, tmp_path):
    study = finished.copy(tmp_path / "study")
    events, table = study.folder / "events.h5", study.folder / "results/data/train.feather"
    content, expected = events.read_bytes(), table.read_bytes()
    events.unlink()
    with serving(content, cuts=[50_000, 0, 0, 0]) as served:
        data = {"source": "download", "download": {"urls": [served.url], "folder": "."}}
        study.configure({**study.config, "data": data})
        # A job that fails loses its outputs, but not what is to be resumed.
        broken = study.snakemake("--cores", "1", "download", check=False)
        assert broken.returncode == 1
        assert "the connection broke 3 times in a row after 50,000 of" in broken.stdout
        assert (study.folder / "events.h5.part").stat().st_size == 50_000

        first = study.snakemake("--cores", "2", check=False)
        assert first.returncode == 1
        assert "data: {download: {sha256: " in first.stdout
        assert "Start again for the study" in first.stdout
        assert served.asked[-1][0] == "bytes=50000-"
        assert events.read_bytes() == content
        requests = len(served.asked)

        # The very study of the file, with its ROC curves; only the report holds the config.
        data["download"]["sha256"] = re.search(r"\{sha256: (\w+)\}", first.stdout)[1]
        study.configure({**study.config, "data": data})
        assert study.jobs() == {"build_report": 1}
        table.unlink()
        study.run("data")
        assert table.read_bytes() == expected
        assert not study.jobs("results/figures/roc.pdf")
        assert len(served.asked) == requests
