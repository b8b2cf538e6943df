"""Tests talk to servers of their own on this machine, and to nobody else."""

import socket

import pytest
from pytest_socket import SocketConnectBlockedError

ABROAD = ["192.0.2.1", "2001:db8::1", "registry.example"]
"""Addresses and a name that are kept for documentation: nobody answers, should one be let through."""


@pytest.mark.parametrize("host", ABROAD)
def test_whoever_calls_another_machine_is_stopped(host: str) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as caller:
        caller.settimeout(1)
        with pytest.warns(UserWarning, match=host), pytest.raises(SocketConnectBlockedError):
            caller.connect((host, 443))


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_whoever_calls_this_machine_is_let_through(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection((host, server.getsockname()[1]), 5).close()
