"""Signing in, tokens for programs, tickets for the live feed: as requests and answers."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from zone_service.schemas.fields import Given, Name, Text, whole_code_points
from zone_service.store.records import ApiToken, Principal, Role


class LogInGiven(Given):
    """A name and a password."""

    username: Annotated[Text, StringConstraints(min_length=1, max_length=64)]
    password: Annotated[str, AfterValidator(whole_code_points), StringConstraints(max_length=256)]


class PrincipalShown(BaseModel):
    """Who is signed in."""

    user_id: str
    username: str
    role: Role
    organisation_id: str
    department: str | None

    @classmethod
    def of(cls, principal: Principal) -> Self:
        """Return what a client sees."""
        return cls(
            user_id=principal.user_id,
            username=principal.username,
            role=principal.role,
            organisation_id=principal.organisation_id,
            department=principal.department,
        )


class TokenGiven(Given):
    """A token for a program that acts for its owner."""

    label: Name
    expires_in_days: Annotated[int, Field(ge=1, le=365)] = 90


class TokenMade(BaseModel):
    """A new token; it cannot be read again."""

    token: str
    label: str
    expires_at: datetime


class TokenShown(BaseModel):
    """A token without its secret."""

    token_id: str
    label: str
    created_at: datetime
    expires_at: datetime
    revoked: bool

    @classmethod
    def of(cls, token: ApiToken) -> Self:
        """Return what a client sees."""
        return cls(
            token_id=token.token_id,
            label=token.label,
            created_at=token.created_at,
            expires_at=token.expires_at,
            revoked=token.revoked,
        )


class TicketMade(BaseModel):
    """A right to open the live feed once."""

    ticket: str
    expires_in_s: int
