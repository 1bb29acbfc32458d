// The flags of npm run ask, and its help.
import { isOn, oneOf, parsed, text, texts, url, wholeNumber } from '../../lib/flags.ts'
import { FlagsReader } from '../../lib/flags-reader.ts'
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../model/bucket.ts'
import { SUMMARY_FUNCTIONS, type SummaryFunction } from '../../services/query/question/vocabulary.ts'

/** Of the lists that the server keeps of its newest hours; what they do not know is counted when asked. */
export const TOP_HOURS_MAX = 24
const ROWS_MAX = 100

export const COMMAND = {
  usage: `npm run ask -- top [flags]                the most counted videos
npm run ask -- video ID [flags]           what was counted of a video
npm run ask -- channel NAME [flags]       the same of all videos of a channel
npm run ask -- site [flags]               the same of all videos
npm run ask -- breakdown [ID] [flags]     by country or another attribute, of a video or of all

  Asks a running server, and shows the answer as a table.`,
  flags: {
    url: url('the server', 'http://localhost:8080'),
    key: text('KEY', 'an API key that may read, if keys are on (default: the variable API_KEY)'),
    last: parsed('TIME', 'how far back: like 30m, 24h, 7d or 4w, or all (default 24h)', DAY_MS, lastMs),
    type: text('TYPE', 'which events; a video is shown with all', 'view'),
    limit: wholeNumber('N', 'rows', 10, { least: 1, most: ROWS_MAX }),
    rising: isOn(`top: by how much the count rises against the time before, ${TOP_HOURS_MAX}h at most`),
    by: text('ATTRIBUTE', 'breakdown: one that the server declares in DIMENSIONS', 'country'),
    function: oneOf('NAME', `breakdown: ${SUMMARY_FUNCTIONS.join(', ')}`, 'count', SUMMARY_FUNCTIONS),
    where: texts('ATTRIBUTE:VALUE', 'all but video: only events that have it; may be repeated'),
    channel: text('NAME', 'breakdown: of all videos of a channel'),
    zone: text('ZONE', 'days are those of this time zone (default: that of this machine)'),
    json: isOn('print the answer of the server'),
  },
  takesOperands: true,
  notes: `npm run ask -- top --last 1h --rising
npm run ask -- video cats --last 7d
npm run ask -- top --last 30d --where country:DE
npm run ask -- breakdown cats --by country --where device:tv
npm run ask -- site --last 7d --where country:DE

Exit code 0 if there is an answer, 1 if the server refuses or does not answer, 2 if the command was used wrongly.`,
}

export type AskOptions = {
  readonly about: About
  readonly url: string
  readonly key: string | null
  /** Null: from the beginning. */
  readonly lastMs: number | null
  readonly type: string
  readonly limit: number
  readonly zone: string
  readonly json: boolean
  /** Values by attribute; of all but `video`. */
  readonly where: Where
}

export type Where = Readonly<Record<string, readonly string[]>>

type About =
  | { readonly command: 'top'; readonly rising: boolean }
  | { readonly command: 'video'; readonly videoId: string }
  | { readonly command: 'channel'; readonly channelId: string }
  | { readonly command: 'site' }
  | Breakdown

export type Breakdown = {
  readonly command: 'breakdown'
  /** Both null: all videos. */
  readonly videoId: string | null
  readonly channelId: string | null
  readonly by: string
  readonly fn: SummaryFunction
}

type Given = FlagsReader<typeof COMMAND.flags>

const COMMANDS = ['top', 'video', 'channel', 'site', 'breakdown'] as const
/** Of flags that are not of every command. */
const COMMANDS_OF: Partial<Record<keyof typeof COMMAND.flags, readonly About['command'][]>> = {
  rising: ['top'],
  by: ['breakdown'],
  function: ['breakdown'],
  where: ['top', 'channel', 'site', 'breakdown'],
  channel: ['breakdown'],
}

/** Throws a UsageFault that names every fault. */
export function parseOptions(args: readonly string[], keyDefault: string | undefined): AskOptions {
  const read: Given = new FlagsReader(COMMAND, args)
  const { url: server, key, last, type, limit, zone, json } = read.values
  const [given, ...names] = read.operands
  const command = COMMANDS.find((one) => one === given) ?? null
  read.refuseIf(command === null, `say what to ask: ${COMMANDS.join(', ')}`)
  for (const [flag, commands] of Object.entries(COMMANDS_OF) as [
    keyof typeof COMMANDS_OF,
    About['command'][],
  ][])
    read.refuseIf(
      command !== null && read.isGiven(flag) && !commands.includes(command),
      `--${flag} is for ${commands.join(', ')} alone`,
    )
  const isShort = last !== null && last <= TOP_HOURS_MAX * HOUR_MS
  read.refuseIf(
    read.values.rising && !isShort,
    `--last must be at most ${TOP_HOURS_MAX}h where --rising is given`,
  )
  read.refuseIf(read.values.rising && read.isGiven('where'), '--rising and --where do not go together')
  read.refuseIf(zone !== null && !isZone(zone), '--zone must be a time zone such as Europe/Berlin')
  const about = aboutOf(command, names, read)
  const where = whereOf(read)
  read.check()
  return {
    where,
    ...{ about: about!, url: server, key: key ?? keyDefault ?? null, lastMs: last, type, limit, json },
    zone: zone ?? Intl.DateTimeFormat().resolvedOptions().timeZone,
  }
}

function aboutOf(command: About['command'] | null, names: readonly string[], read: Given): About | null {
  const [name, ...more] = names
  const takesNone = command === 'top' || command === 'site'
  const extra = takesNone ? names : more
  if (command !== null) read.faults.push(...extra.map((other) => `${other} is one name too many`))
  switch (command) {
    case 'top':
      return { command, rising: read.values.rising }
    case 'site':
      return { command }
    case 'video':
      read.refuseIf(name === undefined, 'name a video: npm run ask -- video ID')
      return { command, videoId: name ?? '' }
    case 'channel':
      read.refuseIf(name === undefined, 'name a channel: npm run ask -- channel NAME')
      return { command, channelId: name ?? '' }
    case 'breakdown': {
      const { by, function: fn, channel } = read.values
      read.refuseIf(name !== undefined && channel !== null, 'name a video or a --channel, not both')
      return { command, videoId: name ?? null, channelId: channel, by, fn }
    }
    case null:
      return null
  }
}

function whereOf(read: Given): Where {
  const pairs = read.values.where.map((filter) => ({ filter, at: filter.indexOf(':') }))
  for (const { filter, at } of pairs)
    read.refuseIf(at < 1, `--where ${filter} must be an attribute and a value, like country:DE`)
  const attributeOf = ({ filter, at }: { filter: string; at: number }) => filter.slice(0, at)
  return Object.fromEntries(
    Array.from(Map.groupBy(pairs, attributeOf), ([attribute, some]) => [
      attribute,
      some.map(({ filter, at }) => filter.slice(at + 1)),
    ]),
  )
}

const UNITS_MS: Readonly<Record<string, number>> = {
  ...{ m: MINUTE_MS, h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS },
}

/** Null for all. */
function lastMs(given: string): number | null {
  if (given === 'all') return null
  const [, count, unit] = /^(\d{1,6})([mhdw])$/.exec(given) ?? []
  if (count === undefined || Number(count) === 0)
    throw new Error('must be a number and m, h, d or w, such as 24h, or all')
  return Number(count) * UNITS_MS[unit!]!
}

function isZone(zone: string): boolean {
  try {
    return Intl.DateTimeFormat('en', { timeZone: zone }) !== null
  } catch {
    return false
  }
}
