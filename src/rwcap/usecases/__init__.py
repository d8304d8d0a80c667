"""What rwcap does, told apart from how it is asked and from what it is done with."""
