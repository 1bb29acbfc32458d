// Parses the command line of npm run layouts.
import { isOn, parsed, text, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { parseQueryTime, TIME_RULE } from '../../lib/http/query-time.ts'
import { PARTITIONS_MAX } from '../../stores/layouts/layout-changes.ts'

const COMMANDS = ['show', 'split', 'merge', 'dedicate', 'withdraw'] as const

/** As POST /v1/admin/layouts takes it, without the version. */
type Change = {
  readonly act: Exclude<(typeof COMMANDS)[number], 'show'>
  readonly tenant?: string
  readonly video?: string
  readonly channel?: string
  readonly parts?: number
  readonly from?: number
}

export type Options = {
  readonly url: string
  readonly key: string | null
  readonly json: boolean
  /** Null: nothing is changed. */
  readonly change: Change | null
}

export const COMMAND = {
  usage: `npm run layouts -- COMMAND [flags]

  show                              how events are routed, and from when on
  split --video V --parts N         spreads the events of a hot video over N partitions
  merge --video V                   ends that
  dedicate --channel C --parts N    gives a channel N partitions of its own, which the log gets in addition
  merge --channel C                 ends that
  withdraw                          takes back the newest layout, while nobody can have routed by it`,
  flags: {
    video: text('VIDEO', 'of split and merge: its id'),
    channel: text('CHANNEL', 'of dedicate and merge: its id'),
    parts: wholeNumber('N', 'of split and dedicate: how many partitions', null, {
      least: 1,
      most: PARTITIONS_MAX,
    }),
    tenant: text('NAME', 'whose video or channel it is, if tenants are told apart'),
    from: parsed(
      'TIME',
      'the first minute of the change (default: the first that is possible)',
      null,
      timeOf,
    ),
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an admin key, if keys are on (default: the variable ADMIN_KEY)'),
    json: isOn('the answer of the server as JSON'),
  },
  takesOperands: true,
  notes:
    'A change is for a coming minute, by the times of events, in one or two minutes (in a cluster whose log is older ' +
    'than that, in about a quarter of an hour: see topics -- --short-lead). Nothing is lost or ' +
    'counted twice. The next change, also one by settings or by ' +
    'rates, begins after it: with --from later than usual, all others wait for that time, or until it is ' +
    'withdrawn. In a cluster a layout can be withdrawn until about 45 seconds before its first minute.',
}

/** Fails with a UsageFault that lists every fault. */
export function parseOptions(args: readonly string[], adminKey: string | undefined): Options {
  const read = new FlagsReader(COMMAND, args)
  const { values, operands, faults } = read
  const [word = '', ...others] = operands
  const command = COMMANDS.find((known) => known === word)
  if (command === undefined) faults.unshift(`name one of ${COMMANDS.join(', ')}, not ${JSON.stringify(word)}`)
  if (others.length > 0) faults.push(`${others.join(' ')} belongs to no flag`)
  const { video, channel, parts, tenant, from } = values
  const isGiven = (name: 'video' | 'channel' | 'parts') => values[name] !== null
  const check = (needed: readonly ('video' | 'channel' | 'parts')[]) => {
    for (const name of ['video', 'channel', 'parts'] as const) {
      read.refuseIf(needed.includes(name) && !isGiven(name), `${word} needs --${name}`)
      read.refuseIf(!needed.includes(name) && isGiven(name), `${word} takes no --${name}`)
    }
  }
  if (command === 'show') check([])
  if (command === 'withdraw') {
    check([])
    read.refuseIf(tenant !== null, 'withdraw takes no --tenant')
    read.refuseIf(from !== null, 'withdraw takes no --from')
  }
  if (command === 'split') check(['video', 'parts'])
  if (command === 'dedicate') check(['channel', 'parts'])
  if (command === 'merge') {
    read.refuseIf(isGiven('video') === isGiven('channel'), 'merge needs either --video or --channel')
    read.refuseIf(isGiven('parts'), 'merge takes no --parts')
  }
  read.check()
  const act = command === 'show' ? null : command!
  return {
    url: values.url,
    key: values.key ?? adminKey ?? null,
    json: values.json,
    change: act && {
      act,
      ...(tenant !== null && { tenant }),
      ...(video !== null && { video }),
      ...(channel !== null && { channel }),
      ...(parts !== null && { parts }),
      ...(from !== null && { from }),
    },
  }
}

function timeOf(given: string): number {
  const timeMs = parseQueryTime(given)
  if (timeMs === null) throw new Error(`must be ${TIME_RULE}`)
  return timeMs
}
