// Changes that take effect only where they find what they expect.
import type { Client, types } from 'cassandra-driver'
import { countsErrorOf } from '../../cassandra/counts-error.ts'

const ATTEMPTS_MAX = 5

/**
 * Whether a compare-and-set found what it expected. One that gets no answer in time (because several compete) may
 * have taken effect: it is repeated, which is safe for all of ours. `consistency`: of what it writes.
 */
export async function isSet(
  client: Client,
  statement: string,
  params: readonly unknown[],
  consistency?: types.consistencies,
): Promise<boolean> {
  const options = { isIdempotent: false, ...(consistency !== undefined && { consistency }) }
  for (let attempt = 1; ; attempt++) {
    try {
      const result = await client.execute(statement, [...params], options)
      return result.wasApplied()
    } catch (error) {
      if (countsErrorOf(error).code !== 'timeout' || attempt === ATTEMPTS_MAX) throw error
    }
  }
}
