# The folder that a server archives its WAL into.

# make_archive_folder: where it lies in the data directory, itself or as a link's target, which no base backup brings along.
# Anywhere else a folder that is not there may be a file server that is not mounted: never made there.
make_archive_folder() {
    [ -d "$PGSQL_ARCHIVE_WRITE" ] && return
    target=$(readlink -m "$PGSQL_ARCHIVE_WRITE")
    case $target in
    "$(readlink -m "$PGSQL_DATA")"/*) as_database mkdir -p "$target" ;;
    *) false ;;
    esac || fail "$PGSQL_ARCHIVE_WRITE is not there: mount it or make it"
}

# archive_aside: archived WAL of the data that go; archive_back puts it back; both by rename, what is there is kept.
ASIDE=$PGSQL_ARCHIVE_WRITE/old-$(date +%Y%m%d-%H%M%S).$$
archive_aside() { [ ! -d "$PGSQL_ARCHIVE_WRITE/" ] || move_files "$PGSQL_ARCHIVE_WRITE" "$ASIDE"; }
archive_back() { [ ! -d "$ASIDE" ] || move_files "$ASIDE" "$PGSQL_ARCHIVE_WRITE"; }
move_files() {
    as_database sh -c '
        [ -d "$2" ] || mkdir "$2" || exit 1
        find "$1/" -maxdepth 1 -type f -exec mv -n -t "$2" {} +
    ' sh "$1" "$2" || fail "cannot move the files of $1 to $2"
}
archive_forget() { [ ! -d "$ASIDE" ] || as_database rm -rf "$ASIDE"; }
