"""The user's database: the only room that knows SQLAlchemy and alembic.

Everything that leaves this room is a frozen dataclass from `records`; no session, row or query does.
"""
