"""`python -m sim completion bash`: words for the TAB key of bash and zsh.

Hydra's own completion starts Python at every press of the key and knows only scripts. This is a
list made once: commands, groups with their options, and keys; make it again after an update.
"""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path

from sim.commands import COMMANDS, Arguments, obey
from sim.config import CONF
from sim.guide import groups, keys

ABOUT = """Prints a script that completes commands, group=option and keys after eaeu-sim:
  eaeu-sim completion bash > ~/.local/share/bash-completion/completions/eaeu-sim
  eaeu-sim completion zsh >> ~/.zshrc"""
SCRIPT = """# TAB for eaeu-sim; made by: eaeu-sim completion {shell}
{first}_eaeu_sim() {{
  local before="${{COMP_LINE:0:COMP_POINT}}"
  local word="${{before##* }}"
  local found=$(compgen -W "{words}" -- "$word")
  case "$word" in *=*) found=$(printf '%s\\n' "$found" | while read -r w; do
    printf '%s\\n' "${{w#"${{word%=*}}="}}"; done);; esac
  COMPREPLY=($found)
  case "${{COMPREPLY[0]}}" in *=) compopt -o nospace 2>/dev/null;; esac
}}
complete -F _eaeu_sim eaeu-sim
"""


def script(shell: str, roots: Sequence[Path] = (CONF,)) -> str:
    """The script for a shell, 'bash' or 'zsh'."""
    words = [command.name for command in COMMANDS]
    words += [f"{group}={option}" for group, names in groups(roots).items() for option in names]
    words += [f"{key}=" for key in keys() if "NAME" not in key]
    words += ["--help", "--version", "--config-dir", "--multirun"]
    first = "autoload -U +X compinit bashcompinit && compinit && bashcompinit\n"
    return SCRIPT.format(shell=shell, words=" ".join(words), first=first if shell == "zsh" else "")


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the script."""
    parser = Arguments("completion", ABOUT)
    parser.add_argument("shell", choices=("bash", "zsh"))
    return obey(parser, arguments, _work)


def _work(given: Namespace) -> None:
    print(script(given.shell), end="", flush=True)


if __name__ == "__main__":
    sys.exit(main())
