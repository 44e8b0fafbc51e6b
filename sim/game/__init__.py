"""Games among countries: what each would rather do, given what the others do."""
