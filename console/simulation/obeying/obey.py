"""Which function obeys which operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from console.operations import archive as archive_operations
from console.operations import cluster as cluster_operations
from console.operations import copying as copying_operations
from console.operations import files as files_operations
from console.operations import gate as gate_operations
from console.operations import service as service_operations
from console.operations import standby as standby_operations
from console.operations import trial as trial_operations
from console.operations import web_server as web_server_operations
from console.operations.operation import Operation
from console.simulation.obeying import archive, cluster, copying, files, gate, service, trial, web_server
from console.simulation.obeying.done import Done, refused
from console.simulation.state import RegionState, UiHost

_OBEYS: Mapping[type[Operation], Callable[..., Done]] = {
    service_operations.StartDatabase: service.start,
    service_operations.StopDatabase: service.stop,
    service_operations.Promote: service.promote,
    service_operations.ForgetPromotion: service.forget_promotion,
    service_operations.RunCheckpoint: service.run_checkpoint,
    service_operations.SetBootStart: service.set_boot_start,
    standby_operations.WriteStandbySettings: service.write_standby_settings,
    standby_operations.InstallHistory: service.install_history,
    cluster_operations.NodeStandby: cluster.node_standby,
    cluster_operations.NodeUnstandby: cluster.node_unstandby,
    cluster_operations.CleanupResource: cluster.cleanup,
    cluster_operations.SetLockAside: cluster.set_lock_aside,
    cluster_operations.PutLockBack: cluster.put_lock_back,
    cluster_operations.DiscardLock: cluster.discard_lock,
    gate_operations.ClosePort: gate.close_port,
    gate_operations.ReopenPort: gate.reopen_port,
    gate_operations.AllowPort: gate.allow_port,
    gate_operations.DenyPort: gate.deny_port,
    gate_operations.HoldScript: gate.hold_script,
    gate_operations.ReleaseScript: gate.release_script,
    copying_operations.TryReplication: copying.try_replication,
    copying_operations.VerifyCopy: copying.verify,
    copying_operations.RemoveCopy: copying.remove_copy,
    copying_operations.DiscardOld: copying.discard_old,
    copying_operations.SwapIn: copying.swap_in,
    copying_operations.SwapBack: copying.swap_back,
    copying_operations.SetArchiveAside: copying.set_archive_aside,
    copying_operations.PutArchiveBack: copying.put_archive_back,
    archive_operations.MakeArchiveFolder: archive.make_folder,
    archive_operations.DiscardArchive: archive.discard,
    files_operations.InstallFiles: files.install,
    files_operations.PutFilesBack: files.back,
    trial_operations.CreateTrial: trial.create,
    trial_operations.ReadTrial: trial.read,
    trial_operations.TryTrialInsert: trial.try_insert,
    trial_operations.DropTrial: trial.drop,
}
"""On a database host. All but BaseBackup, which takes time: console.simulation.jobs."""

_APPLIANCES_OBEY: Mapping[type[Operation], Callable[..., Done]] = {
    web_server_operations.StopWebServer: web_server.stop,
    web_server_operations.StartWebServer: web_server.start,
    web_server_operations.AskEndpoint: web_server.ask,
}


def obey(state: RegionState, name: str, operation: Operation, at: float) -> Done:
    """Carry one operation out on a host, at once."""
    host = state.host(name)
    known = _APPLIANCES_OBEY if isinstance(host, UiHost) else _OBEYS
    obeys: Callable[..., Any] | None = known.get(type(operation))
    if obeys is None:
        return refused(state, f"sh: {type(operation).__name__}: command not found")
    done = obeys(state, host, operation, at)
    assert isinstance(done, Done)
    return done
