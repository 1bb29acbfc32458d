// Parses the command line; reports all faults together.
import { parseArgs } from 'node:util'
import { CommandFault } from './fault.ts'

const COMMANDS = ['list', 'show', 'replay', 'discard', 'fix'] as const
type Command = (typeof COMMANDS)[number]

export type Options = {
  readonly command: Command
  /** Names of letters. */
  readonly ids: readonly string[]
  readonly url: string
  readonly key: string | null
  readonly json: boolean
  readonly all: boolean
  readonly apply: boolean
  /** For list, replay and fix: only letters of this fault. For discard: why. */
  readonly reason: string | null
  readonly state: string | null
  readonly limit: number
  readonly script: string | null
}

export const USAGE = `npm run dead-letters -- COMMAND [flags]

  list                           what could not be counted, newest first
      --state STATE              open, replayed, discarded or all (default open)
      --reason REASON            only letters of this fault
      --limit N                  how many (default 50)
  show ID                        one letter, decoded as far as possible
  replay ID…                     send its events through the front door
  replay --all [--reason R]      every open letter, or every one of this fault
  discard ID… --reason TEXT      discard letters, with a reason
  fix --script FILE [--reason R] run FILE over the open letters of events, and show the results
      --apply                    and replay them. FILE is a module that exports
                                 fix(letter) → the corrected event, or null to skip the letter

  --url URL    the server (default http://localhost:8080)
  --key KEY    an admin key, if keys are on (default: the variable ADMIN_KEY)
  --json       JSON, one value a line, instead of tables`

const FLAGS = {
  url: { type: 'string', default: 'http://localhost:8080' },
  key: { type: 'string' },
  json: { type: 'boolean', default: false },
  all: { type: 'boolean', default: false },
  apply: { type: 'boolean', default: false },
  reason: { type: 'string' },
  state: { type: 'string', default: 'open' },
  limit: { type: 'string', default: '50' },
  script: { type: 'string' },
} as const

const LIMIT_MAX = 100_000
const STATES = ['open', 'replayed', 'discarded', 'all']

/** Fails with a CommandFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const { values, positionals } = parsed(args)
  const [word = '', ...ids] = positionals
  const command = COMMANDS.find((known) => known === word)
  const limit = Number(values.limit)
  const faults = [
    ...(command === undefined ? [`name one of ${COMMANDS.join(', ')}, not ${JSON.stringify(word)}`] : []),
    ...(Number.isInteger(limit) && limit >= 1 && limit <= LIMIT_MAX
      ? []
      : [`--limit must be a whole number from 1 to ${LIMIT_MAX}`]),
    ...(STATES.includes(values.state) ? [] : [`--state must be one of ${STATES.join(', ')}`]),
    ...(URL.canParse(values.url) ? [] : ['--url must be a URL']),
    ...idFaults(command, ids, values.all),
    ...(command === 'discard' && values.reason === undefined ? ['discard needs --reason'] : []),
    ...(command === 'fix' && values.script === undefined ? ['fix needs --script'] : []),
  ]
  if (command === undefined || faults.length > 0) throw new CommandFault(faults.join('\n'))
  const { json, all, apply, reason = null, script = null } = values
  return {
    ...{ command, ids, json, all, apply, reason, script, limit },
    url: values.url.replace(/\/+$/, ''),
    key: values.key ?? adminKey ?? null,
    state: values.state === 'all' ? null : values.state,
  }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: FLAGS, allowPositionals: true })
  } catch (error) {
    throw new CommandFault((error as Error).message)
  }
}

function idFaults(command: Command | undefined, ids: readonly string[], all: boolean): string[] {
  switch (command) {
    case 'show':
      return ids.length === 1 ? [] : ['show needs the id of one letter']
    case 'discard':
      return ids.length > 0 ? [] : ['discard needs the ids of letters']
    case 'replay':
      return ids.length > 0 !== all ? [] : ['replay needs either the ids of letters or --all']
    default:
      return ids.length === 0 ? [] : [`${command ?? 'this'} takes no ids`]
  }
}
