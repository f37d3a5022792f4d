"""Events from Pythia 8 as flat arrays of the stable particles that matter to a detector."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from importlib.metadata import version

import awkward as ak
import numpy as np
import pythia8mc

from leptonid.data.simulation.particles import (
    CHARGED_HADRON,
    ELECTRON,
    MUON,
    NEUTRAL_HADRON,
    PHOTON,
    Particles,
)
from leptonid.errors import InputError

COMMON = (
    "Beams:eCM = 13000.",
    "ParticleDecays:limitTau0 = on",
    "ParticleDecays:tau0Max = 10.",  # mm: what lives longer reaches the detector
    "Check:event = off",  # a fifth of the time; failed events are left out anyway
    "Print:quiet = on",
    "Next:numberCount = 0",
)

PYTHIA_SEEDS = 900_000_000  # Pythia takes seeds from 1 to this

# PDG numbers of what is stable at 10 mm. Long-lived hadrons are few; the charged ones are listed (pi, K, p,
# Sigma+, Sigma-, Xi-, Omega-), the rest counts as neutral.
KINDS = {
    CHARGED_HADRON: (211, 321, 2212, 3222, 3112, 3312, 3334),
    ELECTRON: (11,),
    PHOTON: (22,),
    MUON: (13,),
}
CHARGED = (ELECTRON, CHARGED_HADRON, MUON)
NEGATIVE_AS_PARTICLES = (11, 13, 3112, 3312, 3334)


class Veto(pythia8mc.UserHooks):
    """Drops events on the way, and counts them in `dropped`."""

    dropped: int = 0


@dataclass(frozen=True)
class Acceptance:
    """The stable particles that matter to a detector.

    Parameters
    ----------
    min_pt, min_neutral_pt
        Least pT (GeV) of charged and of neutral particles.
    max_eta
        Largest |eta|.
    ignored
        PDG numbers, without sign, of what is left out.
    kinds
        PDG numbers, without sign, of each kind; the rest are neutral hadrons.
    """

    min_pt: float
    min_neutral_pt: float
    max_eta: float
    ignored: tuple[int, ...]
    kinds: Mapping[int, tuple[int, ...]] = field(default_factory=lambda: KINDS)


def versions() -> dict[str, str]:
    """Return the versions of what decides the events, by name."""
    return {name: version(name) for name in ("pythia8mc", "numpy", "awkward")}


def pythia_events(
    process: str,
    lines: Sequence[str],
    acceptance: Acceptance,
    seed: int,
    batch: int,
    veto: Veto | None = None,
) -> Iterator[Particles]:
    """Yield batches of about `batch` complete events of a process without end (failed events are left out).

    Events that were dropped early count as well, as events without particles at the end of a batch.

    Parameters
    ----------
    process
        What a message calls it.
    lines
        Settings of Pythia, beside `COMMON`.
    acceptance
        Which particles are returned.
    seed
        Seed of Pythia's own random numbers, 1 to `PYTHIA_SEEDS`.
    veto
        Drops events early.

    Raises
    ------
    InputError
        If Pythia cannot be set up.
    """
    pythia = pythia8mc.Pythia("", False)
    lines = (*COMMON, *lines, "Random:setSeed = on", f"Random:seed = {seed}")
    refused = [line for line in lines if not pythia.readString(line)]
    if veto:
        pythia.setUserHooksPtr(veto)
    if refused or not pythia.init():
        raise InputError(f"Pythia 8 cannot be set up for {process}: refused settings {refused or 'none'}")
    dropped = 0
    while True:
        particles = final_particles(pythia.nextBatch(batch), acceptance)
        if veto:
            particles = replace(particles, events=particles.events + veto.dropped - dropped)
            dropped = veto.dropped
        yield particles


def final_particles(batch: ak.Array, acceptance: Acceptance) -> Particles:
    """Return the stable particles of a batch of Pythia events that an acceptance names."""
    counts = ak.to_numpy(ak.num(batch["prt"]))
    record = ak.flatten(batch["prt"])
    stable = np.flatnonzero(ak.to_numpy(record["status"]) > 0)
    event = np.repeat(np.arange(len(counts)), counts)[stable]
    identity = ak.to_numpy(record["id"])[stable]
    px, py, pz = (ak.to_numpy(record["p", axis])[stable] for axis in ("px", "py", "pz"))
    pt = np.hypot(px, py)
    eta = np.arcsinh(pz / pt)
    kind, charge = kinds_and_charges(identity, acceptance.kinds)
    least = np.where(charge == 0, acceptance.min_neutral_pt, acceptance.min_pt)
    chosen = (pt > least) & (np.abs(eta) < acceptance.max_eta)
    chosen &= ~np.isin(np.abs(identity), acceptance.ignored)
    phi = np.arctan2(py[chosen], px[chosen])
    return Particles(len(counts), event[chosen], pt[chosen], eta[chosen], phi, kind[chosen], charge[chosen])


def kinds_and_charges(
    identity: np.ndarray, kinds: Mapping[int, tuple[int, ...]] = KINDS
) -> tuple[np.ndarray, np.ndarray]:
    """Return kind and charge (both int8) of stable particles from their PDG numbers."""
    species = np.abs(identity)
    kind = np.full(identity.shape, NEUTRAL_HADRON, np.int8)
    for name, numbers in kinds.items():
        kind[np.isin(species, numbers)] = name
    charge = np.where(np.isin(kind, CHARGED), np.sign(identity), 0)
    charge[np.isin(species, NEGATIVE_AS_PARTICLES)] *= -1
    return kind, charge.astype(np.int8)
