"""Print a script that completes commands, options and their values in bash, zsh or fish."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from . import fake_options
from .commands import COMMANDS, command_module, summary_of

# A script that is generated once, rather than argcomplete: no dependency, and no start of Python for each Tab.

SHELLS: Final = ("bash", "zsh", "fish")
_BASH: Final = """\
_providercalls() {{
    local current=${{COMP_WORDS[COMP_CWORD]}} previous=${{COMP_WORDS[COMP_CWORD-1]}} command= word values=
    for word in "${{COMP_WORDS[@]:1:COMP_CWORD-1}}"; do
        case $word in
            --) return ;;
            -*) ;;
            *) command=${{command:-$word}} ;;
        esac
    done
    case "$command $previous" in
{values}
        *) case $command in
{options}
            esac ;;
    esac
    COMPREPLY=($(compgen -W "$values" -- "$current"))
}}
complete -o default -F _providercalls providercalls"""
_ZSH: Final = "autoload -U +X compinit && compinit\nautoload -U +X bashcompinit && bashcompinit\n"


class _Option(NamedTuple):
    """An option or a positional argument of a command, for completion."""

    names: Sequence[str]
    help: str
    takes_value: bool
    values: Sequence[str]


def arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = (
        'Add the line `eval "$(providercalls completion bash)"` to ~/.bashrc, or the same with zsh to ~/.zshrc.'
        " For fish, run `providercalls completion fish > ~/.config/fish/completions/providercalls.fish`."
    )
    parser.add_argument("shell", choices=SHELLS, help="the shell to complete in: bash, zsh or fish")


def run(options: argparse.Namespace) -> int:
    commands = _commands()
    if options.shell == "fish":
        print("\n".join(_fish(commands)))
    else:
        print((_ZSH if options.shell == "zsh" else "") + _bash(commands))
    return 0


def _commands() -> Mapping[str, tuple[str, list[_Option]]]:
    """Return the summary and the options of each command."""
    found = {}
    for name in COMMANDS:
        module, parser = command_module(name), argparse.ArgumentParser()
        module.arguments(parser)
        found[name] = (summary_of(module), [_option(action) for action in parser._actions])
    return found


def _option(action: argparse.Action) -> _Option:
    values = getattr(action, "completions", action.choices or ())
    if values == fake_options.RULE_IDS:
        from ..contracts.rules import RULES

        values = RULES
    elif values == fake_options.CLIENT_RULE_IDS:
        from ..contracts.conformance.rules import CLIENT_RULES

        values = CLIENT_RULES
    return _Option(action.option_strings, action.help or "", action.nargs != 0, tuple(map(str, values)))


def _bash(commands: Mapping[str, tuple[str, list[_Option]]]) -> str:
    values, options = [], [f'            "") values="{" ".join([*commands, "--help", "--version"])}" ;;']
    for command, (_, known) in commands.items():
        for one in known:
            if one.names and one.takes_value:
                pattern = "|".join(f'"{command} {name}"' for name in one.names)
                values.append(f'        {pattern}) values="{" ".join(one.values)}" ;;')
        words = [name for one in known for name in one.names or one.values]
        options.append(f'            {command}) values="{" ".join(words)}" ;;')
    return _BASH.format(values="\n".join(values), options="\n".join(options))


def _fish(commands: Mapping[str, tuple[str, list[_Option]]]) -> Iterator[str]:
    yield "complete -c providercalls -n __fish_use_subcommand -l version -d 'show the version and exit'"
    for command, (summary, known) in commands.items():
        yield f"complete -c providercalls -f -n __fish_use_subcommand -a {command} -d {shlex.quote(summary)}"
        condition = shlex.quote(f"__fish_seen_subcommand_from {command}")
        for one in known:
            line = f"complete -c providercalls -n {condition}"
            line += "".join(f" -{'l' if name.startswith('--') else 's'} {name.lstrip('-')}" for name in one.names)
            line += " -r" if one.names and one.takes_value else ""
            line += f" -f -a {shlex.quote(' '.join(one.values))}" if one.values else ""
            if one.names or one.values:
                yield f"{line} -d {shlex.quote(one.help)}"
