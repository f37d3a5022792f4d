"""Search stage: the EFP observables that explain a classifier, chosen pass by pass."""
