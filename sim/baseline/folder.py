"""A folder of tables: which files are there, which were read, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TypeVar

from sim.baseline.form import FORM, READ_BY_OTHERS
from sim.baseline.sheet import SEPARATORS, Fault, Sheet, TableError
from sim.errors import nearest

Read = TypeVar("Read")


@dataclass(frozen=True)
class Folder:
    """Hands out sheets, remembers which files were read, what was absent and what is wrong."""

    path: Path
    read: list[Path] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)
    faults: list[Fault] = field(default_factory=list)

    def sheet(self, name: str) -> Sheet:
        """A file that must exist."""
        found = self.sheet_if_there(name, said=True)
        if found is None:
            there = sorted(p.name for p in self.path.iterdir() if p.suffix.lower() == ".csv")
            near = nearest(name, there, 0.75)
            columns = ", ".join(FORM[name].needed)
            hint = f"rename '{near}'?" if near else f"add it with columns {columns}"
            found_there = f"found: {', '.join(there)}" if there else "there is no .csv file"
            problem = f"no file {name} ({found_there})"
            raise TableError([Fault(self.path, 0, problem, hint)])
        return found

    def sheet_if_there(self, name: str, said: bool = False) -> Sheet | None:
        """A file that may be left out: None then. said: do not note it as absent."""
        path = self.path / name
        if not path.is_file():
            if path.is_symlink() or path.exists():
                problem, remedy = "it is no file that can be read", "put a file there, or nothing"
                raise TableError([Fault(path, 0, problem, remedy)])
            if not said:
                self.absent.append(f"{name} ({FORM[name].without})")
            return None
        self.read.append(path)
        sheet = Sheet.read(path, FORM[name])
        left_out = [c for c in FORM[name].columns if c.name not in sheet and c.without]
        self.absent.extend(f"{c.name} of {name} ({c.without})" for c in left_out)
        if sheet.separator != ",":
            self.remarks.append(f"{name} is separated by {SEPARATORS[sheet.separator]}")
        if sheet.unread:
            self.remarks.append(f"not looked at in {name}: {', '.join(sheet.unread)}")
        return sheet

    def attempt(self, reader: Callable[..., Read], *arguments: object) -> Read:
        """What a reader makes of its file; faults are kept, so that the others are read too."""
        try:
            return reader(self, *arguments)
        except TableError as error:
            self.faults.extend(error.faults)
            return None  # type: ignore[return-value]  # `settle` raises before anybody looks

    def settle(self) -> None:
        """TableError with everything that is wrong so far."""
        if self.faults:
            raise TableError(self.faults)

    def check_names(self) -> None:
        """A fault for every .csv file that is named nearly like one that is absent."""
        there = sorted(p.name for p in self.path.iterdir() if p.suffix.lower() == ".csv")
        strangers = [n for n in there if n not in FORM and n not in READ_BY_OTHERS]
        for name in FORM:
            near = nearest(name, strangers, 0.75) if name not in there else None
            if near and FORM[name].without is not None:
                problem = f"is '{near}' meant to be {name}?"
                self.faults.append(Fault(self.path, 0, problem, "rename it, or move it elsewhere"))

    def digest(self) -> str:
        """sha256 hex over names and bytes of the files read, sorted by name."""
        total = sha256()
        for path in sorted(self.read, key=lambda p: p.name):
            total.update(path.name.encode() + b"\0")
            total.update(sha256(path.read_bytes()).digest())
        return total.hexdigest()
