/** Shell completion, generated from the commander program: commands, their options, and files where files are meant. */
import type { Command } from 'commander';

export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

interface CommandWords {
  readonly name: string;
  readonly summary: string;
  /** Long and short flags, the global ones included. */
  readonly options: readonly { readonly flag: string; readonly summary: string; readonly takesValue: boolean }[];
  /** Words for the first argument. */
  readonly choices: readonly string[];
}

export function completionScript(program: Command, shell: Shell): string {
  const commands = program.commands.map((command) => commandWords(program, command));
  switch (shell) {
    case 'bash':
      return bash(commands);
    case 'zsh':
      return zsh(commands);
    case 'fish':
      return fish(commands);
  }
}

function commandWords(program: Command, command: Command): CommandWords {
  const options = [...command.options, ...program.options.filter(({ long }) => long !== '--version')];
  return {
    name: command.name(),
    summary: command.description(),
    options: [
      ...options.map((option) => ({
        flag: option.long ?? option.short ?? '',
        summary: option.description,
        takesValue: option.required || option.optional,
      })),
      { flag: '--help', summary: 'display help for command', takesValue: false },
    ],
    choices: command.registeredArguments[0]?.argChoices ?? [],
  };
}

function bash(commands: readonly CommandWords[]): string {
  const cases = commands.map(({ name, options, choices }) => {
    const words = [...choices, ...options.map(({ flag }) => flag)].join(' ');
    return `    ${name}) words="${words}" ;;`;
  });
  return `# bash completion for nexum: source <(nexum completion bash)
_nexum() {
  local current="\${COMP_WORDS[COMP_CWORD]}" words="" command="" word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) ;; *) command="$word"; break ;; esac
  done
  case "$command" in
    "") words="${commands.map(({ name }) => name).join(' ')} help" ;;
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [[ -n "$command" && "$current" != -* ]]; then
    COMPREPLY+=($(compgen -d -- "$current") $(compgen -f -X '!*.y?(a)ml' -- "$current"))
  fi
}
complete -o filenames -F _nexum nexum
`;
}

function zsh(commands: readonly CommandWords[]): string {
  const names = commands.map(({ name, summary }) => `    '${quoted(`${name}:${summary}`)}'`);
  const cases = commands.map(({ name, options, choices }) => {
    const flags = options.map(({ flag, summary, takesValue }) => {
      return `'${flag}[${quoted(summary.replace(/[[\]]/g, ''))}]${takesValue ? ':value:_files' : ''}'`;
    });
    const argument = choices.length > 0 ? `'1:value:(${choices.join(' ')})'` : `'*:file:_files -g "*.y(a|)ml(-.)"'`;
    return `    ${name}) _arguments ${[...flags, argument].join(' ')} ;;`;
  });
  return `#compdef nexum
# zsh completion for nexum: nexum completion zsh > "\${fpath[1]}/_nexum", or source <(nexum completion zsh)
_nexum() {
  local -a commands
  commands=(
${names.join('\n')}
  )
  if (( CURRENT == 2 )); then
    _describe 'command' commands
    return
  fi
  local command="$words[2]"
  shift words
  (( CURRENT-- ))
  case "$command" in
${cases.join('\n')}
  esac
}
compdef _nexum nexum
`;
}

function fish(commands: readonly CommandWords[]): string {
  const lines = commands.flatMap(({ name, summary, options, choices }) => {
    const seen = `__fish_seen_subcommand_from ${name}`;
    return [
      `complete -c nexum -n __fish_use_subcommand -f -a ${name} -d '${quoted(summary)}'`,
      ...options.map(({ flag, summary: text, takesValue }) => {
        const key = flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`;
        return `complete -c nexum -n '${seen}' ${key}${takesValue ? ' -r' : ''} -d '${quoted(text)}'`;
      }),
      choices.length > 0
        ? `complete -c nexum -n '${seen}' -f -a '${choices.join(' ')}'`
        : `complete -c nexum -n '${seen}' -k -a '(__fish_complete_suffix .yaml)'`,
    ];
  });
  return `# fish completion for nexum: nexum completion fish > ~/.config/fish/completions/nexum.fish\n${lines.join('\n')}\n`;
}

/** Inside single quotes of all three shells; fish alone would read \\' too, but '\\'' works everywhere. */
function quoted(text: string): string {
  return text.replace(/'/g, `'\\''`);
}
