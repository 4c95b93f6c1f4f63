# Descriptors are closed, so that a server does not keep what the operation holds (a lock, say); it would keep the umask
# too.
manage() { (umask 022 && exec service "$service" "$1" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-); }
at_boot() { chkconfig "$service" "$1"; }
start_again() { false; }
