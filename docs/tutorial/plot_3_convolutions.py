"""
3. Convolutions
===============

A dense network must learn anew, for every place of an image, what an edge looks like. A *convolution*
learns it once: the same small grid of weights, a *filter*, slides over the whole image. This lesson
makes a convolution by hand, builds a small version of LeNet-5 (LeCun et al. 1998) in Keras, trains it
on handwritten digits, and looks at what it has learnt.
"""

# %%
# A convolution by hand
# ---------------------
#
# The digits ship with scikit-learn: 1,797 images of 8 x 8 pixels.

import os

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

images, digits = load_digits(return_X_y=True)
images = images.reshape(-1, 8, 8, 1) / 16


def convolve(image, weights):
    """Return the sum of weights times pixels, at every place where the filter fits into the image."""
    rows, columns = (size - width + 1 for size, width in zip(image.shape, weights.shape, strict=True))
    return np.array(
        [
            [
                np.sum(image[i : i + weights.shape[0], j : j + weights.shape[1]] * weights)
                for j in range(columns)
            ]
            for i in range(rows)
        ]
    )


edges = {
    "upright edges": np.array([[-1, 0, 1], [-1, 0, 1], [-1, 0, 1]]),
    "level edges": np.array([[1, 1, 1], [0, 0, 0], [-1, -1, -1]]),
}
figure, panels = plt.subplots(1, 3, figsize=(7, 2.6), layout="constrained")
figure.set_label("A handwritten zero, its upright edges and its level edges, as two convolutions find them")
panels[0].imshow(images[0, :, :, 0], cmap="Greys")
panels[0].set_title("the image")
for axes, (name, weights) in zip(panels[1:], edges.items(), strict=True):
    axes.imshow(convolve(images[0, :, :, 0], weights), cmap="RdBu", vmin=-3, vmax=3)
    axes.set_title(name)
for axes in panels:
    axes.set(xticks=[], yticks=[])

# %%
# Nine weights find the edges of the zero everywhere. A network finds such filters by itself.
#
# LeNet
# -----
#
# A convolutional network alternates two kinds of layers: convolutions, which look for patterns, and
# *pooling*, which keeps the average or largest value of every 2 x 2 pixels, so that the next patterns
# are larger and may lie a little to the side. At the end, dense layers combine what was found. LeNet-5
# has two of each, for images of 32 x 32 pixels; ours are smaller, and so are its filters here.

keras.utils.set_random_seed(1)
network = keras.Sequential(
    [
        keras.Input((8, 8, 1)),
        keras.layers.Conv2D(6, 3, padding="same", activation="relu", name="first"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Conv2D(16, 3, padding="same", activation="relu", name="second"),
        keras.layers.AveragePooling2D(2),
        keras.layers.Flatten(),
        keras.layers.Dense(32, activation="relu"),
        keras.layers.Dense(10, activation="softmax"),
    ]
)
network.compile(keras.optimizers.Adam(0.006), "sparse_categorical_crossentropy", metrics=["accuracy"])
print(f"{network.count_params():,} weights and biases")

# %%
# A convolution of 6 filters of 3 x 3 pixels has 6 x (9 + 1) = 60 of them, whatever the size of the
# image. A dense layer between the same numbers of pixels would have 24,960.

train_images, test_images, train_digits, test_digits = train_test_split(
    images, digits, test_size=0.25, random_state=0
)
history = network.fit(
    train_images, train_digits, validation_split=0.2, epochs=25, batch_size=32, verbose=0
).history
accuracy = network.evaluate(test_images, test_digits, verbose=0)[1]

figure, axes = plt.subplots(figsize=(5, 3.2), layout="constrained")
figure.set_label(
    "Cross-entropy of training and validation images against epochs: the former falls on, the latter "
    "levels off"
)
for name, label in (("loss", "training images"), ("val_loss", "validation images")):
    axes.plot(np.arange(1, 26), history[name], label=label)
axes.set(
    xlabel="epoch", ylabel="cross-entropy", yscale="log", title=f"{accuracy:.1%} of the test images are right"
)
axes.legend()

# %%
# What it has learnt
# ------------------
#
# Filters of the first layer, above, and below them the *feature maps*: what each filter makes of the
# same image.

first = network.get_layer("first")
filters = first.get_weights()[0][:, :, 0]
maps = np.asarray(keras.Model(network.inputs, first.output)(images[:1]))[0]
figure, panels = plt.subplots(2, 6, figsize=(8, 2.9), layout="constrained")
figure.set_label(
    "Six filters that the network has learnt, and below each the feature map that it makes of the zero"
)
for number, (above, below) in enumerate(panels.T):
    above.imshow(filters[..., number], cmap="RdBu", vmin=-0.7, vmax=0.7)
    below.imshow(maps[..., number], cmap="viridis")
    above.set_title(f"filter {number + 1}")
for axes in panels.flat:
    axes.set(xticks=[], yticks=[])

# %%
# A trained network can also be asked which pixels matter for an answer: cover them, one after the
# other, and see how much the probability of the right digit falls. The study draws such maps for its
# calorimeter images.


def occlusion(image, digit):
    """Return by how much the probability of a digit falls when the 3 x 3 pixels around each are covered."""
    covered = np.repeat(image[None], 64, axis=0)
    for number in range(64):
        row, column = divmod(number, 8)
        covered[number, max(row - 1, 0) : row + 2, max(column - 1, 0) : column + 2] = 0
    answers = np.asarray(network(np.concatenate([image[None], covered])))[:, digit]
    return (answers[0] - answers[1:]).reshape(8, 8)


figure, panels = plt.subplots(2, 5, figsize=(7.5, 3.2), layout="constrained")
figure.set_label(
    "Five digits, and below each a map of how much the probability of the right answer "
    "falls when a pixel is covered: most where the strokes are"
)
for digit, (above, below) in enumerate(panels.T):
    image = test_images[test_digits == digit][0]
    above.imshow(image[..., 0], cmap="Greys")
    shade = below.imshow(occlusion(image, digit), cmap="RdBu", vmin=-1, vmax=1)
for axes in panels.flat:
    axes.set(xticks=[], yticks=[])
figure.colorbar(shade, ax=panels, label="fall of the probability\nwhen covered")

plt.show()
