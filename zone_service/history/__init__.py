"""What devices told: made from the journal, and asked for from outside."""
