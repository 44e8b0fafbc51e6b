"""History matching: which numbers of behaviour does the observed past leave possible?

form.py (what is asked) -> summaries.py (what was observed) -> design.py (places to run) ->
runs.py (the model there) -> emulator.py (and everywhere else) -> matching.py (waves that rule
out) -> posterior.py (draws) -> score.py (how good) -> report.py (a folder). Nothing from design
to posterior knows the simulation: tests give it a model of one line.
"""
