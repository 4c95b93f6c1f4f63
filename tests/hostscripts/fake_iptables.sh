#!/bin/sh
# iptables and iptables-restore of the filter table as far as the scripts use them: fake_iptables.sh FILE NAME ARGUMENTS...
# FILE holds the rules as -S prints them. It knows no -w and no -C, as 1.4.7 does not (RHEL 6).
file=$1 name=$2
shift 2
[ -e "$file" ] || echo '-P INPUT ACCEPT' >"$file"
case " $* " in *' -w '* | *' -C '*) echo "$name: unknown option" >&2 && exit 2 ;; esac

# apply: changes, one a line; the file is replaced when all of them could be made.
apply() {
    awk -v changes="$1" '
        { rules[++n] = $0 }
        END {
            count = split(changes, lines, "\n")
            for (at = 1; at <= count; at++) if (lines[at] != "" && !apply(lines[at])) exit 1
            for (at = 1; at <= n; at++) print rules[at]
        }
        function apply(line,    words, chain, rest) {
            split(line, words, " ")
            chain = words[2]
            if (match(line, / -s [0-9.]+ /)) line = substr(line, 1, RSTART + RLENGTH - 2) "/32" substr(line, RSTART + RLENGTH - 1)
            rest = substr(line, 4)
            if (line ~ /^:/) { flush(substr(words[1], 2)); return add_chain(substr(words[1], 2)) }
            if (words[1] == "-A") return insert(n + 1, line)
            if (words[1] == "-I") return insert_at(chain, rest)
            if (words[1] == "-D") return remove("-A " rest)
            if (words[1] == "-F") { flush(chain); return 1 }
            if (words[1] == "-X") return remove("-N " chain)
            return 0
        }
        function insert(place, rule,    at) {
            for (at = n++; at >= place; at--) rules[at + 1] = rules[at]
            rules[place] = rule
            return 1
        }
        function insert_at(chain, rest,    words, wanted, place, seen) {
            split(rest, words, " ")
            wanted = words[2] ~ /^[0-9]+$/ ? words[2] : 1
            if (words[2] ~ /^[0-9]+$/) sub(" " words[2], "", rest)
            for (place = 1; place <= n; place++)
                if (index(rules[place], "-A " chain " ") == 1 && ++seen == wanted) break
            return insert(place, "-A " rest)
        }
        function remove(rule,    at, found) {
            for (at = 1; at <= n; at++) { if (!found && rules[at] == rule) found = at; else rules[at - !!found] = rules[at] }
            if (found) n--
            return found
        }
        function flush(chain,    at, kept) {
            for (at = 1; at <= n; at++) if (index(rules[at], "-A " chain " ") != 1) rules[++kept] = rules[at]
            n = kept
        }
        function add_chain(chain,    at) {
            for (at = 1; at <= n; at++) if (rules[at] == "-N " chain) return 1
            return insert(2, "-N " chain)
        }
    ' "$file" >"$file.new" && mv "$file.new" "$file"
}

case $name$1$2 in
*-restore*--test*) cat >/dev/null ;;
*-restore*) apply "$(grep -v -x -e '\*filter' -e COMMIT)" ;;
*-S) sed 's/$/ /' "$file" ;;
*-S*) awk -v chain="$2" '$2 == chain { print $0 " " }' "$file" ;;
*-L-n) sed 's/--dport /tcp dpt:/' "$file" ;;
*) apply "$*" ;;
esac
