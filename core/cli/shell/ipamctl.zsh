# ipamctl.zsh - completion of ipamctl for zsh; what there is to offer, ipamctl itself says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0

_ipamctl() {
    local found candidate program=ipamctl
    local -a before candidates open
    before=("${(@Q)words[2,CURRENT-1]}")
    before=("${(@)before/#\~\//$HOME/}")
    [[ $words[1] != */* ]] || program=${${(Q)words[1]}/#\~\//$HOME/}
    for found in "${(@f)$($program __complete "${(@)before}" "${(Q)PREFIX}" </dev/null 2>/dev/null)}"; do
        candidate=${found%%$'\t'*}
        if [[ $found == $'\t'files ]]; then
            compset -P '--*='
            _files
            return
        fi
        [[ -n $candidate ]] || continue
        found=${found#$candidate}
        found=${${candidate//\\/\\\\}//:/\\:}${found:+:${found#$'\t'}}
        if [[ $candidate == *= ]]; then open+=("$found"); else candidates+=("$found"); fi
    done
    (( $#open == 0 )) || _describe -V -t open ipamctl open -S ''
    (( $#candidates == 0 )) || _describe -V -t words ipamctl candidates
}

# Loaded by name, this file is the function's body; sourced, it says what the function is for.
if [[ $funcstack[1] == _ipamctl ]]; then
    _ipamctl "$@"
else
    compdef _ipamctl ipamctl
fi
