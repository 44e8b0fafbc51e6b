"""The page: choose a scenario, watch its months come in, take the numbers away.

`python -m sim page`; the only room that knows Panel and Bokeh (extra `eaeu-sim[page]`).
"""
