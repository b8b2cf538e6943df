"""What anybody may know of an installation."""

from pydantic import BaseModel

from zone_service.store.records import Role


class DemoAccount(BaseModel):
    """An account that the demonstration made and tells everybody about."""

    username: str
    password: str
    role: Role


class About(BaseModel):
    """What anybody may know of this installation."""

    name: str
    version: str
    environment: str
    default_language: str
    demo_accounts: list[DemoAccount] | None = None
