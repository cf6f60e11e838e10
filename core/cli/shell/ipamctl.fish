# ipamctl.fish - completion of ipamctl for fish; what there is to offer, ipamctl itself says.
# Copyright 2026 The ipamd authors. SPDX-License-Identifier: Apache-2.0

function __ipamctl_complete
    set -l words (commandline -opc)
    set -l raw (commandline -ct)
    set -l word
    for quote in '' '"' "'" # that is still open
        set word (string unescape -- $raw$quote); and break
    end
    set -l program ipamctl
    string match -q '*/*' -- $words[1]; and set program (string replace -r '^~/' "$HOME/" -- $words[1])
    for found in ($program __complete (string replace -r '^~/' "$HOME/" -- $words[2..]) "$word" </dev/null 2>/dev/null)
        if test "$found" = \tfiles
            set -l option (string match -r -- '^--[^=]*=' $word)
            for file in (__fish_complete_path (string replace -- "$option" '' $word))
                printf '%s%s\n' "$option" $file
            end
        else
            printf '%s\n' $found
        end
    end
end

complete -c ipamctl -f -a '(__ipamctl_complete)'
