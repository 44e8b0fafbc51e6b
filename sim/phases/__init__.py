"""The phases of a month, in the order of the model note: a room each."""
