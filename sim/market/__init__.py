"""The hot loop: markets, links and relationships. Knows no policy and no country."""
