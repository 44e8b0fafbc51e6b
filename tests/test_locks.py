"""A lock is complete: it is installed as it is, without resolving, today and in a year."""

from __future__ import annotations

import re
from importlib.metadata import PackageNotFoundError, requires
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HOME = Path(__file__).resolve().parents[1]
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==([^ ;\\]+)(?: *; *([^\\]+?))? *\\?$")


def locked(name: str) -> dict[str, str]:
    """What a lock pins for this Python and system, by canonical name."""
    pins = {}
    for line in (HOME / name).read_text().splitlines():
        found = PINNED.match(line)
        if not found:
            assert not line or line.startswith("    --hash="), f"{name}: {line!r} is no pin"
            continue
        package, pinned, marker = found.groups()
        if not marker or Requirement(f"x ; {marker}").marker.evaluate():
            pins[canonicalize_name(package)] = pinned
    return pins


def claimed(name: str) -> list[str]:
    """The extras that a lock is made with, as the Makefile says."""
    if name == "requirements.lock":
        return []
    found = re.search(r"^EXTRAS := (.*)$", (HOME / "Makefile").read_text(), re.MULTILINE)
    assert found, "the Makefile no longer says which extras requirements-dev.lock holds"
    return found[1].split()


def closure(extras: list[str]) -> set[str]:
    """All that the package needs with these extras here, as the installed packages say."""
    todo, seen = [("eaeu-sim", frozenset(extras))], set()
    while todo:
        package, wanted = todo.pop()
        if (package, wanted) in seen:
            continue
        seen.add((package, wanted))
        for line in requires(package) or ():
            need = Requirement(line)
            if need.marker is None or any(
                need.marker.evaluate({"extra": e}) for e in wanted | {""}
            ):
                todo.append((canonicalize_name(need.name), frozenset(need.extras)))
    return {package for package, _ in seen} - {"eaeu-sim"}


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_lacks_nothing_that_it_claims(name):
    try:
        needed = closure(claimed(name))
    except PackageNotFoundError as absent:
        pytest.fail(f"{name} claims more than is installed here: {absent}")
    assert needed - locked(name).keys() == set()
    assert len(needed) > 15  # or the closure was not followed


def test_both_locks_pin_the_same_versions():
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


@pytest.mark.parametrize("name", ["requirements.lock", "requirements-dev.lock"])
def test_a_lock_names_no_address(name):
    assert "://" not in (HOME / name).read_text()


@pytest.mark.parametrize(
    "name", ["Makefile", "README.md", ".github/workflows/study.yml", ".ci/run"]
)
def test_a_hashed_lock_is_never_resolved(name):
    lines = [x for x in (HOME / name).read_text().splitlines() if "--require-hashes" in x]
    assert all("--no-deps" in line for line in lines)
