"""Measures, the policies they use, and the path of levers that a scenario compiles to.

A family of policies is one file here. A policy says what it moves at full strength; its measure
says who, on whom, when and how strongly; `scenario` puts them together month by month.
"""
