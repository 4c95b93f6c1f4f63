# write_file FILE TEXT: whole or not at all, on disk, the database user's, mode 0600. As that user, since the folder is
# its own: a link that lies there is then followed with no more rights than it has anyway.
write_file() {
  printf '%s' "$2" | as_database sh -c \
    'umask 077 && rm -f "$1" && dd of="$1" conv=fsync 2>/dev/null && mv -f "$1" "$2"' sh "$1.vmdb-part" "$1" ||
    fail "cannot write $1"
}
