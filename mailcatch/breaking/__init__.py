"""Failures on purpose: between the rules of `mailcatch.faults` and the wire of `mailcatch.smtp`."""
