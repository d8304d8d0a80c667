# rwcap in bash. Written by `python -m rwcap.reference`: changes belong there.
# shellcheck shell=bash

# Offer those of the words that begin with what is typed.
_rwcap_words() {
  local word
  for word in "$@"; do
    [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
  done
}

# Offer folders, and files whose names match the pattern, if there is one.
_rwcap_paths() {
  local path typed=${cur//\\/}
  typed=${typed#[\"\']}
  compopt -o filenames 2> /dev/null
  while IFS= read -r path; do
    COMPREPLY+=("$path")
  done < <(
    shopt -s extglob
    [[ $1 == '*' ]] || compgen -d -- "$typed"
    [[ $1 ]] && compgen -f -X "!$1" -- "$typed"
  )
}

# Offer options, each a list of its names, but for those that are given already.
# A plus behind it says that it can be given again.
_rwcap_options() {
  local option name names
  for option in "$@"; do
    IFS=/ read -r -a names <<< "${option%+}"
    if [[ $option != *+ ]]; then
      for name in "${names[@]}"; do
        [[ $given == *" $name "* ]] && continue 2
      done
    fi
    _rwcap_words "${names[@]}"
  done
}

_rwcap() {
  local command=rwcap cur=${COMP_WORDS[COMP_CWORD]} given=' ' option='' options=()
  local ended='' operands=0 word=''
  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    if [[ $option ]]; then
      [[ $word == '=' ]] || option=''
    elif [[ $word == -- ]]; then
      ended=1
    elif [[ $word == -?* && ! $ended ]]; then
      given+="$word "
      case $word in
        @VALUED@) option=$word ;;
      esac
    else
      case "$command $word" in
        @PATHS@) command+=" $word" ;;
        *) operands=$((operands + 1)) ;;
      esac
    fi
  done
  if [[ $option && $cur == '=' ]]; then
    cur=''
  fi
  if [[ $word == [\<\>]* ]]; then
    _rwcap_paths '*'
    return
  fi
  case $command in
@COMMANDS@
  esac
  if [[ ! $option && ! $ended && ($cur == -* || ! ${COMPREPLY[*]}) ]]; then
    _rwcap_options "${options[@]}"
  fi
}

complete -F _rwcap rwcap
