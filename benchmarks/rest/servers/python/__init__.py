"""FastAPI and SQLAlchemy's ORM, in an environment of its own."""
