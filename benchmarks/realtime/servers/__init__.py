"""The peers' servers, each a small program of its own."""
