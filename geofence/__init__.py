"""Electronic fences: zones, and whether a fix lies in one or crosses one. Pure."""
