"""Record: the resources that a run used, and its results as an archive."""
