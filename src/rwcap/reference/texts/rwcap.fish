# rwcap in fish. Written by `python -m rwcap.reference`: changes belong there.

# Print the command that is typed, the number of its operands, and its options.
function __rwcap_typed
    set -l command rwcap
    set -l operands 0
    set -l options
    set -l pending
    set -l words (commandline -opc)
    for word in $words[2..]
        if test -n "$pending"
            set pending
            continue
        end
        switch $word
            case @VALUED@
                set pending $word
                set -a options $word
            case '-*'
                set -a options (string replace -r '=.*' '' -- $word)
            case '*'
                switch "$command $word"
                    case @PATHS@
                        set command "$command $word"
                    case '*'
                        set operands (math $operands + 1)
                end
        end
    end
    # An option whose value is being typed is not given yet.
    test -n "$pending"; and set -e options[-1]
    printf '%s\n' $command $operands $options
end

# Whether this command is typed, and none of these options.
function __rwcap_lacks
    set -l typed (__rwcap_typed)
    test "$typed[1]" = "$argv[1]"; or return 1
    for option in $argv[2..]
        contains -- $option $typed[3..]; and return 1
    end
    return 0
end

# Whether this command is typed, with at least so many operands, and at most so many.
function __rwcap_has
    set -l typed (__rwcap_typed)
    test "$typed[1]" = "$argv[1]" -a $typed[2] -ge $argv[2] -a $typed[2] -le $argv[3]
end

# Print folders, and files that end as these suffixes say.
function __rwcap_files
    set -l suffixes (string join '|' -- $argv)
    __fish_complete_path (commandline -ct) |
        string match -ri "^[^\t]*(?:/|\.(?:$suffixes))(?:\t.*)?\$"
end

complete -c rwcap -f
@COMMANDS@
