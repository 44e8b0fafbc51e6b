"""`python -m sim.policies [NAME ...]`: what a measure can do, and what it has to be told."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence

from sim.commands import Arguments, obey
from sim.errors import unknown
from sim.policies.policy import Option, Policy, known

COMMON = """Every measure says its policy, who (by), against whom (on), sectors, start, end, a ramp
in months and an intensity from 0 to 1, as far as the policy looks at them:
  scenario.measures.NAME={policy: tariff, by: [KAZ], on: [CHN], rate: 0.1, start: 2022-06-01}"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Print all policies, or those that are named; exit code 2 for a name that is none."""
    parser = Arguments("policies", COMMON)
    parser.add_argument("name", nargs="*", help="of a policy; default all")
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> None:
    policies = known()
    for name in given.name:
        if name not in policies:
            raise unknown("policy", name, policies)
    chosen = [policies[name] for name in given.name or policies]
    print("\n\n".join([*([] if given.name else [COMMON]), *map(told, chosen)]), flush=True)


def told(policy: Policy) -> str:
    """A policy and its options, a line each."""
    lines = [f"{policy.name} ({', '.join(policy.takes) or 'nobody in particular'})"]
    lines += [f"  {line.strip()}".rstrip() for line in policy.meaning.splitlines()]
    width = max((len(option.name) for option in policy.options), default=0)
    for option in policy.options:
        lines.append(f"    {option.name:<{width}}  {option.meaning} ({allowed(option)})")
    return "\n".join(lines)


def allowed(option: Option) -> str:
    """Kind, bounds and default of an option."""
    bounds = f"{option.low:g} to {option.high:g}"
    text = {
        "number": bounds,
        "amounts": f"{{region: number}}, {bounds}",
        "coverage": f"{bounds}, or {{flow, column}}",
        "choice": " or ".join(option.choices),
        "flag": "true or false",
        "regions": "[regions]",
        "schedule": "FILE.csv",
        "classes": "[classes]",
    }[option.kind]
    if option.default is None:
        return f"{text}; must be given"
    default = option.default
    if isinstance(default, bool):
        default = str(default).lower()
    return f"{text}; {list(default) if isinstance(default, tuple) else default}"


if __name__ == "__main__":
    sys.exit(main())
