# A UI appliance: web server, workers, ping, logs, session store.

vmdb_section_ui() {
  vmdb_running httpd 'httpd|apache2'
  vmdb_workers_running
  vmdb_ping
  vmdb_last_access
  vmdb_file=$VMDB_UI_ROOT/REGION
  if [ -r "$vmdb_file" ]; then
    vmdb_first_line "$vmdb_file"
    printf 'region %s\n' "$vmdb_line"
  fi
  vmdb_session_store
  [ ! -r "$VMDB_UI_ROOT/config/database.yml" ] || {
    printf '@@database\n'
    vmdb_bounded 2 grep -E '^[[:space:]]*([a-z_]+:[[:space:]]*$|host:|database:)' "$VMDB_UI_ROOT/config/database.yml"
  }
  printf '@@replication\n'
  vmdb_last_replication_status
  return 0
}

# By process: `service evmserverd status` starts Rails and takes many seconds.
vmdb_running() {
  vmdb_bounded 2 pgrep -x "$2" >/dev/null
  case $? in 0) printf '%s yes\n' "$1" ;; 1) printf '%s no\n' "$1" ;; esac
}

vmdb_workers_running() {
  vmdb_bounded 2 pgrep -f "$VMDB_WORKER_PATTERN" >/dev/null
  case $? in
  0) printf 'workers yes\n' && return ;;
  1) ;;
  *) return ;;
  esac
  vmdb_first_line "$VMDB_UI_ROOT/tmp/pids/evm.pid"
  case $vmdb_line in
  '' | *[!0-9]*) printf 'workers no\n' ;;
  *) if [ -d "/proc/$vmdb_line" ]; then printf 'workers yes\n'; else printf 'workers no\n'; fi ;;
  esac
}

vmdb_ping() {
  if command -v curl >/dev/null; then
    vmdb_text=$(vmdb_bounded 3 curl -k -s -S -o /dev/null -m 2 --noproxy '*' -w '%{http_code}' "$VMDB_PING_URL" 2>&1)
    vmdb_code=$?
    if [ "$vmdb_code" = 0 ]; then printf 'ping %s\n' "$vmdb_text"; else printf 'ping-error %s\n' "${vmdb_text#000}"; fi
  elif command -v wget >/dev/null; then
    vmdb_text=$(vmdb_bounded 3 wget -q -S -O /dev/null -T 2 -t 1 --no-proxy --no-check-certificate "$VMDB_PING_URL" 2>&1)
    vmdb_code=$?
    vmdb_status_line=$(printf '%s\n' "$vmdb_text" | sed -n 's/^ *HTTP\/[0-9.]* \([0-9]*\).*/\1/p' | tail -n 1)
    if [ -n "$vmdb_status_line" ]; then
      printf 'ping %s\n' "$vmdb_status_line"
    else
      printf 'ping-error wget: status %s\n' "$vmdb_code"
    fi
  else
    vmdb_ping_by_hand
  fi
}

# Without curl and wget: the request by hand, through openssl, or through bash's /dev/tcp where there is no TLS.
vmdb_ping_by_hand() {
  vmdb_request="GET $VMDB_PING_PATH HTTP/1.0\r\nHost: $VMDB_PING_HOST\r\nConnection: close\r\n\r\n"
  case $VMDB_PING_URL in
  https:*)
    command -v openssl >/dev/null || { printf 'ping-error neither curl, wget nor openssl is there\n'; return; }
    vmdb_text=$(printf "$vmdb_request" | vmdb_bounded 3 openssl s_client -quiet -connect "$VMDB_PING_HOST:$VMDB_PING_PORT" 2>&1 | head -c 4000)
    ;;
  *)
    command -v bash >/dev/null || { printf 'ping-error neither curl, wget nor bash is there\n'; return; }
    vmdb_text=$(vmdb_bounded 3 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "$3" >&3 && head -n 1 <&3' bash "$VMDB_PING_HOST" "$VMDB_PING_PORT" "$vmdb_request" 2>&1)
    ;;
  esac
  vmdb_status_line=$(printf '%s\n' "$vmdb_text" | sed -n 's/^HTTP\/[0-9.]* \([0-9][0-9][0-9]\).*/\1/p' | head -n 1)
  if [ -n "$vmdb_status_line" ]; then
    printf 'ping %s\n' "$vmdb_status_line"
  else
    printf 'ping-error %s\n' "${vmdb_text%%"$VMDB_NEWLINE"*}"
  fi
}

# The last request of a person: neither this host's own nor a /ping (ours and a traffic manager's would hide people's).
vmdb_last_access() {
  vmdb_file=$VMDB_UI_ROOT/log/apache/ssl_access.log
  [ -r "$vmdb_file" ] || return 0
  vmdb_bounded 2 tail -c 65536 "$vmdb_file" | awk '
    { gsub(/[^ -~]/, "?") }
    /^(127\.0\.0\.1|::1) / || /"[A-Z]+ \/ping/ { next }
    { last = $0 }
    END { if (last != "") print "access-line " substr(last, 1, 300) }'
}

# Where the setting is in the order in which releases kept it.
vmdb_session_store() {
  for vmdb_file in "$VMDB_UI_ROOT/config/vmdb.yml.db" "$VMDB_UI_ROOT/config/vmdb.tmpl.yml" \
    "$VMDB_UI_ROOT/config/settings.local.yml" "$VMDB_UI_ROOT/config/settings/production.local.yml" \
    "$VMDB_UI_ROOT/config/settings.yml"; do
    [ -r "$vmdb_file" ] || continue
    vmdb_text=$(vmdb_bounded 2 grep -m 1 -E '^[[:space:]]*:?session_store:' "$vmdb_file") || continue
    printf 'session %s\n' "${vmdb_text#*session_store:}"
    return 0
  done
}

# The last line of the replication worker; only the log's end is read.
vmdb_last_replication_status() {
  vmdb_file=$VMDB_UI_ROOT/log/evm.log
  [ -r "$vmdb_file" ] || return 0
  vmdb_bounded 3 tail -c 524288 "$vmdb_file" | grep -a 'Replication Status: Current Backlog=' | tail -n 1 | head -c 4000
  printf 'utc-offset %s\n' "$(date +%z)"
}
