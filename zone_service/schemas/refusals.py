"""Refusals as answers."""

from typing import Literal

from pydantic import BaseModel


class RefusalShown(BaseModel):
    """How often something was refused within a minute, with the first example of it."""

    subject: str
    """The device, or the topic where it names none or somebody else spoke on it."""
    reason: str
    minute: str
    """When the minute began, RFC 3339, UTC."""
    count: int
    sample: str
    """At most the first 512 bytes of the message; of what the broker denied, who sent it."""
    sample_encoding: Literal["text", "base64"]
