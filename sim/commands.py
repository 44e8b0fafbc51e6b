"""The one table of commands, and the one way in which their arguments are read.

A command is a row here and a module with a `main(arguments)` that returns an exit code. It is
called as `eaeu-sim NAME`, `python -m sim NAME` or `python -m MODULE`, which are the same.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, NoReturn

from sim.errors import InputError, brief, politely, unknown
from sim.words import refuse_twice

Main = Callable[[Sequence[str] | None], int]


@dataclass(frozen=True)
class Command:
    """A row: its name, where its `main` lives (`module:function`), and what it does in a line."""

    name: str
    home: str
    about: str

    def main(self) -> Main:
        """The function, imported when it is asked for: a command does not wait for the others."""
        module, _, function = self.home.partition(":")
        return getattr(import_module(module), function or "main")


COMMANDS = (
    Command("run", "sim.__main__:run", "one run, an ensemble (seeds=20) or a study"),
    Command("sweep", "sim.__main__:sweep", "a run for each combination of values; the same as -m"),
    Command("scenarios", "sim.scenarios", "what is shipped, a line each, and what is in them"),
    Command("policies", "sim.policies.__main__", "what a measure can do, and its options"),
    Command("report", "sim.report", "a page of a run or a study: results/NAME"),
    Command("page", "sim.page.__main__", "choose, watch and take away, in a browser"),
    Command("verify", "sim.verify", "does a stored run still come out the same?"),
    Command("search", "sim.search", "come close to what was observed, or find a frontier"),
    Command("sensitivity", "sim.sensitivity", "which numbers does an answer hang on?"),
    Command("calibrate", "sim.calibrate.__main__", "which numbers does history leave possible?"),
    Command("claims", "sim.claims", "what others claim, answered by pairs of scenarios"),
    Command("game", "sim.game.__main__", "what would each rather do, given what the others do?"),
    Command("validate", "sim.validate", "what was observed beside the model, flow by flow"),
    Command("equilibrium", "sim.equilibrium.__main__", "the textbook's answer to a scenario"),
    Command("publish", "sim.publish", "refresh the reference outcomes in results/published"),
    Command("completion", "sim.completion", "words for the TAB key of bash and zsh"),
)


def find(name: str) -> Command:
    """The row of that name; InputError with the nearest one."""
    for command in COMMANDS:
        if command.name == name:
            return command
    raise unknown("command", name, [command.name for command in COMMANDS])


def overview() -> str:
    """All commands, a line each."""
    width = max(len(command.name) for command in COMMANDS)
    return "\n".join(f"  {c.name:<{width}}  {c.about}" for c in COMMANDS)


class Arguments(argparse.ArgumentParser):
    """Argparse that neither guesses abbreviations nor prints its usage at those who mistype."""

    def __init__(self, command: str, about: str, **more: Any) -> None:
        super().__init__(
            f"python -m sim {command}",
            description=about,
            allow_abbrev=False,
            formatter_class=argparse.RawDescriptionHelpFormatter,
            **more,
        )
        self.given: list[str] = []

    def _get_option_tuples(self, option_string: str) -> list[Any]:
        return []  # it would take -c for -cd, whatever allow_abbrev says

    def error(self, message: str) -> NoReturn:
        """What cannot be read, in one line."""
        strange = message.removeprefix("unrecognized arguments: ").split()
        if message.startswith("unrecognized") and strange[0].startswith("-"):
            at = self.given.index(strange[0]) if strange[0] in self.given else len(self.given)
            raise InputError(strange_option(self.given[at:] or strange, self.prog))
        raise InputError(f"{brief(message)}; see {self.prog} --help")

    def words(self) -> None:
        """Take `key=value` anywhere, and a folder with configurations of the user's own."""
        self.add_argument("words", nargs="*", metavar="key=value", help="as after python -m sim")
        self.add_argument("--config-dir", "-cd", metavar="FOLDER", help="groups of your own")


def study(
    name: str,
    about: str,
    arguments: Sequence[str] | None,
    work: Callable[[list[str]], object],
    kept: str = "runs",
) -> int:
    """A command that takes `experiment=NAME key=value ...` and prints what `work` returns.

    about: how it is called, an empty line, and the rest of its help.
    """
    usage, _, rest = about.partition("\n\n")
    parser = Arguments(name, rest, usage=usage.removeprefix("usage: "))
    parser.words()

    def worked(given: argparse.Namespace) -> None:
        refuse_twice(given.words)
        own = ["--config-dir", given.config_dir] if given.config_dir else []
        print(work([*given.words, *own]), flush=True)

    return obey(parser, arguments, worked, kept)


def strange_option(given: Sequence[str], program: str) -> str:
    """What to write instead of an option that there is not, `--scenario x` most often."""
    name, _, value = given[0].partition("=")
    value = value or (given[1] if len(given) > 1 and not given[1].startswith("-") else "...")
    key = name.lstrip("-").replace("-", "_")
    instead = f"; write it without dashes: {key}={value}" if name.startswith("--") and key else ""
    return f"there is no option '{brief(name)}'{instead}; see {program} --help"


def obey(
    parser: Arguments,
    arguments: Sequence[str] | None,
    work: Callable[[argparse.Namespace], int | None],
    kept: str = "runs",
) -> int:
    """Read the arguments, do the work: an exit code. kept: what an interrupt leaves.

    0 done, 1 something is not as it should be, 2 the input is wrong, 130 interrupted.
    """
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser.given = given
    return politely(lambda: work(parser.parse_intermixed_args(given)), kept)
