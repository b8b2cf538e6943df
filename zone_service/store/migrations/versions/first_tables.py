"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None

BIG = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
APPEND_ONLY = ("audit", "permit_event", "violation_event")
COUNTS = ("zones", "registry", "permits", "feed", "logins")


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("audit_id", BIG, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("actor", sa.String(64), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.PrimaryKeyConstraint("audit_id", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_actor"), "audit", ["actor"], unique=False)
    op.create_index(op.f("ix_audit_at"), "audit", ["at"], unique=False)
    op.create_table(
        "checkpoint",
        sa.Column("one", BIG, autoincrement=False, nullable=False),
        sa.Column("journal_id", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("one = 1", name=op.f("ck_checkpoint_one")),
        sa.PrimaryKeyConstraint("one", name=op.f("pk_checkpoint")),
    )
    op.create_table(
        "journal",
        sa.Column("journal_id", BIG, autoincrement=True, nullable=False),
        sa.Column("batch_id", sa.String(64), nullable=False),
        sa.Column("first_received_s", sa.Double(), nullable=False),
        sa.Column("last_received_s", sa.Double(), nullable=False),
        sa.Column("message_count", BIG, nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint(
            "first_received_s BETWEEN -1e300 AND 1e300",
            name=op.f("ck_journal_first_received_s_finite"),
        ),
        sa.CheckConstraint(
            "last_received_s BETWEEN -1e300 AND 1e300",
            name=op.f("ck_journal_last_received_s_finite"),
        ),
        sa.CheckConstraint("message_count >= 0", name=op.f("ck_journal_counts")),
        sa.PrimaryKeyConstraint("journal_id", name=op.f("pk_journal")),
        sa.UniqueConstraint("batch_id", name=op.f("uq_journal_batch_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        op.f("ix_journal_last_received_s"), "journal", ["last_received_s"], unique=False
    )
    op.create_table(
        "login_attempt",
        sa.Column("attempt_id", BIG, autoincrement=True, nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("attempt_id", name=op.f("pk_login_attempt")),
    )
    op.create_index(op.f("ix_login_attempt_at"), "login_attempt", ["at"], unique=False)
    op.create_index(
        op.f("ix_login_attempt_subject_at"), "login_attempt", ["subject", "at"], unique=False
    )
    op.create_table(
        "organisation",
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("department", sa.String(64), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "kind IN ('operator', 'department', 'police', 'platform')",
            name=op.f("ck_organisation_kind_known"),
        ),
        sa.PrimaryKeyConstraint("organisation_id", name=op.f("pk_organisation")),
    )
    op.create_table(
        "outbox",
        sa.Column("outbox_id", BIG, autoincrement=True, nullable=False),
        sa.Column("journal_id", BIG, nullable=False),
        sa.Column("topic", sa.String(300), nullable=False),
        sa.Column("payload", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("outbox_id", name=op.f("pk_outbox")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_outbox_journal_id"), "outbox", ["journal_id"], unique=False)
    op.create_table(
        "refusal",
        sa.Column("subject", sa.String(128), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("minute_s", BIG, autoincrement=False, nullable=False),
        sa.Column("count", BIG, nullable=False),
        sa.Column("sample", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("subject", "reason", "minute_s", name=op.f("pk_refusal")),
    )
    op.create_index(op.f("ix_refusal_minute_s"), "refusal", ["minute_s"], unique=False)
    op.create_table(
        "revision",
        sa.Column("name", sa.String(32), nullable=False),
        sa.Column("value", BIG, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_revision")),
    )
    op.create_table(
        "violation",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("opened_seq", BIG, nullable=False),
        sa.Column("code", sa.String(64), nullable=False),
        sa.Column("severity", sa.String(16), nullable=False),
        sa.Column("device_id", sa.String(128), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("permit_number", sa.String(64), nullable=True),
        sa.Column("zone_id", sa.String(100), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detected_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("longitude_deg", sa.Double(), nullable=True),
        sa.Column("latitude_deg", sa.Double(), nullable=True),
        sa.Column("measured", sa.Double(), nullable=True),
        sa.Column("allowed", sa.Double(), nullable=True),
        sa.Column("rule_version", sa.String(64), nullable=False),
        sa.Column("zone_revision", BIG, nullable=False),
        sa.Column("trigger_event_time_s", sa.Double(), nullable=True),
        sa.Column("trigger_received_s", sa.Double(), nullable=True),
        sa.Column("handling", sa.String(16), nullable=False),
        sa.Column("handled_by", sa.String(64), nullable=True),
        sa.Column("note", sa.String(2000), nullable=True),
        sa.Column("revision", BIG, nullable=False),
        sa.CheckConstraint(
            "handling IN ('new', 'acknowledged', 'resolved')",
            name=op.f("ck_violation_handling_known"),
        ),
        sa.CheckConstraint(
            "allowed BETWEEN -1e300 AND 1e300", name=op.f("ck_violation_allowed_finite")
        ),
        sa.CheckConstraint(
            "latitude_deg BETWEEN -90 AND 90", name=op.f("ck_violation_latitude_deg_range")
        ),
        sa.CheckConstraint(
            "longitude_deg BETWEEN -180 AND 180", name=op.f("ck_violation_longitude_deg_range")
        ),
        sa.CheckConstraint(
            "measured BETWEEN -1e300 AND 1e300", name=op.f("ck_violation_measured_finite")
        ),
        sa.CheckConstraint(
            "trigger_event_time_s BETWEEN -1e300 AND 1e300",
            name=op.f("ck_violation_trigger_event_time_s_finite"),
        ),
        sa.CheckConstraint(
            "trigger_received_s BETWEEN -1e300 AND 1e300",
            name=op.f("ck_violation_trigger_received_s_finite"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_violation")),
        sa.UniqueConstraint("opened_seq", name=op.f("uq_violation_opened_seq")),
    )
    op.create_index(
        op.f("ix_violation_device_id_opened_seq"),
        "violation",
        ["device_id", "opened_seq"],
        unique=False,
    )
    op.create_index(
        "ix_violation_open",
        "violation",
        ["opened_seq"],
        unique=False,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )
    op.create_index(op.f("ix_violation_opened_at"), "violation", ["opened_at"], unique=False)
    op.create_index(
        op.f("ix_violation_organisation_id_opened_seq"),
        "violation",
        ["organisation_id", "opened_seq"],
        unique=False,
    )
    op.create_table(
        "zone",
        sa.Column("row_id", BIG, autoincrement=True, nullable=False),
        sa.Column("zone_id", sa.String(100), nullable=False),
        sa.Column("from_revision", BIG, nullable=False),
        sa.Column("until_revision", BIG, nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("name_zh", sa.String(200), nullable=True),
        sa.Column("domains", sa.String(100), nullable=False),
        sa.Column("category", sa.String(64), nullable=False),
        sa.Column("source", sa.String(500), nullable=False),
        sa.Column("legal_effect", sa.Boolean(), nullable=False),
        sa.Column("speed_limit_mps", sa.Double(), nullable=True),
        sa.CheckConstraint(
            "kind IN ('keep_in', 'keep_out', 'speed_limit')", name=op.f("ck_zone_kind_known")
        ),
        sa.CheckConstraint(
            "speed_limit_mps BETWEEN -1e300 AND 1e300", name=op.f("ck_zone_speed_limit_mps_finite")
        ),
        sa.CheckConstraint("until_revision > from_revision", name=op.f("ck_zone_lasts")),
        sa.PrimaryKeyConstraint("row_id", name=op.f("pk_zone")),
        sa.UniqueConstraint("zone_id", "from_revision", name=op.f("uq_zone_zone_id_from_revision")),
    )
    op.create_index(op.f("ix_zone_until_revision"), "zone", ["until_revision"], unique=False)
    op.create_index(
        "uq_zone_in_force",
        "zone",
        ["zone_id"],
        unique=True,
        sqlite_where=sa.text("until_revision IS NULL"),
        postgresql_where=sa.text("until_revision IS NULL"),
    )
    op.create_table(
        "zone_revision",
        sa.Column("revision", BIG, autoincrement=False, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("revision", name=op.f("pk_zone_revision")),
    )
    op.create_index(op.f("ix_zone_revision_at"), "zone_revision", ["at"], unique=False)
    op.create_table(
        "account",
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("username", sa.String(64), nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("department", sa.String(64), nullable=True),
        sa.Column("password_hash", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "role IN ('operator', 'reviewer', 'police', 'administrator')",
            name=op.f("ck_account_role_known"),
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_account_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_account")),
        sa.UniqueConstraint("username", name=op.f("uq_account_username")),
    )
    op.create_index(
        op.f("ix_account_organisation_id"), "account", ["organisation_id"], unique=False
    )
    op.create_table(
        "device",
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=False),
        sa.Column("domain", sa.String(8), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("codec", sa.String(32), nullable=False),
        sa.Column("wire_id", sa.String(64), nullable=True),
        sa.Column("datum", sa.String(16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint(
            "datum IN ('WGS84', 'CGCS2000', 'GCJ02', 'BD09')", name=op.f("ck_device_datum_known")
        ),
        sa.CheckConstraint(
            "domain IN ('road', 'air', 'water')", name=op.f("ck_device_domain_known")
        ),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_device_organisation_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device")),
    )
    op.create_index(
        op.f("ix_device_organisation_id_device_id"),
        "device",
        ["organisation_id", "device_id"],
        unique=False,
    )
    op.create_table(
        "permit",
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("state", sa.String(32), nullable=False),
        sa.Column("holder_id", sa.String(64), nullable=False),
        sa.Column("terms", sa.String(2000000), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("valid_to", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revision", BIG, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("revision >= 0", name=op.f("ck_permit_revision_counts")),
        sa.CheckConstraint("valid_from < valid_to", name=op.f("ck_permit_lasts")),
        sa.ForeignKeyConstraint(
            ["holder_id"],
            ["organisation.organisation_id"],
            name=op.f("fk_permit_holder_id_organisation"),
        ),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_permit")),
    )
    op.create_index(
        op.f("ix_permit_holder_id_number"), "permit", ["holder_id", "number"], unique=False
    )
    op.create_index(op.f("ix_permit_state"), "permit", ["state"], unique=False)
    op.create_index(op.f("ix_permit_valid_to"), "permit", ["valid_to"], unique=False)
    op.create_table(
        "violation_event",
        sa.Column("seq", BIG, autoincrement=False, nullable=False),
        sa.Column("event", sa.String(16), nullable=False),
        sa.Column("violation_id", sa.String(64), nullable=False),
        sa.Column("organisation_id", sa.String(64), nullable=True),
        sa.Column("journal_id", BIG, nullable=True),
        sa.Column("snapshot", sa.String(20000), nullable=False),
        sa.CheckConstraint(
            "event IN ('opened', 'updated', 'closed', 'acknowledged', 'resolved')",
            name=op.f("ck_violation_event_event_known"),
        ),
        sa.ForeignKeyConstraint(
            ["violation_id"],
            ["violation.id"],
            name=op.f("fk_violation_event_violation_id_violation"),
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_violation_event")),
    )
    op.create_index(
        op.f("ix_violation_event_journal_id"), "violation_event", ["journal_id"], unique=False
    )
    op.create_index(
        op.f("ix_violation_event_organisation_id_seq"),
        "violation_event",
        ["organisation_id", "seq"],
        unique=False,
    )
    op.create_index(
        op.f("ix_violation_event_violation_id"), "violation_event", ["violation_id"], unique=False
    )
    op.create_table(
        "volume",
        sa.Column("zone_row_id", BIG, autoincrement=False, nullable=False),
        sa.Column("position", BIG, autoincrement=False, nullable=False),
        sa.Column("shape", sa.String(16), nullable=False),
        sa.Column("geometry", sa.LargeBinary(), nullable=False),
        sa.Column("west_deg", sa.Double(), nullable=False),
        sa.Column("south_deg", sa.Double(), nullable=False),
        sa.Column("east_deg", sa.Double(), nullable=False),
        sa.Column("north_deg", sa.Double(), nullable=False),
        sa.Column("radius_m", sa.Double(), nullable=True),
        sa.Column("half_width_m", sa.Double(), nullable=True),
        sa.Column("lower_m", sa.Double(), nullable=True),
        sa.Column("lower_reference", sa.String(8), nullable=True),
        sa.Column("upper_m", sa.Double(), nullable=True),
        sa.Column("upper_reference", sa.String(8), nullable=True),
        sa.Column("schedule", sa.String(20000), nullable=True),
        sa.CheckConstraint(
            "lower_reference IN ('AGL', 'AMSL', 'HAE')",
            name=op.f("ck_volume_lower_reference_known"),
        ),
        sa.CheckConstraint(
            "shape IN ('area', 'circle', 'corridor')", name=op.f("ck_volume_shape_known")
        ),
        sa.CheckConstraint(
            "upper_reference IN ('AGL', 'AMSL', 'HAE')",
            name=op.f("ck_volume_upper_reference_known"),
        ),
        sa.CheckConstraint(
            "east_deg BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_east_deg_finite")
        ),
        sa.CheckConstraint(
            "half_width_m BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_half_width_m_finite")
        ),
        sa.CheckConstraint(
            "lower_m BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_lower_m_finite")
        ),
        sa.CheckConstraint(
            "north_deg BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_north_deg_finite")
        ),
        sa.CheckConstraint(
            "radius_m BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_radius_m_finite")
        ),
        sa.CheckConstraint(
            "south_deg BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_south_deg_finite")
        ),
        sa.CheckConstraint(
            "upper_m BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_upper_m_finite")
        ),
        sa.CheckConstraint(
            "west_deg BETWEEN -1e300 AND 1e300", name=op.f("ck_volume_west_deg_finite")
        ),
        sa.ForeignKeyConstraint(
            ["zone_row_id"], ["zone.row_id"], name=op.f("fk_volume_zone_row_id_zone")
        ),
        sa.PrimaryKeyConstraint("zone_row_id", "position", name=op.f("pk_volume")),
    )
    op.create_table(
        "api_token",
        sa.Column("token_id", sa.String(32), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("label", sa.String(100), nullable=False),
        sa.Column("secret_hash", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.user_id"], name=op.f("fk_api_token_user_id_account")
        ),
        sa.PrimaryKeyConstraint("token_id", name=op.f("pk_api_token")),
    )
    op.create_index(op.f("ix_api_token_user_id"), "api_token", ["user_id"], unique=False)
    op.create_table(
        "credential",
        sa.Column("credential_id", BIG, autoincrement=True, nullable=False),
        sa.Column("device_id", sa.String(64), nullable=False),
        sa.Column("bcrypt", sa.String(100), nullable=False),
        sa.Column("pbkdf2", sa.String(200), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["device_id"], ["device.device_id"], name=op.f("fk_credential_device_id_device")
        ),
        sa.PrimaryKeyConstraint("credential_id", name=op.f("pk_credential")),
    )
    op.create_index(op.f("ix_credential_device_id"), "credential", ["device_id"], unique=False)
    op.create_index(
        "uq_credential_active",
        "credential",
        ["device_id"],
        unique=True,
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_table(
        "login_session",
        sa.Column("cookie_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.user_id"], name=op.f("fk_login_session_user_id_account")
        ),
        sa.PrimaryKeyConstraint("cookie_hash", name=op.f("pk_login_session")),
    )
    op.create_index(
        op.f("ix_login_session_expires_at"), "login_session", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_login_session_user_id"), "login_session", ["user_id"], unique=False)
    op.create_table(
        "permit_event",
        sa.Column("event_id", BIG, autoincrement=True, nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("before", sa.String(32), nullable=False),
        sa.Column("after", sa.String(32), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by", sa.String(64), nullable=False),
        sa.Column("reason", sa.String(2000), nullable=False),
        sa.ForeignKeyConstraint(
            ["number"], ["permit.number"], name=op.f("fk_permit_event_number_permit")
        ),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_permit_event")),
    )
    op.create_index(op.f("ix_permit_event_number"), "permit_event", ["number"], unique=False)
    op.create_table(
        "socket_ticket",
        sa.Column("ticket_hash", sa.String(64), nullable=False),
        sa.Column("user_id", sa.String(64), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"], ["account.user_id"], name=op.f("fk_socket_ticket_user_id_account")
        ),
        sa.PrimaryKeyConstraint("ticket_hash", name=op.f("pk_socket_ticket")),
    )
    op.create_index(
        op.f("ix_socket_ticket_expires_at"), "socket_ticket", ["expires_at"], unique=False
    )
    op.create_index(op.f("ix_socket_ticket_user_id"), "socket_ticket", ["user_id"], unique=False)
    _start_counts()
    if op.get_context().dialect.name == "sqlite":
        _refuse_changes_sqlite()
    else:
        _refuse_changes_postgresql()


def _start_counts() -> None:
    table = sa.table("revision", sa.column("name", sa.String), sa.column("value", sa.BigInteger))
    op.bulk_insert(table, [{"name": name, "value": 0} for name in COUNTS])


def _refuse_changes_sqlite() -> None:
    for table in APPEND_ONLY:
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_refuses_{change.lower()} BEFORE {change} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
            )


def _refuse_changes_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        "RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$"
    )
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_refuses_change BEFORE UPDATE OR DELETE OR TRUNCATE "
            f"ON {table} FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
        )


def downgrade() -> None:
    for table in (
        "socket_ticket",
        "permit_event",
        "login_session",
        "credential",
        "api_token",
        "volume",
        "violation_event",
        "permit",
        "device",
        "account",
        "zone_revision",
        "zone",
        "violation",
        "revision",
        "refusal",
        "outbox",
        "organisation",
        "login_attempt",
        "journal",
        "checkpoint",
        "audit",
    ):
        op.drop_table(table)
    if op.get_context().dialect.name == "postgresql":
        op.execute("DROP FUNCTION refuse_change()")
