"""Money that goes back to payers through payOS."""
