# ipamctl.bash - completion of ipamctl for bash; what there is to offer, ipamctl itself says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash

# Bash hands over words that are cut at ':', '=' and '@' and still quoted, so the line is taken apart here: into
# the words as ipamctl would get them. Of the last one readline replaces only what follows its last unquoted
# break or its opening quote: from `at` on.
_ipamctl()
{
    local line=${COMP_LINE:0:COMP_POINT} words=() word='' quote='' begun='' at=0 i char next found candidate
    local program=ipamctl
    for ((i = 0; i < ${#line}; i++)); do
        char=${line:i:1} next=${line:i+1:1}
        if [[ $char == "$quote" && -n $quote ]]; then
            quote='' at=${#word}
        elif [[ $quote == "'" || (-n $quote && $char != \\) ]]; then
            word+=$char
        elif [[ $char == \\ ]]; then
            if [[ -z $quote || $next == [\\\"\$\`] ]]; then
                char=$next
                ((i++))
            fi
            word+=$char begun=1
        elif [[ $char == [\"\'] ]]; then
            quote=$char at=${#word} begun=1
        elif [[ $char == [[:space:]] ]]; then
            [[ -z $begun ]] || words+=("$word")
            word='' begun='' at=0
        else
            word+=$char begun=1
            [[ $COMP_WORDBREAKS != *"$char"* ]] || at=${#word}
        fi
    done
    words=("${words[@]/#~\//$HOME/}")
    [[ ${words[0]} != */* ]] || program=${words[0]}

    COMPREPLY=()
    while IFS= read -r found; do
        candidate=${found%%$'\t'*}
        if [[ $found == $'\t'files ]]; then
            compopt -o default 2>/dev/null
        elif [[ $quote == '"' ]]; then
            candidate=${candidate:at}
            COMPREPLY+=("${candidate//[\\\"\$\`]/\\&}")
        elif [[ $quote == "'" ]]; then
            candidate=${candidate:at}
            COMPREPLY+=("${candidate//\'/\'\\\'\'}")
        elif [[ -n ${candidate:at} ]]; then
            COMPREPLY+=("$(printf %q "${candidate:at}")")
        fi
        [[ $candidate != *= ]] || compopt -o nospace 2>/dev/null
    done < <("$program" __complete "${words[@]:1}" "$word" </dev/null 2>/dev/null)
}

complete -F _ipamctl ipamctl
