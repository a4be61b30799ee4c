"""The scripts by which bash, zsh and fish complete words, and putting them where shells look.

They ask the program, and hand its words on as they are: nothing is evaluated a second time.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

VARIABLE: Final = "_MAILCATCH_COMPLETE"

_BASH: Final = r"""_mailcatch_completion() {
    local line=${COMP_LINE:0:COMP_POINT} word broken=
    local current=${line##*[[:space:]]}
    # To bash a colon ends a word: what stands before it is there already.
    if [[ $COMP_WORDBREAKS == *:* && $current == *:* ]]; then
        broken=${current%"${current##*:}"}
    fi
    COMPREPLY=()
    while IFS=$'\t' read -r word _; do
        COMPREPLY+=("${word#"$broken"}")
    done < <(_MAILCATCH_COMPLETE=line "${1/#\~/$HOME}" "$line" 2>/dev/null)
    if [[ ${#COMPREPLY[@]} == 1 && ${COMPREPLY[0]} == *: ]]; then
        compopt -o nospace 2>/dev/null
    fi
}
complete -o default -F _mailcatch_completion mailcatch
"""

_ZSH: Final = r"""#compdef mailcatch
_mailcatch_completion() {
    local word about
    local -a words_found operators
    while IFS=$'\t' read -r word about; do
        if [[ $word == *: ]]; then
            operators+=("${word//:/\\:}")
        elif [[ -n $about ]]; then
            words_found+=("${word//:/\\:}:$about")
        else
            words_found+=("${word//:/\\:}")
        fi
    done < <(_MAILCATCH_COMPLETE=words "${words[1]/#\~/$HOME}" \
        "${(@Q)words[2,CURRENT-1]}" "${(Q)PREFIX}" 2>/dev/null)
    if (( $#words_found + $#operators == 0 )); then
        _files
        return
    fi
    local found=1
    _describe -V 'mailcatch' words_found && found=0
    _describe -V 'criteria' operators -S '' && found=0
    return found
}
if [[ $funcstack[1] == _mailcatch ]]; then
    _mailcatch_completion "$@"
else
    compdef _mailcatch_completion mailcatch
fi
"""

_FISH: Final = r"""function __mailcatch_completion
    set -l before (commandline -opc)
    set -l program (string replace -r '^~' $HOME -- $before[1])
    set -e before[1]
    set -l current (commandline -ct)
    set -l found (_MAILCATCH_COMPLETE=words $program $before "$current" 2>/dev/null)
    if test (count $found) -gt 0
        printf '%s\n' $found
    else
        __fish_complete_path "$current"
    end
end
complete -c mailcatch -e
complete -c mailcatch -f -k -a '(__mailcatch_completion)'
"""

SCRIPTS: Final = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}
"""The script of each shell."""


class UnknownShellError(Exception):
    """A shell that there is no script for. The message says which there are."""


def script_of(shell: str) -> str:
    """Return the script of a shell. Raises UnknownShellError."""
    try:
        return SCRIPTS[shell]
    except KeyError:
        known = ", ".join(SCRIPTS)
        raise UnknownShellError(f"there is no completion for '{shell}', only for {known}") from None


def install(shell: str, home: Path) -> list[Path]:
    """Write the script where the shell looks, and a line into its start-up file where it must be.

    home: the user's directory.
    Return the files that were written. Raises UnknownShellError and OSError.
    """
    script = script_of(shell)
    if shell == "fish":
        place = _base("XDG_CONFIG_HOME", home / ".config") / "fish/completions/mailcatch.fish"
        return [_written(place, script)]
    if shell == "zsh":
        place = _written(home / ".zfunc" / "_mailcatch", script)
        start = _base("ZDOTDIR", home) / ".zshrc"
        line = "fpath+=~/.zfunc; autoload -Uz compinit; compinit"
    else:
        data = _base("XDG_DATA_HOME", home / ".local/share")
        place = _written(data / "mailcatch" / "completion.bash", script)
        start = home / ".bashrc"
        quoted = str(place).replace("'", "'\\''")
        line = f"[ -r '{quoted}' ] && . '{quoted}'"
    return [place, start] if _append(start, line) else [place]


def _base(variable: str, otherwise: Path) -> Path:
    return Path(os.environ.get(variable) or otherwise)


def _written(place: Path, script: str) -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_text(script)
    return place


def _append(start: Path, line: str) -> bool:
    """Add a line to a start-up file unless it has it; return whether that was done."""
    there = start.read_text(errors="replace") if start.exists() else ""
    if line in there.splitlines():
        return False
    with start.open("a") as file:
        file.write(("" if not there or there.endswith("\n") else "\n") + line + "\n")
    return True
