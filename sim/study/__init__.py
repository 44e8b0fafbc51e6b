"""Many runs: ensembles, sweeps and what is learned from them."""
