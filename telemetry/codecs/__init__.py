"""One module a wire format: bytes in, reports or refusals out."""
