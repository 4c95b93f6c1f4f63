# What the network says of a host, each answer within the seconds given.

# tcp_state HOST PORT SECONDS: accepts, refused or silent. An accepted connection says nothing of a database behind it.
tcp_state() {
    # shellcheck disable=SC2016 # $0 and $1 are bash's
    words=$(timeout "$3" bash -c 'exec 3<>"/dev/tcp/$0/$1"' "$1" "$2" 2>&1) && {
        echo accepts
        return
    }
    case $words in *refused*) echo refused ;; *) echo silent ;; esac
}

# address_of NAME: its IPv4 address, or the IPv6 one that was given; nothing where no name server answers.
address_of() {
    case $1 in
    *:* | *[0-9].[0-9]*.[0-9]*) echo "$1" ;;
    *) timeout 1 getent ahostsv4 "$1" | awk 'NR == 1 { print $1 }' ;;
    esac
}
