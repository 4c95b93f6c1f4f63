# Host 1 as the primary: is host 2 still its standby, and is host 1 still part of the world?
#
# A look asks host 2; after one that failed, host 2 and the witnesses at the same time, within 2 s. Three in a row without
# any answer are a host that is cut off: 8 s at most after it was, before host 2 can have opened its port.
WATCH_SECONDS=${WATCH_SECONDS:-54}
LOOK=${WATCH_LOOK:-2}
CONTACT=$RUN/pgsql-replication.contact

# When host 2 last said that it is a standby (`last`), and since when it has said so at every look (`since`).
read_contact() {
    since=0 last=0
    [ ! -r "$CONTACT" ] || read -r since last <"$CONTACT"
    case $since$last in '' | *[!0-9]*) since=0 last=0 ;; esac
}
write_contact() { echo "$since $last" >"$CONTACT.part" && mv -f "$CONTACT.part" "$CONTACT"; }
# note_contact: a look that failed, or a pause between two runs, begins a new series.
note_contact() {
    moment=$(now)
    [ "$broken" = no ] && [ $((moment - last)) -le 12 ] || since=$moment
    last=$moment
    broken=no
}

# may_have_been_promoted: host 2 promotes itself at its MAX_PRIMARY_FAILCOUNT-th failure in a row, one a minute. None was
# counted while it was in touch for a minute, and the last one is not due yet: then it was not.
may_have_been_promoted() {
    [ $((last - since)) -lt 60 ] || [ $(($(now) - last)) -ge $((60 * (MAX_PRIMARY_FAILCOUNT - 1) - 5)) ]
}

# say LEVEL WORDS...: what lasts is said once a run.
said=
say() {
    [ "$said" != "$*" ] || return 0
    said=$*
    log "$@"
}

watch() {
    work_folder
    read_contact
    at_end write_contact
    misses=0 broken=no gate=unknown
    watch_until=$(($(now) + WATCH_SECONDS))
    # Held by a run of the console, that is renamed, the program ends by itself.
    while [ -e "$0" ]; do
        next_look=$(($(now) + LOOK))
        look
        [ "$(now)" -lt "$watch_until" ] || break
        [ "$misses" != 0 ] || next_look=$(($(now) + LOOK))
        while [ "$(now)" -lt "$next_look" ]; do sleep 0.5; done
    done
}

look() {
    if ! is_running; then
        [ -e "$PENDING" ] || exit 0
        try_again
        return
    fi
    rm -f "$PENDING"
    case $(local_role) in
    standby) exit 0 ;;
    unknown) ! has_standby_file || exit 0 ;;
    esac
    if [ "$misses" = 0 ]; then
        role=$(remote_role "$STANDBY_HOST" "$LOOK")
    else
        ask_everybody
    fi
    case $role in
    primary) stand_down ;;
    standby) in_touch ;;
    none) out_of_touch ;;
    esac
}

# try_again: what the boot left open.
try_again() {
    case $(remote_role "$STANDBY_HOST" "$LOOK") in
    standby)
        log INFO "$STANDBY_HOST answers as a standby, starting the local database."
        start_database
        ;;
    primary) not_starting ;;
    none) say ERROR "$STANDBY_HOST does not answer, so it may have been promoted: not starting the local database" ;;
    esac
}

ask_everybody() {
    { remote_role "$STANDBY_HOST" "$LOOK" >"$WORK/role"; } 9>&- &
    ask_witnesses "$LOOK" plain
    role=$(cat "$WORK/role")
}

in_touch() {
    misses=0
    note_contact
    [ "$gate" != open ] || return 0
    if ! gate_is_open; then
        open_gate
        log INFO "$STANDBY_HOST is a standby, port $PGSQL_PORT is open"
    fi
    gate=open
}

out_of_touch() {
    misses=$((misses + 1))
    broken=yes
    if [ "$misses" -gt 1 ] && some_witness_answered; then
        misses=1
        gate_is_open || reopen_if_sure
    elif [ "$misses" -ge 3 ] && gate_is_open; then
        [ -z "$WITNESSES" ] || shut_off
    elif [ "$misses" -ge 3 ]; then
        say ERROR "$STANDBY_HOST does not answer: port $PGSQL_PORT stays closed"
    fi
}

shut_off() {
    log WARNING "neither $STANDBY_HOST nor a witness answers: this host is cut off, closing port $PGSQL_PORT to clients"
    shut_gate
    gate=shut
}

reopen_if_sure() {
    if may_have_been_promoted; then
        say ERROR "$STANDBY_HOST does not answer, so it may have been promoted: port $PGSQL_PORT stays closed. If it is no" \
            "primary: pgsql-primary-check-start --standby-is-not-primary"
    else
        open_gate
        gate=open
        log INFO "this host was cut off for too short a time for a promotion, port $PGSQL_PORT is open"
    fi
}

# stand_down: host 2 is the primary. The gate is shut first (where the firewall does not obey, that is told, and the
# database stops all the same), and opens again when no server is left behind it, since the
# reference has this host's port always open.
stand_down() {
    log ERROR "$STANDBY_HOST is the primary: closing port $PGSQL_PORT and stopping the local database; its data stay." \
        "A failback is needed."
    (shut_gate)
    stop_server || fail "the local database does not stop; port $PGSQL_PORT stays closed"
    open_gate
    rm -f "$PENDING"
    exit 1
}
