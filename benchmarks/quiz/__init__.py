"""A full hall plays the quiz: what is acknowledged is counted, and how soon all see the board."""
