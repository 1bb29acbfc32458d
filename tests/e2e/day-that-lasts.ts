// A day that does not end while tests run: what is yesterday, or last week, must stay so.
import { setTimeout as sleep } from 'node:timers/promises'

/** As long as the tests of one file may take. */
const DAY_LEFT_MS_MIN = 240_000

/** Now, in a time zone; shortly before the end of a day it waits for the next one. */
export async function dayThatLasts(zone: string): Promise<Temporal.ZonedDateTime> {
  const at = Temporal.Now.zonedDateTimeISO(zone)
  const leftMs = at.startOfDay().add({ days: 1 }).epochMilliseconds - at.epochMilliseconds
  if (leftMs > DAY_LEFT_MS_MIN) return at
  await sleep(leftMs + 1_000)
  return Temporal.Now.zonedDateTimeISO(zone)
}
