"""Processes between units that do not speak MQTT and the broker."""
