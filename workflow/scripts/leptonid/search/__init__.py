"""Search stage: the observables that explain a classifier, chosen pass by pass."""
