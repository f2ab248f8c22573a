# SPDX-License-Identifier: GPL-2.0-or-later OR BSD-3-Clause
# bash completion for heci(1)
# shellcheck shell=bash

_heci() {
  local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[2]:-} words
  COMPREPLY=()
  # The colon of "sim:" and "pci:" splits words: what stands in front of it is not repeated.
  if type _get_comp_words_by_ref >/dev/null 2>&1; then
    local cur cword
    _get_comp_words_by_ref -n : -w words -c cur -i cword 2>/dev/null
    word=$cur
    command=${words[2]:-}
    COMP_CWORD=$cword
  fi
  case $COMP_CWORD in
    1)
      mapfile -t COMPREPLY < <(compgen -W "sim sim: qtest: pci: unix: $(compgen -G '/dev/mei*')" -- "$word")
      for device in /sys/bus/pci/devices/*; do
        [ "$(cat "$device/class" 2>/dev/null)" = 0x078000 ] || continue
        [[ pci:${device##*/} == "$word"* ]] && COMPREPLY+=("pci:${device##*/}")
      done
      compopt -o nospace 2>/dev/null
      type __ltrim_colon_completions >/dev/null 2>&1 && __ltrim_colon_completions "$word"
      return
      ;;
    2) words="info clients amt mkhi mca echo wd bench reset lms serve --json --help" ;;
    *)
      case $command in
        amt) words="info uuid versions state control-mode hashes network dns remote-access features power lsa
          unprovision start-config stop-config --show-secrets" ;;
        mkhi) words="info version caps platform boot update pmc raw" ;;
        mca) words="info read svn --offset --size --flags" ;;
        wd) words="start ping stop state --timeout" ;;
        echo) words="--size --count --text" ;;
        bench) words="--size --count" ;;
        lms) words="--port-offset --window" ;;
        serve)
          words=--mode
          mapfile -t COMPREPLY < <(compgen -f -- "$word")
          ;;
        *) words= ;;
      esac
      words+=" --json"
      ;;
  esac
  local more
  mapfile -t more < <(compgen -W "$words" -- "$word")
  COMPREPLY+=("${more[@]}")
}
complete -F _heci heci
