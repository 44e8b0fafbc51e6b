"""Codes and names of regions and sectors: which ones a table may use."""

from __future__ import annotations

import re
import unicodedata

from sim.baseline.sheet import Sheet, shortened

RESERVED = {
    "region": ("all", "members", "partners"),
    "sector": ("all", "goods", "services", "VALUE_ADDED", "ALL_GOODS"),
}
NO_VALUE = ("nan", "none", "null", "n.a.", "na.")  # words that programs take for a missing value
LONGEST_CODE, LONGEST_NAME = 32, 120
CODE = r"[^\W_][\w.-]*"  # letters of any alphabet, digits and . _ -


def check_labels(sheet: Sheet, kind: str) -> None:
    """Faults for codes and names that mean something to a program, a file system or a reader.

    Codes are typed in scenarios, stand in names of files and in cells of spreadsheets, where '*',
    '/', '<', '$' or a leading '=' do what nobody wants.
    """
    sheet.require_unique("code")
    seen: dict[str, str] = {}
    for row, code in enumerate(sheet.columns["code"]):
        if not code:
            sheet.fault(row, "code is empty", "give every row a short unique code")
            continue
        remedy = f"choose another code for the {kind}, here and in the other files"
        if not re.fullmatch(CODE, code) or ".." in code:
            problem = f"code '{shortened(code)}' is not of letters, digits and . _ -"
            sheet.fault(row, f"{problem}, beginning with a letter or digit", remedy)
        elif len(code) > LONGEST_CODE:
            sheet.fault(row, f"code '{code[:LONGEST_CODE]}…' is longer than {LONGEST_CODE}", remedy)
        elif code.casefold() in {word.casefold() for word in RESERVED[kind]}:
            what = f"code '{code}' is a word that scenarios and tables use for many {kind}s"
            sheet.fault(row, what.replace("many", "sets of"), remedy)
        elif code.casefold() in NO_VALUE:
            sheet.fault(row, f"code '{code}' is a missing value to many programs", remedy)
        elif seen.get(code.casefold(), code) != code:
            other = seen[code.casefold()]
            sheet.fault(row, f"codes '{other}' and '{code}' differ only in case", remedy)
        seen.setdefault(code.casefold(), code)
    for row, name in enumerate(sheet.columns.get("name", [])):
        if len(name) > LONGEST_NAME or any(unicodedata.category(c)[0] == "C" for c in name):
            problem = (
                f"name '{shortened(name)}' is longer than {LONGEST_NAME} or holds control signs"
            )
            sheet.fault(row, problem, "write a plain name")
