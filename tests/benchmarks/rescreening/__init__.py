"""What an index of our own parties costs, and a change of a list or of a party against it."""
