"""The worker's MQTT client: the only place of the platform that knows paho."""

from telemetry.ingest.client import READING_BYTES, READING_S, Ingest

__all__ = ["READING_BYTES", "READING_S", "Ingest"]
