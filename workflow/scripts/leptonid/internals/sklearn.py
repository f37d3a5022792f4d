"""Private interfaces of scikit-learn."""

import numpy as np

# The type of a tree in a saved model, which skops asks to trust. Checked with scikit-learn 1.9.1.
TREE_TYPE = "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor"


def trees_of(estimator) -> list:
    """Return the trees of a fitted HistGradientBoostingClassifier of two classes.

    Their nodes are counted, and checked when a model is loaded; scikit-learn has no public access to them.
    Checked with scikit-learn 1.9.1.
    """
    return [tree for (tree,) in estimator._predictors]


def remove_trees_after(estimator, count: int) -> None:
    """Remove the trees of a HistGradientBoostingClassifier beyond the first `count`.

    scikit-learn keeps the trees that were added after the lowest validation loss, and has no public way to
    remove them. Checked with scikit-learn 1.9.1.
    """
    del estimator._predictors[count:]


def is_sound_tree(tree: object, features: int) -> bool:
    """Return whether a tree cuts only on existing variables, and every node leads to later nodes.

    A damaged or malicious file could make scikit-learn loop forever or read outside its memory. The layout of
    `nodes` is private. Checked with scikit-learn 1.9.1.
    """
    nodes = tree.nodes
    cuts = nodes[nodes["is_leaf"] == 0]
    children = np.stack([cuts["left"], cuts["right"]])
    return bool(
        len(nodes)
        and (children > np.flatnonzero(nodes["is_leaf"] == 0)).all()
        and (children < len(nodes)).all()
        and (cuts["feature_idx"] >= 0).all()
        and (cuts["feature_idx"] < features).all()
        and not cuts["is_categorical"].any()
    )
