"""`python -m sim.policies`: everything that a user may write into a measure is told."""

from __future__ import annotations

from sim.policies.__main__ import main, told
from sim.policies.policy import known


def test_every_policy_is_told_with_its_options_bounds_and_defaults(capsys):
    assert main([]) == 0
    said = capsys.readouterr().out
    for policy in known().values():
        assert told(policy) in said
        assert policy.meaning.splitlines()[0].strip() in told(policy)
        for option in policy.options:
            (line,) = [x for x in told(policy).splitlines() if x.startswith(f"    {option.name} ")]
            assert option.meaning in line
            assert ("must be given" in line) == (option.default is None)
    assert "rate  added to the tariff, share of the value (-1 to 10; must be given)" in said


def test_those_that_are_named_and_a_typo(capsys):
    assert main(["embargo"]) == 0
    assert capsys.readouterr().out == (
        "embargo (by, on, sectors)\n  No trade between `by` and `on`, either way.\n"
    )
    assert main(["tarif"]) == 2
    assert "did you mean 'tariff'?" in capsys.readouterr().err
