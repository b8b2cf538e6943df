"""The database: tables stay in here, domain values come out."""
