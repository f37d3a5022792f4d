"""From feature sets to trained classifiers: networks, fits, scores and how good they are."""
