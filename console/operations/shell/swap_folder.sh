# The data directory is a folder that can be renamed: two renames. What is there says how far an interrupted swap came.
swap_in() {
  need_place
  need_nobody "$data" "$new" "$old"
  choose_hand "$(dirname "$data")"
  case $(present "$data" "$new" "$old") in
  data,new,)
    whole "$new" || fail "$new is no whole copy; nothing was moved"
    need_settings "$new"
    need_one_file_system "$data" "$new"
    need_one_file_system "$data" "$(dirname "$data")"
    move "$data" "$old"
    move "$new" "$data"
    ;;
  ,new,old | ,new,)
    whole "$new" || fail "$new is no whole copy; nothing was moved"
    need_settings "$new"
    move "$new" "$data"
    ;;
  data,,old)
    whole "$data" || fail "$data holds no whole database: the copy is lost; move the old data back"
    need_settings "$data"
    ;;
  data,,) fail "$new is not there: nothing to move in" ;;
  data,new,old) fail "$data, $new and $old are all there: $old is of an earlier swap; nothing was moved" ;;
  *) fail "$new is not there; the old data are in $old" ;;
  esac
  finish_data
  printf '%s is the copy now; the old data are in %s\n' "$data" "$old"
}

swap_back() {
  need_place
  need_nobody "$data" "$new" "$old"
  choose_hand "$(dirname "$data")"
  case $(present "$data" "$new" "$old") in
  data,,old)
    need_no_primary "$data"
    need_one_file_system "$data" "$old"
    move "$data" "$new"
    move "$old" "$data"
    ;;
  ,new,old | ,,old) move "$old" "$data" ;;
  data,new, | data,, | ,new,) ;;
  data,new,old) fail "$data, $new and $old are all there: $old is of another swap; nothing was moved" ;;
  *) fail "neither $data nor $old is there" ;;
  esac
  settle "$(dirname "$data")"
  printf '%s is as it was\n' "$data"
}

# present DATA NEW OLD: which of them are there, as one word.
present() {
  word=
  ! there "$1" || word=data
  word=$word,
  ! there "$2" || word=${word}new
  word=$word,
  ! there "$3" || word=${word}old
  printf '%s' "$word"
}
