"""Real servers that tests own: on free ports, in folders of their own, there to be killed."""
