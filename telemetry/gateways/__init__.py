"""What stands between a wire that is not MQTT and the broker: bytes in, messages and answers out. Pure."""
