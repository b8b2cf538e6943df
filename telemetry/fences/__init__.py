"""The zones that a unit is to know, as its own format carries them."""
