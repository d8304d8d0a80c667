"""One room for each thing outside the process; rooms do not know each other."""
