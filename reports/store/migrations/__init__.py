"""How the tables of the store came about, step by step, for alembic; :mod:`reports.store.database` takes the steps."""
