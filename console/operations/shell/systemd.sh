# Descriptors are closed, so that a server does not keep what the operation holds (a lock, say).
manage() { systemctl "$1" "$service" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-; }
at_boot() { if [ "$1" = on ]; then systemctl enable "$service"; else systemctl disable "$service"; fi; }
# Debian's postgresql.service only stands for its clusters and stays active when one of them ends: `start` would then do
# nothing, `restart` starts what is missing.
start_again() { systemctl is-active "$service" >/dev/null 2>&1 && manage restart; }
