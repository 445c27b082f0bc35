"""The local object storage: a service that speaks the wire contract of Supabase Storage, on plain files and SQLite."""
