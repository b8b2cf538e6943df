"""Certificates as they are handed out: drawn and signed once, when somebody first asks for one."""

from dataclasses import replace
from hashlib import sha256
from pathlib import Path

from zone_service.certificate_seal import sealed
from zone_service.certificate_token import claims_of, sign
from zone_service.clock import now
from zone_service.issuer_key import Issuer, issuer, rotated
from zone_service.store import certificates, issuer_keys
from zone_service.store.engine import Store
from zone_service.store.records import KeptCertificate, Principal


def certificate_of(
    store: Store, data_dir: Path, principal: Principal, number: str
) -> KeptCertificate:
    """Return the certificate of a permit that counts, with its token and its file.

    Of two who ask first, both get what the first has kept. To draw it takes a moment: nobody waits
    for the database meanwhile.

    Raises:
        NotFound: there is no permit that the principal may see, or it has no certificate.
        UnreadableSecrets: the key cannot be used.
        FontMissing: set-up has not brought the font.
    """
    with store.read() as session:
        found = certificates.latest(session, principal, number)
    if found.pdf is not None:
        return found
    key = issuer(data_dir)
    made = _drawn(found, key)
    with store.write() as session:
        issuer_keys.keep(session, key.key_id, key.public, now())
        certificates.keep_drawn(session, made)
    with store.read() as session:
        return certificates.edition(session, number, found.certificate.edition)


def rotate(store: Store, data_dir: Path) -> Issuer:
    """Make another key that signs from now on; what others have signed stays valid."""
    key = rotated(data_dir)
    with store.write() as session:
        issuer_keys.keep(session, key.key_id, key.public, now())
    return key


def first_key(store: Store, data_dir: Path) -> None:
    """See to it that there is a key to be published before anything was signed."""
    key = issuer(data_dir)
    with store.write() as session:
        issuer_keys.keep(session, key.key_id, key.public, now())


def _drawn(found: KeptCertificate, key: Issuer) -> KeptCertificate:
    # Who never draws one does without its libraries, which take a third of a second to load.
    from zone_service.certificate_pdf import drawn

    token = sign(claims_of(found.certificate), key.key, key.key_id)
    pdf = sealed(drawn(found.certificate, token, key.key_id), key.key, key.key_id)
    digest = sha256(pdf).hexdigest()
    return replace(found, key_id=key.key_id, token=token, sha256=digest, pdf=pdf)
