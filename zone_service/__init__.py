"""The one shell: it alone knows zones, permits and telemetry, and does the I/O."""
