"""Books balance every month, and a run whose books do not balance is stopped by name."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from runs import ran

import sim
import sim.model
from sim.phases.identities import IdentityError, check
from sim.record.columns import IDENTITIES as NAMES

SCENARIOS = ("at_rest", "eu_2022", "embargo")


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_identity_holds_in_every_month(scenario, request):
    model = request.getfixturevalue(scenario)
    residuals = model.panel.residuals.set_index("month")
    assert tuple(residuals.columns) == NAMES
    assert len(residuals) == model.settings.months
    assert (residuals.to_numpy() <= 1e-9).all(), residuals.max()


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_money_is_constant(scenario, request):
    model = request.getfixturevalue(scenario)
    assert model.panel.residuals["money"].max() <= 1e-12
    assert model.state.money(model.economy) == pytest.approx(model.money, rel=1e-12)


def test_books_balance_with_exits_entries_tariffs_fees_and_ceilings(toy):
    """The channels that the shipped scenarios leave alone, all at once and hard."""
    overrides = [
        "baseline=toy", "firms.count=200", "months=24",
        "behaviour.credit_limit=0", "behaviour.cash_target=1", "behaviour.fee_to_origin=0.25",
        "behaviour.cap_withholding=0",  # or nobody sells at a loss and nobody has to leave
    ]  # fmt: skip
    measures = {
        "cap": "{policy: price_ceiling, by: [NOR], on: [SUD], sectors: [MAN], ceiling: 0.05}",
        "duty": "{policy: tariff, by: [NOR], on: [WLD], sectors: [goods], rate: 0.5}",
        "free": "{policy: tariff, by: [SUD], on: [WLD], sectors: [goods], rate: -0.2}",
        "less": "{policy: demand, by: [SUD], sectors: [all], factor: 0.8}",
        "slow": "{policy: border_cost, by: [NOR], on: [SUD], factor: 1.4}",
        "fees": "{policy: payment_removal, by: [WLD], on: [SUD], cost: 0.3}",
        "ban": "{policy: embargo, by: [WLD], on: [NOR], sectors: [MAN], start: 2022-06-01}",
        "warm": "{policy: relations, by: [NOR], on: [SUD], factor: 1.5}",
    }
    given = [f"+scenario.measures.{name}={tree}" for name, tree in measures.items()]
    model = ran(sim.load(*overrides, *given), toy)
    firms = model.panel.values("sectors", "firms").sum(axis=(1, 2))
    assert firms.min() < firms.max()  # somebody left or came
    assert model.panel.residuals[list(NAMES)].to_numpy().max() <= 1e-9
    assert model.panel.residuals["money"].max() <= 1e-12


# --- checks that can fail: one tamper per identity -------------------------------------------


def firm_of(model: sim.UnionModel, code: str, sector: str) -> int:
    network, axes = model.economy.network, model.economy.baseline.axes
    there = (network.firm_region == axes.region(code)) & (
        network.firm_sector == axes.sector(sector)
    )
    return int(np.flatnonzero(there)[0])


def after(monkeypatch, name: str, change) -> None:
    """Let `change(model's arguments, result)` see, and replace, what a phase returns."""
    room = sim.phases.adapt if name == "commit" else sim.model
    phase = getattr(room, name)

    def tampered(*arguments, **named):
        made = phase(*arguments, **named)
        changed = change(arguments, made)
        return made if changed is None else changed

    monkeypatch.setattr(room, name, tampered)


def ship_more_than_arrives(arguments, outcome):
    sold = outcome.sold.copy()
    sold[0] *= 1.001
    return replace(outcome, sold=sold)


def let_goods_vanish(arguments, _):
    state = arguments[0].state
    goods = np.flatnonzero(state.stock > 0.0)
    state.stock[goods[0]] *= 0.999


def hold_inputs_back(arguments, production):
    kept = production.inputs.copy()
    kept[0] *= 0.999
    return replace(production, inputs=kept)


def move_cash_between_firms(arguments, _):
    economy, state, _ = arguments[0]
    other = np.flatnonzero(economy.network.firm_region != economy.network.firm_region[0])[0]
    state.cash[0] -= 1e-3
    state.cash[other] += 1e-3


def move_deposits_between_regions(arguments, _):
    arguments[0].state.deposits[:2] += (1e-3, -1e-3)


def move_public_money_between_regions(arguments, _):
    arguments[0].state.treasury[:2] += (1e-3, -1e-3)


def book_less_than_was_bought(arguments, accounts):
    kept = np.zeros_like(accounts.deposits)
    kept[0] = 1e-2
    return replace(
        accounts, out_spending=accounts.out_spending - kept, deposits=accounts.deposits + kept
    )


def invent_a_capital_flow(arguments, accounts):
    extra = np.zeros_like(accounts.deposits)
    extra[0] = 1.0
    return replace(
        accounts, in_capital=accounts.in_capital + extra, deposits=accounts.deposits + extra
    )


def record_less_than_came_in(arguments, record):
    trade = record["trade"]
    less = trade | {"recorded_import_musd": trade["recorded_import_musd"] * 0.999}
    return record | {"trade": less}


@pytest.mark.parametrize(
    ("identity", "phase", "tamper"),
    [
        ("links", "clear", ship_more_than_arrives),
        ("goods", "commit", let_goods_vanish),
        ("inputs", "produce", hold_inputs_back),
        ("firms", "commit", move_cash_between_firms),
        ("households", "commit", move_deposits_between_regions),
        ("governments", "commit", move_public_money_between_regions),
        ("regions", "settle", book_less_than_was_bought),
        ("world", "settle", invent_a_capital_flow),
        ("mirrors", "observe", record_less_than_came_in),
    ],
)
def test_a_tampered_month_stops_the_run_by_name(toy_model, monkeypatch, identity, phase, tamper):
    toy_model.step()
    after(monkeypatch, phase, tamper)
    with pytest.raises(IdentityError, match=f"'{identity}' is violated in 2022-02"):
        toy_model.step()
    assert toy_model.panel.written == 1  # the month that does not balance is not kept


def test_counterfeit_money_is_noticed(toy_model):
    toy_model.step()
    toy_model.step()
    toy_model.state.cash[firm_of(toy_model, "SUD", "MAN")] += 1e-3
    with pytest.raises(IdentityError, match="'money' is violated in 2022-03"):
        toy_model.step()


def test_a_billionth_is_noticed_and_rounding_is_not(toy_model):
    toy_model.step()
    toy_model.state.deposits[0] += 1e-12 * toy_model.money
    toy_model.step()
    toy_model.state.deposits[0] += 1e-8 * toy_model.money
    with pytest.raises(IdentityError, match="money"):
        toy_model.step()


def test_every_identity_has_a_tamper_above():
    tampered = {
        "links",
        "goods",
        "inputs",
        "firms",
        "households",
        "governments",
        "regions",
        "world",
    }
    assert tampered | {"mirrors", "money"} == set(NAMES)


def test_not_a_number_is_a_violation():
    found = dict.fromkeys(NAMES, 0.0)
    check(found, 1e-9, "2022-01")
    with pytest.raises(IdentityError, match="'goods' is violated in 2022-05"):
        check(found | {"goods": np.nan, "firms": 1e-3}, 1e-9, "2022-05")
