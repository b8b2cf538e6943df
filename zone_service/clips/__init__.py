"""Evidence: what was received around a violation or an accident, sealed once in a file of its own."""
