"""How fast sessions are played: the whole grid, its growth, a turn by part, and one turn at many cards."""
