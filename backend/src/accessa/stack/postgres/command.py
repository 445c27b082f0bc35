"""The command line of the embedded Postgres: loopback only, no socket file, everything said on standard error."""

from __future__ import annotations

from accessa.stack.postgres.cluster import Cluster

_SETTINGS = {
    "shared_buffers": "128MB",
    "max_connections": "200",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_destination": "stderr",
    "logging_collector": "off",
    "log_checkpoints": "off",
    "log_line_prefix": "%m [%p] ",
    # Details and statements quote rows, and rows hold document text.
    "log_error_verbosity": "terse",
    "log_min_error_statement": "panic",
}
_UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


def server_command(cluster: Cluster, port: int, *, durable: bool = True) -> tuple[str, ...]:
    """Return the command line that serves `cluster` on 127.0.0.1:`port`.

    No Unix socket is made: its path may have only about 100 characters. `durable` False is for tests only.
    """
    settings = _SETTINGS if durable else _SETTINGS | _UNSAFE
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    address = ["-D", str(cluster.data), "-h", "127.0.0.1", "-p", str(port), "-k", ""]
    return (cluster.binaries.program("postgres"), *address, *options)


def database_url(cluster: Cluster, port: int, database: str) -> str:
    """Return the address of `database`; the password is hexadecimal, so nothing needs quoting."""
    return f"postgresql://postgres:{cluster.password}@127.0.0.1:{port}/{database}"
