"""From events to trained classifiers: networks, fits, scores and their AUCs."""
