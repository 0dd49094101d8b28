"""Many recordings: one machine or a cluster, rows as Parquet, and what an archive says together."""
