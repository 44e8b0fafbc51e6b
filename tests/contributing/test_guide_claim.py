"""The claims of CONTRIBUTING.md, answered."""

from __future__ import annotations

import pandas as pd
from guide import write

from sim.claims import main


def test_the_claims_of_the_guide_are_answered(tmp_path, monkeypatch, capsys):
    assert [p.name for p in write("Adding a claim", tmp_path)] == ["documents.yaml"]
    monkeypatch.chdir(tmp_path)
    small = ["firms.count=900", "months=6", "seeds=2", "output.jobs=1"]
    assert main(["experiment=documents", "--config-dir", "conf", *small]) == 0
    told = capsys.readouterr().out
    assert "# Who gains from electronic documents? (2 seeds)" in told
    (folder,) = (tmp_path / "results" / "documents" / "claims").glob("*/DONE")
    table = pd.read_csv(folder.parent / "claims.csv").set_index("code")
    assert table.loc["B1", "compared"] == "documents / sanctions"
    assert table.loc["B1", "unit"] == "%" and abs(table.loc["B1", "mean"]) < 5
    assert table.loc["B2", "mean"] > 1
    assert table.loc["B2", "answer"].startswith("true in the model")
    assert (folder.parent / "figures" / "claims.png").is_file()
