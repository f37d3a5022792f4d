"""
Appendix: finding electrons without knowing them
================================================

All lessons so far had labels. An *autoencoder* needs none: it learns to squeeze images through a
bottleneck and to restore them. Train it on jets alone, and it becomes good at jets. Images that it
restores badly are unusual: perhaps something new. So much for the idea; this lesson tries it, with a
surprise.
"""

# %%
# Every image is divided by its sum, so that the network must learn shapes, not energies.

import os
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import h5py
import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.metrics import roc_auc_score, roc_curve

SAMPLE = Path("resources/electrons/sample.h5")

with h5py.File(
    next(folder / SAMPLE for folder in (Path.cwd(), *Path.cwd().parents) if (folder / SAMPLE).exists())
) as file:
    images = {split: file["et"][split][:] for split in ("train", "test")}
    classes = {split: file["y"][split][:] for split in images}
    variables = {split: file["hl"][split][:] for split in images}


def shapes(values):
    """Return images of 32 x 32 pixels: the square roots of the fractions of the energy."""
    total = np.maximum(values.sum(axis=(1, 2), keepdims=True), 1e-9)
    return np.pad(np.sqrt(values / total), ((0, 0), (0, 1), (0, 1), (0, 0)))


jets = shapes(images["train"][classes["train"] == 0])[:3000]
test = shapes(images["test"])

# %%
# Two convolutions and poolings lead down to 8 numbers, two transposed convolutions back up.

keras.utils.set_random_seed(0)
autoencoder = keras.Sequential(
    [
        keras.Input((32, 32, 1)),
        keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.Conv2D(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.Flatten(),
        keras.layers.Dense(8, name="bottleneck"),
        keras.layers.Dense(8 * 8 * 8, activation="relu"),
        keras.layers.Reshape((8, 8, 8)),
        keras.layers.Conv2DTranspose(8, 3, strides=2, padding="same", activation="relu"),
        keras.layers.Conv2DTranspose(1, 3, strides=2, padding="same"),
    ]
)
autoencoder.compile(keras.optimizers.Adam(0.003), "mse")
autoencoder.fit(jets, jets, epochs=8, batch_size=128, verbose=0)
restored = autoencoder.predict(test, batch_size=512, verbose=0)
unusual = np.mean((restored - test) ** 2, axis=(1, 2, 3))

# %%
# The ROC curve of this *anomaly score*, beside that of a dense network that was told what an electron
# is:

keras.utils.set_random_seed(0)
scaling = keras.layers.Normalization()
scaling.adapt(variables["train"])
told = keras.Sequential(
    [
        keras.Input((7,)),
        scaling,
        keras.layers.Dense(32, "relu"),
        keras.layers.Dense(32, "relu"),
        keras.layers.Dense(1, "sigmoid"),
    ]
)
told.compile(keras.optimizers.Adam(0.003), "binary_crossentropy")
told.fit(variables["train"], classes["train"], epochs=8, batch_size=128, verbose=0)

scores = {
    "told: 7 variables": told.predict(variables["test"], verbose=0)[:, 0],
    "not told: autoencoder": unusual,
}
aucs = {name: roc_auc_score(classes["test"], score) for name, score in scores.items()}

figure, (left, right) = plt.subplots(1, 2, figsize=(8.5, 3.6), layout="constrained")
figure.set_label(
    "Left: ROC curves of the classifiers and of the autoencoder, whose curve lies below the diagonal. Right: "
    "its anomaly scores, which are larger for jets than for electrons"
)
for name, score in scores.items():
    background, signal, _ = roc_curve(classes["test"], score)
    left.plot(background, signal, label=f"{name}, AUC {aucs[name]:.3f}")
left.plot([0, 1], [0, 1], color="grey", linestyle=":")
left.set(xlabel="share of jets kept", ylabel="share of electrons kept")
left.legend()
bins = np.quantile(unusual, np.linspace(0.002, 0.998, 40))
for value, name in ((0, "jets"), (1, "electrons")):
    right.hist(unusual[classes["test"] == value], bins, density=True, histtype="step", label=name)
right.set(xlabel="anomaly score", ylabel="density")
right.ticklabel_format(style="sci", scilimits=(0, 0))
right.legend()
for name, value in aucs.items():
    print(f"{name}: AUC {value:.3f}")

# %%
# The autoencoder tells electrons from jets, the wrong way round: an AUC far *below* 1/2. It restores
# electrons better than the jets that it was trained on, because a narrow spot is easier to draw than a
# spread of many cells. An anomaly score measures how complex an image is, as well as how unusual
# (`arXiv:2104.09051 <https://arxiv.org/abs/2104.09051>`_): it would find jets among electrons, not
# electrons among jets. Without labels, nobody would have told you.

plt.show()
