"""Clients of the platform that play onboard units: fleets, faults, recordings, load."""
