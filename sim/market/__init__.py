"""The hot loop: markets, links and relationships. Knows NumPy and Numba only."""
