// What every command has in common: `--help` says how it is used, and one that is used wrongly says so and how, with
// exit code 2. Nothing is begun before that.
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Parsed<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>

/** Does not return where it told how the command is used. */
export function commandLine<T extends ParseArgsConfig>(usage: string, config: T): Parsed<T> {
  helpIfAsked(usage)
  try {
    return parseArgs(config)
  } catch (error) {
    return misused((error as Error).message, usage)
  }
}

/** For commands that read their line by themselves. One that `needsArguments` is asked for help also by none. */
export function helpIfAsked(usage: string, needsArguments = false): void {
  const args = process.argv.slice(2)
  const isAsked = args.includes('--help') || args.includes('-h') || (needsArguments && args.length === 0)
  if (!isAsked) return
  console.log(usage)
  process.exit(0)
}

export function misused(fault: string, usage: string): never {
  console.error(`${fault}\n\n${usage}`)
  process.exit(2)
}
