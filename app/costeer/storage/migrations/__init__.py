"""alembic's scripts: `env.py` is its entry point, `versions/` holds one file per revision."""
