// Parses the command line of npm run dead-letters.
import { isOn, oneOf, text, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'

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

const LIMITS = { least: 1, most: 100_000 }
const STATES = ['open', 'replayed', 'discarded', 'all'] as const

export const COMMAND = {
  usage: `npm run dead-letters -- COMMAND [flags]

  list                           what could not be counted, newest first
  show ID                        one letter, decoded as far as possible
  replay ID…                     send its events to the server once more
  replay --all [--reason R]      every open letter, or every one of this fault
  discard ID… --reason TEXT      discard letters, with a reason
  fix --script FILE [--reason R] run FILE over the open letters of events, and show the results
      --apply                    and replay them`,
  flags: {
    limit: wholeNumber('N', 'of list: how many', 50, LIMITS),
    state: oneOf('STATE', `of list: ${STATES.join(', ')}`, 'open', STATES),
    reason: text('REASON', 'of list, replay and fix: only letters of this fault; of discard: why'),
    all: isOn('of replay: every open letter'),
    script: text(
      'FILE',
      'of fix: a module that exports fix(letter) → the corrected event, or null to skip the letter',
    ),
    apply: isOn('of fix: replay the results'),
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
    json: isOn('JSON, one value a line, instead of tables'),
  },
  takesOperands: true,
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values, operands, faults } = read
  const [word = '', ...ids] = operands
  const command = COMMANDS.find((known) => known === word)
  if (command === undefined) faults.unshift(`name one of ${COMMANDS.join(', ')}, not ${JSON.stringify(word)}`)
  faults.push(...idFaults(command, ids, values.all))
  read.refuseIf(command === 'discard' && values.reason === null, 'discard needs --reason')
  read.refuseIf(command === 'fix' && values.script === null, 'fix needs --script')
  read.check()
  return {
    ...values,
    command: command!,
    ids,
    key: values.key ?? adminKey ?? null,
    state: values.state === 'all' ? null : values.state,
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
