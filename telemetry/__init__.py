"""What onboard units send: reports, codecs, topics and the order of a device's messages."""
