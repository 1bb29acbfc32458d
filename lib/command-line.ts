// What every command has in common: `--help` prints its usage, and wrong arguments are reported together with the
// usage and exit code 2, before anything is started.
import { type ParseArgsConfig, parseArgs } from 'node:util'

type Parsed<T extends ParseArgsConfig> = ReturnType<typeof parseArgs<T>>

/** Does not return if it printed the usage. */
export function commandLine<T extends ParseArgsConfig>(usage: string, config: T): Parsed<T> {
  helpIfAsked(usage)
  try {
    return parseArgs(config)
  } catch (error) {
    return misused((error as Error).message, usage)
  }
}

/**
 * For commands that parse their arguments themselves. If `needsArguments` is set, no arguments also print the usage.
 */
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
