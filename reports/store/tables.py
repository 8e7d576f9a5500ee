"""The tables of the store.  The migrations make them; a test compares the two."""

from __future__ import annotations

from typing import Final

from sqlalchemy import (
    Column,
    DateTime,
    ForeignKey,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA: Final = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
    }
)
DIGEST: Final = 64  # hexadecimal digits of SHA-256

RUNS: Final = Table(
    "runs",
    METADATA,
    Column("id", String(DIGEST), primary_key=True),  # of the evidence's octets: the same run is here once
    Column("began", String(40), nullable=False),
    Column("subject", String(20), nullable=False),  # who is judged
    Column("printer_uri", Text, nullable=False),
    Column("printer", Text, nullable=False),  # make and model, or its name
    Column("firmware", Text, nullable=False),
    Column("file", Text, nullable=False),  # the name of the evidence, without its directory
    Column("station", Text, nullable=False),
    Column("stored", DateTime(timezone=True), nullable=False),
)
"""What was played."""

EVIDENCE: Final = Table(
    "evidence",
    METADATA,
    Column("run", String(DIGEST), ForeignKey(RUNS.c.id, ondelete="CASCADE"), primary_key=True),
    Column("log", Integer, primary_key=True),  # 0: the file; 1: the log beside it that a killed run left
    Column("part", Integer, primary_key=True, autoincrement=False),
    Column("octets", LargeBinary, nullable=False),
)
"""Its octets, compressed, in parts, so that none has to fit into memory as a whole."""

VERDICTS: Final = Table(
    "verdicts",
    METADATA,
    Column("number", Integer, primary_key=True, autoincrement=True),  # a later judging has a higher one
    Column("run", String(DIGEST), ForeignKey(RUNS.c.id, ondelete="CASCADE"), nullable=False, index=True),
    Column("digest", String(DIGEST), nullable=False),  # of the document, whatever its evidence is called where it was
    Column("edition", String(20), nullable=False),
    Column("verdict", String(20), nullable=False),
    Column("document", Text, nullable=False),  # verdict.json
    Column("station", Text, nullable=False),
    Column("stored", DateTime(timezone=True), nullable=False),
    UniqueConstraint("run", "digest"),
)
"""What a run was judged to be; the same judgement is here once."""

OUTCOMES: Final = Table(
    "outcomes",
    METADATA,
    Column("ticket", String(32), primary_key=True),  # of the job that asked for it: no job has two
    Column("run", String(DIGEST), ForeignKey(RUNS.c.id, ondelete="CASCADE"), nullable=False),
    Column("verdict", Integer, ForeignKey(VERDICTS.c.number, ondelete="CASCADE"), nullable=False),
    Column("station", Text, nullable=False),
    Column("stored", DateTime(timezone=True), nullable=False),
)
"""What came of the jobs of a queue."""
