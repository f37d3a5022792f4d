"""
2. One hidden layer
===================

A perceptron draws a line. Several of them side by side, and another one that looks at their answers,
draw any shape. This lesson writes such a network with nothing but NumPy, checks its gradients, solves
XOR, and then shows what goes wrong on data with noise, and what helps.
"""

# %%
# The network and its gradients
# -----------------------------
#
# Inputs go through a hidden layer of *units*, each with a weighted sum and an *activation* function,
# and then through a perceptron. The activation matters: without it, two layers would be one linear
# function again.

import matplotlib.pyplot as plt
import numpy as np

ACTIVATIONS = {  # the function, and its slope
    "tanh": (np.tanh, lambda a: 1 - np.tanh(a) ** 2),
    "ReLU": (lambda a: np.maximum(a, 0), lambda a: (a > 0).astype(float)),
    "logistic": (lambda a: 1 / (1 + np.exp(-a)), lambda a: np.exp(-a) / (1 + np.exp(-a)) ** 2),
}


def start(inputs, units, seed):
    """Return random weights and biases of both layers."""
    random = np.random.default_rng(seed)
    return [random.normal(0, 1, (inputs, units)), np.zeros(units), random.normal(0, 1, units), np.zeros(1)]


def loss_and_gradients(parameters, events, classes, activation="tanh"):
    """Return the cross-entropy and its derivatives with respect to every weight and bias: backpropagation."""
    function, slope = ACTIVATIONS[activation]
    weights, biases, out_weights, out_bias = parameters
    sums = events @ weights + biases  # forwards: layer by layer
    hidden = function(sums)
    logit = hidden @ out_weights + out_bias
    loss = np.mean(np.logaddexp(0, logit) - classes * logit)
    error = (1 / (1 + np.exp(-logit)) - classes) / len(classes)  # backwards: the chain rule
    hidden_error = np.outer(error, out_weights) * slope(sums)
    return loss, [events.T @ hidden_error, hidden_error.sum(0), hidden.T @ error, error.sum(keepdims=True)]


# %%
# Never trust a gradient that you wrote yourself. Change one weight by a little, and see if the loss
# changes by as much as the gradient says.

BITS = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])
XOR = np.array([0, 1, 1, 0])


def largest_gradient_error(activation, step=1e-6):
    """Return the largest difference between backpropagation and finite differences, over all parameters."""
    parameters = start(2, 3, seed=1)
    _, gradients = loss_and_gradients(parameters, BITS, XOR, activation)
    errors = []
    for values, gradient in zip(parameters, gradients, strict=True):
        for index in np.ndindex(values.shape):
            losses = []
            for sign in (1, -1):
                values[index] += sign * step
                losses.append(loss_and_gradients(parameters, BITS, XOR, activation)[0])
                values[index] -= sign * step
            errors.append(abs((losses[0] - losses[1]) / (2 * step) - gradient[index]))
    return max(errors)


gradient_errors = {activation: largest_gradient_error(activation) for activation in ("tanh", "logistic")}
print("largest error of a gradient:", gradient_errors)

# %%
# XOR
# ---


def train(parameters, events, classes, steps, rate, activation="tanh"):
    """Return the parameters after gradient descent, and the loss before every step."""
    losses = []
    for _ in range(steps):
        loss, gradients = loss_and_gradients(parameters, events, classes, activation)
        losses.append(loss)
        parameters = [value - rate * slope for value, slope in zip(parameters, gradients, strict=True)]
    return parameters, losses


def probability(parameters, events, activation="tanh"):
    """Return the probability of class 1 of every event."""
    weights, biases, out_weights, out_bias = parameters
    logit = ACTIVATIONS[activation][0](events @ weights + biases) @ out_weights + out_bias
    return 1 / (1 + np.exp(-logit))


figure, (left, right) = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained")
figure.set_label(
    "Left: the cross-entropy of XOR falls towards 0 with tanh and logistic units, and gets stuck with "
    "ReLU. Right: the answer of the tanh network in the plane, a band of class 0 between two corners of "
    "class 1"
)
xor_losses = {}
for activation in ACTIVATIONS:
    solution, losses = train(start(2, 4, seed=3), BITS, XOR, 3000, 0.5, activation)
    xor_losses[activation] = losses[-1]
    left.plot(np.arange(1, 3001), losses, label=activation)
left.axhline(np.log(2), color="grey", linestyle=":", label="perceptron")
left.set(xscale="log", yscale="log", xlabel="step", ylabel="cross-entropy", title="XOR, four hidden units")
left.legend()

solution, _ = train(start(2, 4, seed=3), BITS, XOR, 3000, 0.5)
x, y = np.meshgrid(np.linspace(-0.5, 1.5, 201), np.linspace(-0.5, 1.5, 201))
shade = right.contourf(
    x, y, probability(solution, np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape), 20, cmap="RdBu"
)
right.scatter(*BITS[XOR == 0].T, marker="o", s=70, c="white", edgecolors="black")
right.scatter(*BITS[XOR == 1].T, marker="s", s=70, c="#0b559f", edgecolors="black")
right.set(xlabel="first bit", ylabel="second bit", title="what the tanh network says", aspect="equal")
figure.colorbar(shade, ax=right, label="probability of class 1", ticks=[0, 0.5, 1])

# %%
# With this start, ReLU is stuck: some of its units are off for all four events, have no slope there,
# and never come back. Other starts do better (try ``seed=0``).
#
# The loss landscape
# ------------------
#
# The network has 17 parameters. Cut a plane through them: the trained network in the middle, two random
# directions. Descent from the rim ends in the valley, but along the way there are plateaus (where units
# say the same for all events) and other valleys: the loss is not a bowl. Another start can end
# elsewhere, which is why a study trains with several seeds.

random = np.random.default_rng(5)
directions = [[random.normal(0, 1, value.shape) for value in solution] for _ in range(2)]
steps = np.linspace(-3, 3, 61)
landscape = [
    [
        loss_and_gradients(
            [v + a * d + b * e for v, d, e in zip(solution, *directions, strict=True)], BITS, XOR
        )[0]
        for a in steps
    ]
    for b in steps
]
figure, axes = plt.subplots(figsize=(4.6, 3.8), layout="constrained")
figure.set_label(
    "Map of the loss around the solution along two random directions: a curved valley, with the solution, "
    "a star, at its lower end"
)
shade = axes.contourf(steps, steps, np.log10(landscape), 20, cmap="viridis_r")
axes.plot(0, 0, "w*", markersize=12)
axes.set(xlabel="first direction", ylabel="second direction", aspect="equal")
figure.colorbar(shade, ax=axes, label="log10 of the cross-entropy")

# %%
# Overfitting
# -----------
#
# Data from nature overlap: two half moons with noise, 60 events to learn from and 2,000 to be tested
# with. A network with 40 hidden units has more than enough freedom to learn the 60 events by heart. Its
# loss on them falls and falls; on the test events it turns round. What helps is known by four names:
#
# early stopping
#     keep the network of the step at which the loss on *validation* events was lowest (not the test
#     events: those must choose nothing);
# L2 or L1
#     add the squares, or the absolute values, of the weights to the loss, so that large weights must
#     pay for themselves;
# dropout
#     switch off random units in each step, so that no unit can rely on another.

from sklearn.datasets import make_moons
from sklearn.ensemble import HistGradientBoostingClassifier

moons, moon_classes = make_moons(2120, noise=0.35, random_state=0)
parts = {"train": slice(0, 60), "validation": slice(60, 120), "test": slice(120, None)}


recorded = np.unique(np.geomspace(1, 6000, 150).astype(int) - 1)


def train_on_moons(penalty=None, strength=0.0, dropout=0.0, steps=6000, units=40, rate=0.3):
    """Return the losses on train, validation and test events, and the parameters, at the recorded steps."""
    random, parameters, history = np.random.default_rng(0), start(2, units, seed=2), []
    events, classes = moons[parts["train"]], moon_classes[parts["train"]]
    for step in range(steps):
        if step in recorded:
            losses = [
                loss_and_gradients(parameters, moons[part], moon_classes[part])[0] for part in parts.values()
            ]
            history.append((*losses, parameters))
        # Units that are off count as if they were not there; the others stand in for them.
        keep = (random.random(units) >= dropout) / (1 - dropout)
        weights, biases, out_weights, out_bias = parameters
        _, gradients = loss_and_gradients([weights, biases, out_weights * keep, out_bias], events, classes)
        gradients[2] = gradients[2] * keep
        for index in (0, 2):  # weights, not biases
            shrink = {"L2": 2 * parameters[index], "L1": np.sign(parameters[index]), None: 0}[penalty]
            gradients[index] = gradients[index] + strength * shrink
        parameters = [value - rate * slope for value, slope in zip(parameters, gradients, strict=True)]
    return history


remedies = {
    "nothing": {},
    "L2": {"penalty": "L2", "strength": 0.003},
    "L1": {"penalty": "L1", "strength": 0.01},
    "dropout": {"dropout": 0.5},
}
histories = {name: train_on_moons(**settings) for name, settings in remedies.items()}

figure, panels = plt.subplots(1, 2, figsize=(8, 3.6), layout="constrained", sharey=True)
figure.set_label(
    "Cross-entropy against steps on 60 training and 2,000 test events: without a remedy, "
    "it falls on the former and rises on the latter"
)
for axes, column, title in zip(panels, (0, 2), ("train: 60 events", "test: 2,000 events"), strict=True):
    for name, history in histories.items():
        axes.plot(recorded + 1, [entry[column] for entry in history], label=name)
    axes.set(xscale="log", xlabel="step", title=title)
panels[0].set_ylabel("cross-entropy")
panels[0].legend(title="remedy")

# %%
# Early stopping needs no setting beyond the validation events:

test_losses = {name: history[-1][2] for name, history in histories.items()}
stopped = min(histories["nothing"], key=lambda entry: entry[1])
test_losses["early stopping"] = stopped[2]
for name, loss in sorted(test_losses.items(), key=lambda item: item[1]):
    print(f"{name:15} test loss {loss:.3f}")

# %%
# Trees
# -----
#
# On tables with a few columns, boosted decision trees are hard to beat, and they train in a blink. They
# cut parallel to the axes, one question at a time; a network with tanh units is smooth. On this sample,
# which is small, each is worth a try; on calorimeter images, where no single pixel says anything, trees
# are lost. The study trains both on every set of variables.

trees = HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=6, min_samples_leaf=5, random_state=0)
trees.fit(moons[parts["train"]], moon_classes[parts["train"]])
answers = {
    "network, last step": lambda events: probability(histories["nothing"][-1][3], events),
    "network, stopped early": lambda events: probability(stopped[3], events),
    "boosted trees": lambda events: trees.predict_proba(events)[:, 1],
}
x, y = np.meshgrid(np.linspace(-2, 3, 201), np.linspace(-1.6, 2.1, 201))
figure, panels = plt.subplots(1, 3, figsize=(9.5, 3.2), layout="constrained", sharey=True)
figure.set_label(
    "Two half moons of events and the answers of three models in the plane: the network of the last step "
    "bends its border around single events, the one that stopped early draws a smooth border, the boosted "
    "trees draw rectangles"
)
accuracies = {}
for axes, (name, answer) in zip(panels, answers.items(), strict=True):
    accuracies[name] = np.mean((answer(moons[parts["test"]]) > 0.5) == moon_classes[parts["test"]])
    axes.contourf(x, y, answer(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape), 20, cmap="RdBu")
    for value, marker, face in ((0, "o", "white"), (1, "s", "#0b559f")):
        chosen = moons[parts["train"]][moon_classes[parts["train"]] == value]
        axes.scatter(*chosen.T, marker=marker, s=18, c=face, edgecolors="black")
    axes.set(title=f"{name}\n{accuracies[name]:.1%} of the test events right")

plt.show()
