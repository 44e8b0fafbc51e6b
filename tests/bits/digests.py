"""What some runs come out as on this machine, in this process.

`python tests/bits/digests.py` prints the digests, `--surroundings` what the process computes with;
`make digests` writes the digests to `digests.json`, where the tests expect them.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd

import sim
from sim.baseline import kept
from sim.equilibrium import CLOSURES, INPUTS
from sim.study.ensemble import ensemble

EXPECTED = Path(__file__).with_name("digests.json")
SIZE = ("firms.count=1500", "months=36")
SCENARIOS = ("eu_2022", "embargo", "joint_sovereignty")
ENSEMBLE = (
    "scenario=eu_2022", "reference=none", "seeds=2", "firms.count=1500", "months=6",
    "output.figures=false", "output.progress=false", "output.jobs=1",
)  # fmt: skip


def digests() -> dict[str, str]:
    """A hash of all numbers of each run, of all tables of an ensemble, of static equilibria."""
    kept.private_folder = lambda: None  # tables that another setting balanced prove nothing here
    found = {s: sim.simulate(sim.load(f"scenario={s}", *SIZE)).digest for s in SCENARIOS}
    return found | {"ensemble": _of_ensemble(), "equilibrium": _of_equilibrium()}


def _of_equilibrium() -> str:
    digest = hashlib.sha256()
    settings = sim.load("scenario=eu_2022")
    for closure in CLOSURES:
        for inputs in INPUTS:
            found = sim.equilibrium(settings, "2024-12", closure, inputs).found
            for name in ("wage", "price", "trade", "income", "real_income"):
                digest.update(f"{closure} {inputs} {name}\0".encode())
                digest.update(np.ascontiguousarray(getattr(found, name)).tobytes())
    return digest.hexdigest()


def _of_ensemble() -> str:
    digest = hashlib.sha256()
    with tempfile.TemporaryDirectory() as place:
        folder = ensemble(sim.load(*ENSEMBLE, f"output.folder={place}"))
        assert folder is not None
        for path in sorted(folder.glob("*.parquet")):
            for name, column in pd.read_parquet(path).items():
                digest.update(f"{path.name} {name}\0".encode())
                values = column.to_numpy()
                numbers = np.issubdtype(values.dtype, np.number)
                digest.update(values.tobytes() if numbers else "\0".join(map(str, values)).encode())
    return digest.hexdigest()


def surroundings() -> dict[str, object]:
    """What the libraries of this process choose: hashes of their exp, log, pow and products."""
    import numba
    from numpy._core import _multiarray_umath as core

    x = np.random.default_rng(0).uniform(0.0, 5.0, 20_000)
    square = x[:10_000].reshape(100, 100)
    libm = [f(v) for v in x.tolist() for f in (math.exp, math.sin, lambda v: math.pow(v, 1.7))]
    vectors = np.concatenate([np.exp(x), np.log(x), np.power(x, 1.7)])
    named = {"libm": np.array(libm), "numpy": vectors, "blas": square @ square.T}
    return {name: hashlib.sha256(v.tobytes()).hexdigest()[:12] for name, v in named.items()} | {
        "numpy_features": [f for f in core.__cpu_dispatch__ if core.__cpu_features__.get(f)],
        "numba_cpu": numba.config.CPU_NAME,
        "threads": numba.config.NUMBA_NUM_THREADS,
    }


if __name__ == "__main__":
    if sys.argv[1:] == ["--renew"]:
        EXPECTED.write_text(json.dumps(digests(), indent=2) + "\n", encoding="utf-8")
        print(f"wrote {EXPECTED}")
    else:
        print(json.dumps(surroundings() if sys.argv[1:] == ["--surroundings"] else digests()))
