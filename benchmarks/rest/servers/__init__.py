"""The servers beside which Festoon is measured."""
