"""Runs with their evidence, verdicts, and what came of jobs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "runs",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("began", sa.String(40), nullable=False),
        sa.Column("subject", sa.String(20), nullable=False),
        sa.Column("printer_uri", sa.Text, nullable=False),
        sa.Column("printer", sa.Text, nullable=False),
        sa.Column("firmware", sa.Text, nullable=False),
        sa.Column("file", sa.Text, nullable=False),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_runs"),
    )
    op.create_table(
        "evidence",
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("log", sa.Integer, nullable=False),
        sa.Column("part", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("octets", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("run", "log", "part", name="pk_evidence"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_evidence_run", ondelete="CASCADE"),
    )
    op.create_table(
        "verdicts",
        sa.Column("number", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("edition", sa.String(20), nullable=False),
        sa.Column("verdict", sa.String(20), nullable=False),
        sa.Column("document", sa.Text, nullable=False),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("number", name="pk_verdicts"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_verdicts_run", ondelete="CASCADE"),
        sa.UniqueConstraint("run", "digest", name="uq_verdicts_run_digest"),
    )
    op.create_index("ix_verdicts_run", "verdicts", ["run"])
    op.create_table(
        "outcomes",
        sa.Column("ticket", sa.String(32), nullable=False),
        sa.Column("run", sa.String(64), nullable=False),
        sa.Column("verdict", sa.Integer, nullable=False),
        sa.Column("station", sa.Text, nullable=False),
        sa.Column("stored", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("ticket", name="pk_outcomes"),
        sa.ForeignKeyConstraint(["run"], ["runs.id"], name="fk_outcomes_run", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["verdict"], ["verdicts.number"], name="fk_outcomes_verdict", ondelete="CASCADE"),
    )


def downgrade() -> None:
    """Drop them, and all that is in them."""
    for table in ("outcomes", "verdicts", "evidence", "runs"):
        op.drop_table(table)
