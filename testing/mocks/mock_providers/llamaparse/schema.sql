CREATE TABLE IF NOT EXISTS files (
    file_id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    purpose TEXT NOT NULL,
    external_file_id TEXT,
    created_at REAL NOT NULL
);

-- A job shows the pages of `pages_of`: its own, or those of the job whose result the cache gave it.
CREATE TABLE IF NOT EXISTS jobs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL UNIQUE,
    status TEXT NOT NULL CHECK (status IN ('PENDING', 'RUNNING', 'COMPLETED', 'FAILED', 'CANCELLED')),
    name TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    document TEXT NOT NULL,
    tier TEXT NOT NULL,
    configuration TEXT NOT NULL,
    options_hash TEXT NOT NULL,
    planned_failure TEXT,
    pages_of TEXT NOT NULL,
    cache_hit INTEGER NOT NULL DEFAULT 0,
    pages INTEGER NOT NULL DEFAULT 0,
    credits REAL,
    error_message TEXT,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
CREATE INDEX IF NOT EXISTS jobs_by_input ON jobs (sha256, options_hash, status);

CREATE TABLE IF NOT EXISTS pages (
    job_id TEXT NOT NULL,
    page_number INTEGER NOT NULL,
    markdown TEXT NOT NULL,
    text TEXT NOT NULL,
    header TEXT,
    footer TEXT,
    error TEXT,
    PRIMARY KEY (job_id, page_number)
);

CREATE TABLE IF NOT EXISTS deliveries (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT NOT NULL,
    hook INTEGER NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    happened_at REAL NOT NULL,
    tries INTEGER NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'lost'))
);
CREATE INDEX IF NOT EXISTS deliveries_by_job ON deliveries (job_id, hook, state);

CREATE TABLE IF NOT EXISTS webhook_configs (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    config_id TEXT NOT NULL UNIQUE,
    webhook TEXT NOT NULL,
    created_at REAL NOT NULL,
    updated_at REAL NOT NULL
);
