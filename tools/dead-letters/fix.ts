// fix --script: applies a module's function to the open letters of events; shows its result for each, and replays it
// with --apply.
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { Fault } from '../../lib/fault.ts'
import type { AdminApi, LetterDetail } from './admin-api.ts'

type Corrected = { readonly [field: string]: unknown }

/** The corrected event, which may carry a `tenant` if the letter has none; null skips the letter. */
export type Fix = (letter: LetterDetail) => Corrected | null | Promise<Corrected | null>

export type Fixed = {
  readonly letter: LetterDetail
  readonly event: Corrected
  /** The result of the replay; null in a dry run. */
  readonly result: string | null
  readonly failed: boolean
}

/** Fails with a Fault where the module has no function `fix`. */
export async function loadFix(path: string): Promise<Fix> {
  const module = await import(pathToFileURL(resolve(path)).href).catch((cause) => {
    throw new Fault(`${path} cannot be loaded: ${cause.message}`, { cause })
  })
  if (typeof module.fix !== 'function') throw new Fault(`${path} exports no function fix`)
  return module.fix
}

/** Letters in the order of the list; those that the script skips are left out. */
export async function* fixOpen(
  api: AdminApi,
  fix: Fix,
  { reason, apply }: { readonly reason: string | null; readonly apply: boolean },
): AsyncGenerator<Fixed> {
  for await (const { id, origin } of api.list({ state: 'open', reason })) {
    if (origin !== 'event') continue
    const shown = await api.show(id)
    if (!shown.ok) continue // removed since it was listed
    const letter = shown.value
    const event = await Promise.try(fix, letter).catch((cause) => {
      throw new Fault(`fix fails on ${id}: ${cause.message}`, { cause })
    })
    if (event === null || event === undefined) continue
    yield { letter, event, ...(apply ? await replay(api, id, event) : { result: null, failed: false }) }
  }
}

async function replay(api: AdminApi, id: string, { tenant, ...event }: Corrected) {
  const answer = await api.replay(id, { event, ...(typeof tenant === 'string' && { tenant }) })
  if (answer.ok) return { result: answer.value.state, failed: false }
  return { result: answer.detail, failed: true }
}
