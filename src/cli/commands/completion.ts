// `mcpstack completion`: a few lines for the shell, which asks mcpstack itself what fits.
import { Argument, type Command } from "commander";
import type { World } from "../command.ts";

/** What the scripts ask with, before the words so far; no command of the program, since those words may be anything. */
export const question = "__complete";

const shells = ["bash", "zsh", "fish"] as const;

const scripts: Record<string, string> = {
  bash: `# mcpstack completion for bash: eval "$(mcpstack completion bash)"
_mcpstack() {
  local line tab=$'\\t'
  COMPREPLY=()
  while IFS= read -r line; do
    COMPREPLY+=("\${line%%"$tab"*}")
  done < <(mcpstack ${question} "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null)
}
complete -o default -F _mcpstack mcpstack`,
  zsh: `#compdef mcpstack
# mcpstack completion for zsh: eval "$(mcpstack completion zsh)"
_mcpstack() {
  local -a found
  local line word tab=$'\\t'
  for line in "\${(@f)$(mcpstack ${question} "\${(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    word=\${line%%\${tab}*}
    [[ -n $word ]] && found+=("\${word//:/\\\\:}:\${line#*\${tab}}")
  done
  if (( \${#found} )); then _describe mcpstack found; else _files; fi
}
if [[ $funcstack[1] = _mcpstack ]]; then _mcpstack "$@"; else compdef _mcpstack mcpstack; fi`,
  fish: `# mcpstack completion for fish: mcpstack completion fish | source
complete -c mcpstack -f -a '(mcpstack ${question} (commandline -opc)[2..-1] "$(commandline -ct)" 2>/dev/null)'`,
};

export function addCompletion(program: Command, { terminal }: World): void {
  program
    .command("completion")
    .description("Print the completion script of a shell.")
    .addArgument(new Argument("<shell>", "which shell").choices(shells))
    .addHelpText(
      "after",
      `
Examples:
  $ eval "$(mcpstack completion bash)"          # in ~/.bashrc
  $ eval "$(mcpstack completion zsh)"           # in ~/.zshrc, after compinit
  $ mcpstack completion fish > ~/.config/fish/completions/mcpstack.fish`,
    )
    .action((shell: string) => terminal.print(scripts[shell] ?? ""));
}

type Candidate = [word: string, about: string];

/** What may stand in place of the last word; nothing where only the person can know, such as a name. */
export function candidates(program: Command, words: readonly string[]): Candidate[] {
  const last = words.at(-1) ?? "";
  let command = program;
  let awaited: string[] | null = null;
  for (const word of words.slice(0, -1)) {
    const [flag = word] = word.split("=");
    const option = command.options.find((one) => one.long === flag || one.short === flag);
    if (awaited !== null) awaited = null;
    else if (option) awaited = option.required && !word.includes("=") ? choicesOf(option.flags) : null;
    else command = command.commands.find((one) => one.name() === word || one.aliases().includes(word)) ?? command;
  }
  const fitting = (found: Candidate[]) => found.filter(([word]) => word.startsWith(last));
  if (awaited !== null) return fitting(awaited.map((word) => [word, ""]));
  if (last.startsWith("-")) return fitting(flagsOf(command));
  return fitting([...command.commands.flatMap(namesOf), ...argumentsOf(command)]);
}

function flagsOf(command: Command): Candidate[] {
  const shown = command.options.filter((option) => !option.hidden);
  return [
    ...shown.flatMap((option): Candidate[] => (option.long ? [[option.long, option.description]] : [])),
    ["--help", "explain this command"],
  ];
}

function namesOf(command: Command): Candidate[] {
  return [[command.name(), command.summary() || command.description()]];
}

function argumentsOf(command: Command): Candidate[] {
  const choices = command.registeredArguments.flatMap((one) => one.argChoices ?? []);
  return choices.map((choice) => [choice, ""]);
}

/** `--authentication <gateway|static_headers>` names its choices. */
function choicesOf(flags: string): string[] {
  const value = /<([^>]+)>/.exec(flags)?.[1] ?? "";
  return value.includes("|") && !value.includes("@") ? value.split("|") : [];
}
