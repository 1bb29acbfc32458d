// For platforms that end a program between requests: lets them wait for what was tracked during one.
import type { Sender } from '../sender.ts'
import { safely } from './tell-outcomes.ts'

/** Gets a promise that ends when what was tracked is sent. */
export type WaitUntil = (promise: Promise<unknown>) => void

/** The sender's `track`, which hands over one promise for all events until they are sent. */
export function handOver(sender: Sender, waitUntil: WaitUntil): Sender['track'] {
  let isHandedOver = false
  return ((event, options) => {
    const outcome = sender.track(event, options!)
    if (isHandedOver) return outcome
    isHandedOver = true
    const sent = Promise.resolve().then(async () => {
      await sender.flush()
      isHandedOver = false
    })
    safely(() => waitUntil(sent))
    return outcome
  }) as Sender['track']
}
