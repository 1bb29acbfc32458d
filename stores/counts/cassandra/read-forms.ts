// The entries of `count_forms` as they are stored.
import { MINUTE_MS, MINUTES_PER_HOUR } from '../../../model/bucket.ts'
import { CountsError } from '../../cassandra/counts-error.ts'
import { type CountForms, type FormEntry, formsOf, SHARDS_MAX } from './count-forms.ts'
import { SELECT_FORMS } from './shared-statements.ts'
import type { Store } from './store.ts'

export const FORMS_SCOPE = 'counts'
const STATES: readonly string[] = ['proposed', 'settled', 'withdrawn'] satisfies FormEntry['state'][]

export type FormRow = {
  readonly from_hour: Date
  readonly shards: number | null
  readonly state: string | null
}

/** Sees every entry that was added before. Fails with a CountsError. */
export async function readForms(store: Store): Promise<CountForms> {
  return formsOf((await store.read<FormRow>(SELECT_FORMS, [FORMS_SCOPE])).map(entryOf))
}

/** Whoever cannot tell what an entry means must not guess where rows are. */
export function entryOf({ from_hour, shards, state }: FormRow): FormEntry {
  const fromHour = from_hour.getTime() / MINUTE_MS
  const isWhole = fromHour % MINUTES_PER_HOUR === 0 && STATES.includes(state ?? '')
  if (isWhole && Number.isInteger(shards) && shards! >= 1 && shards! <= SHARDS_MAX) {
    return { fromHour, shards: shards!, state: state as FormEntry['state'] }
  }
  const what = `the entry of count_forms from ${from_hour.toISOString()} on`
  throw new CountsError('unavailable', `${what} has shards ${shards} and state ${state}, which says nothing`)
}
