// Shows and changes the layouts of a running Tally, over its admin API.
import { Fault } from '../../lib/fault.ts'
import { askAdmin } from '../ask-admin.ts'
import { table } from '../dead-letters/text.ts'
import type { Options } from './layouts-options.ts'

type Layout = {
  readonly version: number
  readonly from: string
  readonly inForce: boolean
  readonly partitions: number
  readonly overflow: boolean
  readonly splits: readonly { readonly video: string; readonly parts: number; readonly automatic: boolean }[]
  readonly channels: readonly { readonly channel: string; readonly first: number; readonly parts: number }[]
}

type Answer = { readonly layouts: readonly Layout[] }
type Problem = { readonly detail?: string; readonly newestVersion?: number }

export type Print = { readonly print: (line: string) => void; readonly say: (line: string) => void }

const ADDRESS = '/v1/admin/layouts'
/** How often another change may be first. */
const TRIES_MAX = 5
const DETAIL_CHARS_MAX = 500
const HEADER = [
  'VERSION',
  'FROM',
  'STATE',
  'SHARED',
  'SPLIT VIDEOS',
  'CHANNELS WITH PARTITIONS',
  'OVERLOAD LANE',
]

/** Fails with a Fault that says why it could not be done. */
export async function run(options: Options, { print, say }: Print): Promise<void> {
  let answer = taken(await ask(options, 'GET'))
  let version = answer.layouts[0]?.version
  if (options.change !== null) {
    if (version === undefined) throw new Fault('There is no layout yet: npm run topics makes the first.')
    answer = await changed(options, version, say)
    version = answer.layouts[0]?.version
  }
  if (options.json) print(JSON.stringify(answer))
  else print(table(HEADER, rowsOf(answer.layouts)))
}

/**
 * Tries again where another change was first: the wish is the same, whatever else has changed. Not what takes back the
 * newest layout: that would be the other change.
 */
async function changed(options: Options, known: number, say: Print['say']): Promise<Answer> {
  let version = known
  for (let tries = 1; ; tries++) {
    const { ok, body } = await ask(options, 'POST', { ...options.change, version })
    if (ok) return body as Answer
    const { detail = 'no reason is given', newestVersion } = body as Problem
    const isTried = options.change?.act !== 'withdraw' && tries < TRIES_MAX
    if (newestVersion === undefined || !isTried) throw new Fault(detail)
    say(`Another change was first: there is layout ${newestVersion} now. Trying again on top of it.`)
    version = newestVersion
  }
}

async function ask(
  { url, key }: Options,
  method: string,
  change?: object,
): Promise<{ ok: boolean; body: unknown }> {
  const { ok, text } = await askAdmin({ url, key }, method, ADDRESS, change)
  try {
    return { ok, body: JSON.parse(text) }
  } catch (cause) {
    throw new Fault(`${url} does not answer as Tally does: ${text.slice(0, DETAIL_CHARS_MAX)}`, { cause })
  }
}

function taken({ ok, body }: { ok: boolean; body: unknown }): Answer {
  if (ok) return body as Answer
  throw new Fault((body as Problem).detail ?? 'The server refuses, and gives no reason.')
}

function rowsOf(layouts: readonly Layout[]): string[][] {
  const inForce = layouts.findIndex((layout) => layout.inForce)
  return layouts.map(({ version, from, partitions, overflow, splits, channels }, at) => [
    String(version),
    from,
    at < inForce ? 'to come' : at === inForce ? 'in force' : 'past',
    String(partitions),
    splits
      .map(({ video, parts, automatic }) => `${video}=${parts}${automatic ? ' (by rate)' : ''}`)
      .join(', ') || '–',
    channels.map(({ channel, first, parts }) => `${channel}=${first}–${first + parts - 1}`).join(', ') || '–',
    overflow ? 'on' : '–',
  ])
}
