"""What the API takes and gives: strict on the way in, complete on the way out."""
