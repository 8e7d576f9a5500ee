"""The store: verdicts and evidence of many runs in one database, SQLite or PostgreSQL.

Everything here but :mod:`reports.store.extra` needs the extra ``stations``; whoever imports it asks that module first.
"""
