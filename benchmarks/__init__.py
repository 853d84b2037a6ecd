"""Figures of a real host on this machine; `./dev bench --help` says what is measured."""
