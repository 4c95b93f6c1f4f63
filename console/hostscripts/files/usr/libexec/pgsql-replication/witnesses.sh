# Second opinions: can anything be reached from here at all, and does somebody else see host 1?
#
# WITNESSES holds words: ping:ADDRESS and tcp:HOST:PORT say by an answer that this host is not cut off. view:HOST says that
# too, and looks from there at host 1's port through ssh alone (`ssh -W`), with nothing installed there.

# ask_witnesses SECONDS [plain]: all at once; the answers are files in $WORK. What an earlier look said is forgotten.
# plain, on host 1: a view is only asked whether its host is there.
ask_witnesses() {
    rm -f "$WORK"/witness.* "$WORK"/ssh.*
    number=0
    for witness in $WITNESSES; do
        number=$((number + 1))
        ask_witness "${2:+$2-}$witness" "$1" "$WORK/witness.$number" 9>&- &
    done
    wait
}

# ask_witness WORD SECONDS FILE: `answers`, or `sees` where it sees host 1's port accept, is put into FILE.
ask_witness() {
    name=${1#*:}
    case ${1#plain-} in
    ping:*) ! timeout "$2" ping -n -c 1 -W "$2" "$name" >/dev/null 2>&1 || echo answers >"$3" ;;
    tcp:*:*) [ "$(tcp_state "$(plain_address "${name%:*}")" "${name##*:}" "$2")" != accepts ] || echo answers >"$3" ;;
    view:*) if [ "$1" != "${1#plain-}" ]; then ask_there "$name" "$2" "$3"; else ask_view "$name" "$2" "$3"; fi ;;
    *) log WARNING "WITNESSES: $1 is none of ping:ADDRESS, tcp:HOST:PORT, view:HOST" ;;
    esac
}
ask_there() {
    [ "$(tcp_state "$1" 22 "$2")" != accepts ] && ! timeout "$2" ping -n -c 1 -W "$2" "$1" >/dev/null 2>&1 || echo answers >"$3"
}
plain_address() { printf '%s\n' "$1" | tr -d '[]'; }

# ask_view HOST SECONDS FILE: the 8 bytes of an SSLRequest; a PostgreSQL answers them with one byte. ssh itself tells (-vv)
# that it was let in, and that host 1 took the connection, which a hung PostgreSQL's kernel does too.
ask_view() {
    words=$WORK/ssh.${3##*.}
    byte=$({
        printf '\000\000\000\010\004\322\026\057'
        sleep "$2"
    } | as_user "$PGSQL_SSH_USER" timeout "$2" ssh -vv -o BatchMode=yes -o ConnectTimeout="$2" \
        -o ServerAliveInterval=1 -o ServerAliveCountMax=2 -W "$PRIMARY_HOST:$PGSQL_PORT" "$1" 2>"$words" |
        dd bs=1 count=1 2>/dev/null | tr -cd 'SNE')
    if [ -n "$byte" ] || grep -q 'open confirm' "$words"; then
        echo sees >"$3"
    elif grep -qE '(Authenticated to|Authentication succeeded)' "$words"; then
        echo answers >"$3"
    fi
}

# some_witness_answered: at least one did; witness_sees: `seer` is one that sees host 1's port accept.
some_witness_answered() {
    for answer in "$WORK"/witness.*; do
        [ ! -s "$answer" ] || return 0
    done
    return 1
}
witness_sees() {
    number=0
    for seer in $WITNESSES; do
        number=$((number + 1))
        if grep -qs sees "$WORK/witness.$number"; then return 0; fi
    done
    return 1
}
