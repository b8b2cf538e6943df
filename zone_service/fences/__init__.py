"""What units are told of the zones that concern them, and what they say that they hold."""
