"""From a multi-regional input-output table to a folder of tables.

Such tables (and social accounting matrices of several regions) hold flows between sellers and
buyers. What they do not hold is taken from the defaults of `sim.baseline.form`, and can be put
into the folder afterwards, file by file.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from sim.baseline.balance import OUTPUT_TO_EXPORTS
from sim.baseline.labels import CODE, LONGEST_CODE, RESERVED
from sim.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

CATEGORIES = ("HH", "GOV", "INV")
RESERVED_WORDS = (*RESERVED["region"], *RESERVED["sector"])
LEAST_VALUE_ADDED = 0.01  # of output; where inputs leave less, output is raised


def from_flows(
    folder: Path | str,
    use: pd.DataFrame,
    final: pd.DataFrame,
    *,
    goods: Collection[str],
    members: Collection[str] = (),
    transit: Collection[str] = (),
    categories: Mapping[str, str] | None = None,
    musd: float = 1.0,
) -> pd.DataFrame:
    """Write the tables of an economy given by its flows; what had to be changed is returned.

    use: inter-industry flows Z a year, rows (region, sector) that sell and columns (region,
    sector) that buy, as `pymrio` names them. final: final demand Y, the same rows, columns
    (region, category). goods: sectors that can be stored. members, transit: regions.
    categories: of `final` -> HH, GOV or INV; without it every column is read as one of these
    names. musd: million USD in one unit of the flows.

    Labels that cannot be codes ("Basic metals") get one made of them and stay as names.
    Output is what is sold, value added output less inputs. Where that cannot be (negative flows,
    inputs above output, exports with hardly any sales at home) the cell is changed and listed:
    region, sector, table, before, after (million USD a year), reason.

    Raises InputError for labels that do not fit together.
    """
    import pandas as pd

    sellers, regions, sectors = _labels(use, final)
    table = use.reindex(index=sellers, columns=sellers).to_numpy(dtype=np.float64) * musd
    shape = (len(regions), len(sectors))
    demand = _by_category(final.reindex(index=sellers), regions, categories) * musd
    if not (np.isfinite(table).all() and np.isfinite(demand).all()):
        raise InputError("a flow is missing or infinite; put 0 where nothing flows")
    goods_of = _known("goods", goods, sectors)
    changes: list[tuple[str, str, str, float, float, str]] = []

    flows = table.reshape(*shape, *shape)  # origin, sector, destination, user
    bought = demand.reshape(*shape, len(regions), len(CATEGORIES))
    for what, array, axes in (("use", flows, (2, 3)), ("final", bought, (2, 3))):
        below = np.minimum(array, 0.0).sum(axis=axes)
        for r, s in np.argwhere(below < 0):
            changes.append(
                (regions[r], sectors[s], what, float(below[r, s]), 0.0, "no negative flow")
            )
        np.maximum(array, 0.0, out=array)
    trade = flows.sum(axis=3).transpose(0, 2, 1) + bought.sum(axis=3).transpose(0, 2, 1)
    own = np.arange(len(regions))
    output, inputs = trade.sum(axis=1), flows.sum(axis=(0, 1))
    exports = output - trade[own, own]
    least = np.maximum(OUTPUT_TO_EXPORTS * exports, inputs / (1.0 - LEAST_VALUE_ADDED))
    for r, s in np.argwhere(output < least):
        why = "inputs leave no value added" if inputs[r, s] > output[r, s] else "little for home"
        changes.append(
            (regions[r], sectors[s], "output", float(output[r, s]), float(least[r, s]), why)
        )
    # what is made beyond sales is bought at home, by those who buy most there
    more = np.maximum(least - output, 0.0)
    bought[own, :, own, 0] += more
    output = output + more

    place = Path(folder)
    place.mkdir(parents=True, exist_ok=True)

    def write(name: str, columns: str, rows: list[tuple]) -> None:
        frame = pd.DataFrame(rows, columns=columns.split())
        frame.to_csv(place / name, index=False, lineterminator="\n")

    inside, through = _known("members", members, regions), _known("transit", transit, regions)
    named, made = regions, sectors
    regions, sectors = codes(named), codes(made)
    write("regions.csv", "code name member transit",
          [(code, name, int(name in inside), int(name in through))
           for code, name in zip(regions, named, strict=True)])  # fmt: skip
    write("sectors.csv", "code name good",
          [(code, name, int(name in goods_of))
           for code, name in zip(sectors, made, strict=True)])  # fmt: skip
    goods_of = {code for code, name in zip(sectors, made, strict=True) if name in goods_of}
    sold = [
        (regions[o], regions[d], sectors[s], float(trade[o, d, s]), "B")
        for o, d, s in np.argwhere(trade > 0)
        if o != d
    ]
    for name, good in (("trade_goods.csv", True), ("trade_services.csv", False)):
        rows = [row for row in sold if (row[2] in goods_of) == good]
        write(name, "origin destination sector value_musd quality", rows)
    write("output.csv", "region sector gross_output_musd",
          [(regions[r], sectors[s], float(output[r, s])) for r, s in np.ndindex(*shape)]
          )  # fmt: skip
    purchases = flows.sum(axis=0)  # input, destination, user
    write("io_coefficients.csv", "region input output_sector value_musd",
          [(regions[r], sectors[i], sectors[u], float(purchases[i, r, u]))
           for i, r, u in np.argwhere(purchases > 0)])  # fmt: skip
    spent = bought.sum(axis=0)  # sector, destination, category
    write("final_demand_shares.csv", "region category sector value_musd",
          [(regions[r], CATEGORIES[c], sectors[s], float(spent[s, r, c]))
           for s, r, c in np.argwhere(spent > 0)])  # fmt: skip
    columns = ["region", "sector", "table", "before", "after", "reason"]
    return pd.DataFrame(changes, columns=columns)


def codes(labels: list[str]) -> list[str]:
    """A code for each label: itself where it can be one, else its letters with _ between.

    >>> codes(["FOOD", "Basic metals", "Basic (metals)"])
    ['FOOD', 'Basic_metals', 'Basic_metals_2']
    """
    out: list[str] = []
    for label in labels:
        plain = "_".join(re.findall(r"[^\W_]+", label))[: LONGEST_CODE - 4] or "code"
        code = label if re.fullmatch(CODE, label) and len(label) <= LONGEST_CODE else plain
        taken = {c.casefold() for c in out} | {word.casefold() for word in RESERVED_WORDS}
        tries = chain([code], (f"{plain}_{n}" for n in count(2)))
        out.append(next(c for c in tries if c.casefold() not in taken))
    return out


def _labels(use: pd.DataFrame, final: pd.DataFrame) -> tuple[pd.MultiIndex, list[str], list[str]]:
    """All pairs of region and sector, the regions and the sectors, in the order of the rows."""
    import pandas as pd

    sides = {
        "rows of use": use.index,
        "columns of use": use.columns,
        "rows of final": final.index,
        "columns of final": final.columns,
    }
    for what, index in sides.items():
        if index.nlevels != 2:
            raise InputError(f"{what} have {index.nlevels} levels; two are needed: region first")
        if index.has_duplicates and what != "columns of final":
            twice = index[index.duplicated()][0]
            raise InputError(f"{what}: {twice} is there twice; add them up")
    labels = [list(dict.fromkeys(use.index.get_level_values(k))) for k in (0, 1)]
    regions, sectors = ([str(label) for label in level] for level in labels)
    pairs = pd.MultiIndex.from_product(labels)
    wanted = set(pairs)
    for what in ("rows of use", "columns of use", "rows of final"):
        there = set(sides[what])
        for label in sorted(wanted ^ there, key=str):
            side = "is missing" if label in wanted else "is not among the rows of use"
            raise InputError(f"{what}: {label} {side}; every sector in every region is one")
    return pairs, regions, sectors


def _by_category(
    final: pd.DataFrame, regions: list[str], categories: Mapping[str, str] | None
) -> np.ndarray:
    """Final demand by destination and category, `[sellers, regions, 3]` in that order."""
    out = np.zeros((len(final), len(regions), len(CATEGORIES)))
    for k, label in enumerate(final.columns):
        region, name = tuple(label)
        kind = (categories or {}).get(name, name if categories is None else None)
        if kind not in CATEGORIES:
            raise InputError(
                f"category '{name}' of final demand is none of {', '.join(CATEGORIES)}; "
                "say what it is: categories={'" + str(name) + "': 'HH', …}"
            )
        if str(region) not in regions:
            raise InputError(f"columns of final: region '{region}' sells nothing in use")
        column = final.iloc[:, k].to_numpy(dtype=np.float64)
        out[:, regions.index(str(region)), CATEGORIES.index(kind)] += column
    return out


def _known(what: str, given: Collection[str], known: list[str]) -> set[str]:
    strange = [code for code in given if code not in known]
    if strange:
        raise InputError(f"{what}: '{strange[0]}' is none of {', '.join(known)}")
    return set(given)
