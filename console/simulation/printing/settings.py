"""postgresql.conf, pg_hba.conf and the standby's recovery settings, as files and as pg_settings has them."""

from __future__ import annotations

from console.simulation.dynamics import primary_address
from console.simulation.printing.view import Printed, View, lines


def in_file(view: View) -> tuple[tuple[str, str], ...]:
    """postgresql.conf's own lines, in order, values without quotes."""
    classic = view.platform.server.classic_wal
    archive = view.state.region.archive
    assert archive is not None
    command = f"cp %p {archive.write}/%f" if view.state.cluster is not None else "pgsql-primary-archive-wal %p %f"
    return (
        ("listen_addresses", "*"),
        ("port", str(view.host.settings.port)),
        ("max_connections", "600"),
        ("shared_buffers", "8GB"),
        ("wal_level", "hot_standby" if classic else "replica"),
        ("checkpoint_timeout", "5min"),
        ("archive_mode", "on"),
        ("archive_command", command),
        ("max_wal_senders", "5"),
        ("wal_keep_segments" if classic else "wal_keep_size", "64" if classic else "1GB"),
        ("hot_standby", "on"),
        ("logging_collector", "on"),
        ("log_line_prefix", "%m [%p] " if classic else "%m [%p] %q%u@%d "),
    )


def in_force(view: View) -> tuple[tuple[str, str], ...]:
    """Those of pg_settings that the probe asks for, with defaults."""
    classic = view.platform.server.classic_wal
    wanted = dict(in_file(view))
    names = ("wal_level", "hot_standby", "archive_mode", "archive_command", "max_wal_senders", "max_connections")
    found = {name: wanted[name] for name in (*names, "listen_addresses", "port")}
    found |= {
        "archive_timeout": "0",
        "data_directory": view.host.settings.data,
        "fsync": "on",
        "full_page_writes": "on",
        "max_locks_per_transaction": "64",
        "max_prepared_transactions": "0",
        "server_version": str(view.platform.server),
        "synchronous_commit": "on",
        "synchronous_standby_names": "",
        "update_process_title": "on",
    }
    if classic:
        found["wal_keep_segments"] = wanted["wal_keep_segments"]
        return tuple(sorted(found.items()))
    found |= {
        "cluster_name": "",
        "data_checksums": "on",
        "max_replication_slots": "10",
        "max_worker_processes": "8",
        "recovery_min_apply_delay": "0",
        "wal_keep_size": "1024",
        "wal_log_hints": "off",
        "wal_segment_size": "16777216",
    }
    return tuple(sorted((found | dict(recovery(view))).items()))


def recovery(view: View) -> tuple[tuple[str, str], ...]:
    """What makes a standby of it; nothing on a host that never was one since its last start."""
    if not view.server.recovery_file:
        return ()
    archive = view.state.region.archive
    assert archive is not None
    host = primary_address(view.state, view.host)
    told = view.server.follows
    own = view.host.host.node if view.state.cluster is not None else ""
    name = told.application_name if told is not None else own
    words = f" application_name={name}" if name else ""
    user = told.user if told is not None else view.host.settings.replication_user
    conninfo = f"host={host} port={view.host.settings.port} user={user}{words}"
    restore = told.restore_command if told is not None else f'cp {archive.read}/%f "%p"'
    return (
        ("primary_conninfo", conninfo),
        *((("restore_command", restore),) if restore else ()),
        ("recovery_target_timeline", "latest"),
    )


def recovery_file(view: View) -> str:
    """Where these settings stand: recovery.conf, the agent's own file, or postgresql.auto.conf."""
    if view.platform.server.recovery_conf:
        return f"{view.host.settings.data}/recovery.conf"
    if view.state.cluster is not None and view.server.follows is None:
        return f"{view.host.settings.tmp}/recovery.conf"
    return f"{view.host.settings.data}/postgresql.auto.conf"


def _line(name: str, value: str) -> str:
    plain = value in {"on", "off"} or value.isalnum()
    return f"{name} = {value}" if plain else f"{name} = '{value}'"


def _include(view: View) -> str:
    agent = view.state.cluster is not None and not view.platform.server.recovery_conf
    return f"include '{view.host.settings.tmp}/recovery.conf' # added by pgsql RA" if agent else ""


def configuration(view: View) -> Printed:
    """postgresql.conf and pg_hba.conf without comments; the latter with its line numbers."""
    settings = view.host.settings
    rules = (
        "local   all             postgres                                peer",
        "local   replication     postgres                                peer",
        f"host    replication     {settings.replication_user}      10.0.0.0/8              md5",
        f"host    {settings.database} {settings.sql_user}      10.0.0.0/8              md5",
    )
    return lines(
        f"@@conf {settings.data}/postgresql.conf",
        *(_line(name, value) for name, value in in_file(view)),
        _include(view),
        f"@@hba {settings.data}/pg_hba.conf",
        *(f"{84 + 2 * n}:{rule}" for n, rule in enumerate(rules)),
    )


def recovery_lines(view: View) -> str:
    """The files that were searched (recovery.conf alone where it is), and `grep -His` of the settings in them."""
    path = recovery_file(view)
    if view.server.recovery_file and view.platform.server.recovery_conf:
        settings = (f"{path}:{_line(name, value)}" for name, value in recovery(view))
        return "\n".join([f"@@{path}", f"{path}:standby_mode = 'on'", *settings])
    base = f"{view.host.settings.data}/postgresql.conf"
    alone = view.server.recovery_file and view.platform.server.recovery_conf
    found = [] if alone else [f"@@{base}"]
    if view.server.recovery_file:
        found.append(f"@@{path}")
    if include := _include(view):
        found.append(f"{base}:{include}")
    found += [f"{path}:{_line(name, value)}" for name, value in recovery(view)]
    return "\n".join(found)
