"""Permits: what may be done, by whom, where and when; and what breaks it. Pure."""
