// Adds entries to `count_forms`, for whoever holds the lock of migrations. An entry is proposed, and settled only if
// every replica has it in time: so a command that dies half-way leaves one that nobody relies on, and the next one
// settles it or takes it back. Compare-and-set, so that only one of the two happens.
import { type Client, types } from 'cassandra-driver'
import type { Clock } from '../../../lib/clock.ts'
import { MINUTE_MS } from '../../../model/bucket.ts'
import { CountsError } from '../../cassandra/counts-error.ts'
import { isSet } from './compare-and-set.ts'
import {
  ALL_HOURS,
  type CountForm,
  FORMS_MAX,
  type FormEntry,
  formsOf,
  hourToAdd,
  maySettle,
} from './count-forms.ts'
import { entryOf, FORMS_SCOPE, type FormRow } from './read-forms.ts'
import { SELECT_FORMS } from './shared-statements.ts'

const { all } = types.consistencies
const insert = (state: FormEntry['state']) => `
  INSERT INTO count_forms (scope, from_hour, shards, state) VALUES (?, ?, ?, '${state}') IF NOT EXISTS`
const DECIDE = `
  UPDATE count_forms SET state = ? WHERE scope = ? AND from_hour = ? IF state = 'proposed'`

/** For a keyspace in which nothing was ever counted. Repeated, the first one stays. */
export async function addFormForAllHours(client: Client, shards: number): Promise<void> {
  await isSet(client, insert('settled'), [FORMS_SCOPE, timeOf(ALL_HOURS), shards], all)
  await readAtAll(client)
}

/** Settles what another command left half added, or takes it back if that would be too late. */
async function decideForms(client: Client, clock: Clock): Promise<readonly FormEntry[]> {
  for (const { fromHour, state } of await readAtAll(client)) {
    if (state !== 'proposed') continue
    const decided = maySettle(fromHour, clock.nowMs()) ? 'settled' : 'withdrawn'
    await isSet(client, DECIDE, [decided, FORMS_SCOPE, timeOf(fromHour)], all)
  }
  return readAtAll(client)
}

/** The same where it need not be done: if a replica is away, only an entry that is half added is a fault. */
export async function decideFormsIfAny(client: Client, clock: Clock): Promise<void> {
  try {
    await decideForms(client, clock)
  } catch (error) {
    if ((await readEntries(client)).some(({ state }) => state === 'proposed')) throw error
  }
}

/**
 * Adds an entry for the first hour for which that is safe; null if the latest has as many shards. Fails with a
 * CountsError; to run it again is safe.
 */
export async function addForm(client: Client, clock: Clock, shards: number): Promise<CountForm | null> {
  const entries = await decideForms(client, clock)
  const [latest] = formsOf(entries).forms
  if (latest?.shards === shards) return null
  const fromHour = hourToAdd(clock.nowMs())
  if (latest !== undefined && latest.fromHour >= fromHour) {
    const since = `an entry with ${latest.shards} shards was added for ${textOf(latest)}`
    throw new CountsError('refused', `${since}: another one can be added in an hour`)
  }
  if (entries.length >= FORMS_MAX) throw new CountsError('refused', `count_forms has ${FORMS_MAX} entries`)
  await isSet(client, insert('proposed'), [FORMS_SCOPE, timeOf(fromHour), shards], all)
  const added = (await decideForms(client, clock)).find((entry) => entry.fromHour === fromHour)
  if (added?.state === 'settled' && added.shards === shards) return { fromHour, shards }
  const what = `the entry for ${textOf({ fromHour })}`
  throw new CountsError('unavailable', `${what} was not added in time and does not hold: run it again`)
}

/** When an entry begins to hold. */
export function textOf({ fromHour }: Pick<CountForm, 'fromHour'>): string {
  return timeOf(fromHour).toISOString()
}

/** After this every replica has what was read: those that lacked it were repaired. */
function readAtAll(client: Client): Promise<FormEntry[]> {
  return readEntries(client, { consistency: all })
}

async function readEntries(client: Client, options = {}): Promise<FormEntry[]> {
  const { rows } = await client.execute(SELECT_FORMS, [FORMS_SCOPE], options)
  return (rows as unknown as FormRow[]).map(entryOf)
}

function timeOf(minute: number): Date {
  return new Date(minute * MINUTE_MS)
}
