# A UI appliance's web server, and asking the region's UI endpoint as a user's browser does.

manage_web_server() {
  if command -v service >/dev/null; then
    (umask 022 && exec service "$web_server" "$1" 3>&- 4>&- 5>&- 6>&- 7>&- 8>&- 9>&-)
  else
    systemctl "$1" "$web_server"
  fi
}

# ask_once: status 0 where the address answers 200. The name is resolved anew each time, and no proxy is asked.
ask_once() {
  if command -v curl >/dev/null; then
    code=$(curl -k -s -o /dev/null -m 3 --noproxy '*' -w '%{http_code}' "$url") && [ "$code" = 200 ]
  elif command -v wget >/dev/null; then
    wget -q -O /dev/null -T 3 -t 1 --no-proxy --no-check-certificate "$url"
  else
    ask_by_hand
  fi
}

# ask_by_hand: where there is neither: through openssl, or bash's /dev/tcp where the address has no TLS.
ask_by_hand() {
  rest=${url#*://}
  place=${rest%%/*}
  path=${rest#"$place"}
  case $url in https:*) program=openssl port=443 ;; *) program=bash port=80 ;; esac
  case $place in *:*[!0-9]*) ;; *:*) port=${place##*:} ;; esac
  command -v "$program" >/dev/null || fail "neither curl, wget nor $program is on this host: the endpoint cannot be asked"
  request_by_hand "${place%":$port"}" "${path:-/}" 2>/dev/null | head -n 1 | grep -q '^HTTP/[0-9.]* 200'
}
request_by_hand() {
  if [ "$program" = openssl ]; then
    printf 'GET %s HTTP/1.0\r\nHost: %s\r\nConnection: close\r\n\r\n' "$2" "$1" |
      timeout 3 openssl s_client -quiet -connect "$1:$port"
  else
    timeout 3 bash -c 'exec 3<>"/dev/tcp/$1/$2" && printf "GET %s HTTP/1.0\r\nHost: %s\r\n\r\n" "$3" "$1" >&3 && cat <&3' \
      bash "$1" "$port" "$2"
  fi
}

# ask_endpoint: LOOKS times a second apart. A switch takes a moment: what counts is that the last NEEDED were answered,
# and the longest silence is told.
ask_endpoint() {
  number=0 answered=0 in_a_row=0 silent=0 longest=0
  while [ "$number" -lt "$looks" ]; do
    [ "$number" = 0 ] || sleep 1
    number=$((number + 1))
    if ask_once; then
      answered=$((answered + 1)) in_a_row=$((in_a_row + 1)) silent=0
    else
      in_a_row=0 silent=$((silent + 1))
      [ "$silent" -le "$longest" ] || longest=$silent
    fi
  done
  echo "$url answered $answered of $looks times, a second apart; the longest silence was $longest in a row"
  [ "$in_a_row" -ge "$needed" ] || fail "$url did not answer at the end"
}
