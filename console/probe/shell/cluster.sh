# Pacemaker as this node sees it. Its length is left to the frame's bound: a pipe to head costs a tenth of crm_mon.

vmdb_section_cluster() {
  case $VMDB_CRM_MON in
  xml) vmdb_bounded 3 crm_mon -1 -A -f -r --output-as=xml ;;
  text) vmdb_bounded 3 crm_mon -A -f -r -1 ;;
  *)
    if ! command -v pcs >/dev/null; then
      vmdb_fail 127 'neither crm_mon nor pcs is there'
      return
    fi
    vmdb_bounded 3 pcs status --full
    ;;
  esac
  vmdb_code=$?
  case $vmdb_code in
  0 | 124 | 137) ;;
  102 | 107) printf 'the cluster is not running here\n' >&2 ;;
  77 | 13 | 4) vmdb_cannot_read "the cluster's state (add the login to group haclient)" ;;
  esac
  return "$vmdb_code"
}

# The configuration. Of a stopped node the copy on disk, named as such: it is as old as the node's last run.
vmdb_section_cib() {
  vmdb_text=$(vmdb_limited 270000 vmdb_bounded 4 cibadmin -Q 2>/dev/null)
  vmdb_code=$?
  if [ "$vmdb_code" = 0 ]; then
    printf '@@live\n%s\n' "$vmdb_text"
    return
  fi
  vmdb_file=/var/lib/pacemaker/cib/cib.xml
  if [ -r "$vmdb_file" ]; then
    printf '@@file %s\n' "$vmdb_file"
    vmdb_bounded 2 head -c 270000 "$vmdb_file"
  elif vmdb_absent "$vmdb_file"; then
    vmdb_fail "$vmdb_code" "the cluster is not running here, and there is no $vmdb_file"
  else
    vmdb_cannot_read "$vmdb_file"
  fi
}
