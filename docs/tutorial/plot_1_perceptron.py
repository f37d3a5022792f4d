"""
1. A perceptron, and what it cannot learn
=========================================

A perceptron is the smallest network: it multiplies every input by a weight, adds a bias, and says 1 if
the sum is positive and 0 if it is not. Rosenblatt built one in 1958. In this lesson you train one in
two ways, first by his rule and then by gradient descent, on the smallest data there are: the logic
gates of two bits.
"""

# %%
# The gates
# ---------
#
# Two bits make four events. A gate gives each of them a class, 0 or 1.

import matplotlib.pyplot as plt
import numpy as np

BITS = np.array([[0, 0], [0, 1], [1, 0], [1, 1]])
GATES = {
    "AND": np.array([0, 0, 0, 1]),
    "OR": np.array([0, 1, 1, 1]),
    "NAND": np.array([1, 1, 1, 0]),
    "NOR": np.array([1, 0, 0, 0]),
    "XOR": np.array([0, 1, 1, 0]),
    "XNOR": np.array([1, 0, 0, 1]),
}


def predict(weights, bias, events):
    """Return the class, 0 or 1, of every event: whether the weighted sum of its inputs is positive."""
    return (events @ weights + bias > 0).astype(int)


# %%
# Rosenblatt's rule
# -----------------
#
# Look at one event at a time. If the answer is right, do nothing. If it is 0 and should be 1, move the
# weights towards the event; if it is 1 and should be 0, move them away from it:
#
# .. math:: w \leftarrow w + (y - \hat y)\, x, \qquad b \leftarrow b + (y - \hat y).
#
# If any straight line separates the classes, this rule finds one after a finite number of mistakes
# (Novikoff 1962).


def train_by_rule(events, classes, epochs=25):
    """Return weights, bias, and the number of mistakes in every epoch, one pass over all events."""
    weights, bias, mistakes = np.zeros(events.shape[1]), 0.0, []
    for _ in range(epochs):
        wrong = 0
        for event, target in zip(events, classes, strict=True):
            error = target - predict(weights, bias, event)
            weights, bias = weights + error * event, bias + error
            wrong += abs(error)
        mistakes.append(wrong)
    return weights, bias, mistakes


by_rule = {gate: train_by_rule(BITS, classes) for gate, classes in GATES.items()}
for gate, (_, _, mistakes) in by_rule.items():
    print(f"{gate:4}  mistakes per epoch: {' '.join(map(str, mistakes[:12]))} ...")

# %%
# AND, OR, NAND and NOR are learnt after a few epochs. XOR and XNOR never are, whatever the number of
# epochs.
#
# What the perceptron has learnt is a line in the plane of its inputs, :math:`w_1 x_1 + w_2 x_2 + b =
# 0`. Events on one side of it are called 1 (shaded), those on the other side 0.


def draw_plane(axes, answer, events, classes, title):
    """Shade where an answer, a function of events between 0 and 1, is above 1/2, and draw the events."""
    x, y = np.meshgrid(np.linspace(-0.5, 1.5, 201), np.linspace(-0.5, 1.5, 201))
    grid = answer(np.column_stack([x.ravel(), y.ravel()])).reshape(x.shape)
    axes.contourf(x, y, grid, levels=[-np.inf, 0.5, np.inf], colors=["white", "#cfe3f2"])
    for value, marker, face in ((0, "o", "white"), (1, "s", "#0b559f")):
        axes.scatter(*events[classes == value].T, marker=marker, s=70, c=face, edgecolors="black", zorder=3)
    axes.set(title=title, xlim=(-0.5, 1.5), ylim=(-0.5, 1.5), xticks=[0, 1], yticks=[0, 1], aspect="equal")


figure, panels = plt.subplots(2, 3, figsize=(7.5, 5.2), layout="constrained")
figure.set_label(
    "Six gates, each with its four events in a plane and the line that the perceptron has "
    "learnt: it separates the classes of AND, OR, NAND and NOR, and none of XOR and XNOR"
)
for axes, (gate, (weights, bias, mistakes)) in zip(panels.flat, by_rule.items(), strict=True):
    title = f"{gate}: {'learnt' if mistakes[-1] == 0 else 'never learnt'}"
    draw_plane(axes, lambda events, w=weights, b=bias: predict(w, b, events), BITS, GATES[gate], title)
figure.supxlabel("first bit")
figure.supylabel("second bit")

# %%
# The two diagonals of XOR cannot be separated by any line: suppose that one could. Then :math:`b \le
# 0`, :math:`w_1 + b > 0` and :math:`w_2 + b > 0`, so that :math:`w_1 + w_2 + b > -b \ge 0`. But the
# fourth event needs :math:`w_1 + w_2 + b \le 0`. Minsky and Papert wrote a book about such limits in
# 1969.

# %%
# Gradient descent
# ----------------
#
# Rosenblatt's rule has no successor for networks with more layers: the step from 0 to 1 has no slope.
# Replace it by a smooth one, the logistic function :math:`\sigma(a) = 1 / (1 + e^{-a})`, whose value
# can be read as the probability of class 1. Then the quality of the answers, the cross-entropy
#
# .. math:: L = -\frac{1}{N} \sum_i \left[ y_i \ln \hat y_i + (1 - y_i) \ln (1 - \hat y_i) \right],
#
# is a smooth function of the weights, and its gradient is simple: :math:`\partial L / \partial w =
# \frac{1}{N} \sum_i (\hat y_i - y_i)\, x_i`. This looks like Rosenblatt's rule, with errors that are
# fractions. Follow the gradient downhill:


def probability(weights, bias, events):
    """Return the probability of class 1 of every event."""
    return 1 / (1 + np.exp(-(events @ weights + bias)))


def train_by_gradient(events, classes, rate=1.0, steps=2000):
    """Return weights, bias, and the cross-entropy before every step."""
    weights, bias, losses = np.zeros(events.shape[1]), 0.0, []
    for _ in range(steps):
        answers = probability(weights, bias, events)
        losses.append(-np.mean(np.log(np.where(classes == 1, answers, 1 - answers))))
        weights = weights - rate * np.mean((answers - classes)[:, None] * events, axis=0)
        bias = bias - rate * np.mean(answers - classes)
    return weights, bias, losses


by_gradient = {gate: train_by_gradient(BITS, classes) for gate, classes in GATES.items()}

figure, axes = plt.subplots(figsize=(5.5, 3.6), layout="constrained")
figure.set_label(
    "Cross-entropy against steps of gradient descent: it falls towards 0 for four gates, "
    "and stays at 0.69 for XOR and XNOR"
)
for gate, (_, _, losses) in by_gradient.items():
    axes.plot(np.arange(1, len(losses) + 1), losses, label=gate, linestyle="--" if "X" in gate else "-")
axes.set(xscale="log", xlabel="step of gradient descent", ylabel="cross-entropy")
axes.legend(ncols=2)

# %%
# Four gates end with a loss near 0. XOR and XNOR stay where they began, at :math:`\ln 2 = 0.693`, the
# loss of a coin toss: at zero weights the gradients of the four events cancel, and this is the best
# that a line can do.
#
# The next lesson adds one layer, which is enough for XOR and, in principle, for everything else.

plt.show()
