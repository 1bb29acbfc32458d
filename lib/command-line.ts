// What every command has in common: it declares its flags, `--help` prints its usage, and wrong arguments are reported
// together with the usage and exit code 2, before anything is started.
import { type Command, type Flags, FlagsReader, helpText, UsageFault } from './flags-reader.ts'

/** Does not return if it printed the usage. */
export function commandLine<F extends Flags>(command: Command<F>): FlagsReader<F> {
  helpIfAsked(command)
  return parsedBy((args) => {
    const read = new FlagsReader(command, args)
    read.check()
    return read
  }, command)
}

/** What `parse` makes of the arguments; does not return where that fails with a UsageFault. */
export function parsedBy<T>(parse: (args: string[]) => T, command: Command<Flags>): T {
  try {
    return parse(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageFault)) throw error
    return misused(error.message, command)
  }
}

/**
 * For commands that parse their arguments themselves. If `needsArguments` is set, no arguments also print the usage.
 */
export function helpIfAsked(command: Command<Flags>, needsArguments = false): void {
  const args = process.argv.slice(2)
  const isAsked = args.includes('--help') || args.includes('-h') || (needsArguments && args.length === 0)
  if (!isAsked) return
  console.log(helpText(command))
  process.exit(0)
}

export function misused(fault: string, command: Command<Flags>): never {
  console.error(`${fault}\n\n${helpText(command)}`)
  process.exit(2)
}
