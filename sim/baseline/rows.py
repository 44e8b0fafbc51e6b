"""Rows of a table as columns, for tables that most runs never look at.

pandas takes longer to import than a month takes to run: only who asks for a frame waits for it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd


class Rows(Mapping[str, tuple[Any, ...]]):
    """Columns of one length by name; `frame` is the same as a data frame."""

    def __init__(self, columns: Mapping[str, Iterable[Any]]) -> None:
        """Raises ValueError for columns of different lengths."""
        self._columns = {name: tuple(values) for name, values in columns.items()}
        lengths = {name: len(values) for name, values in self._columns.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(f"columns of different lengths: {lengths}")

    @classmethod
    def of(cls, rows: Iterable[Sequence[Any]], names: Sequence[str]) -> Rows:
        """From rows, each as long as `names`."""
        columns = list(zip(*rows, strict=True)) or [()] * len(names)
        return cls(dict(zip(names, columns, strict=True)))

    def __getitem__(self, column: str) -> tuple[Any, ...]:
        return self._columns[column]

    def __iter__(self) -> Iterator[str]:
        return iter(self._columns)

    def __len__(self) -> int:
        """Number of columns, as of any mapping."""
        return len(self._columns)

    @property
    def frame(self) -> pd.DataFrame:
        """A data frame of its own, which may be changed."""
        import pandas as pd

        return pd.DataFrame({name: list(values) for name, values in self._columns.items()})
