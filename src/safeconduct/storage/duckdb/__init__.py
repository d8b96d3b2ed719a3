"""Retained signals as Parquet files, and questions over them by DuckDB. Needs the extra ``hunt``."""
