"""A hall of guests comes to one room of a host with several workers."""
