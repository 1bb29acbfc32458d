// One request to an admin route of a running Tally, whose answer is short.
import { Fault } from '../lib/fault.ts'

const TIMEOUT_MS = 60_000

/** The answer, whatever its status. Fails with a Fault where the server does not answer. */
export async function askAdmin(
  { url, key }: { readonly url: string; readonly key: string | null },
  method: string,
  path: string,
  body?: unknown,
): Promise<{ readonly ok: boolean; readonly status: number; readonly text: string }> {
  const headers = {
    ...(key !== null && { authorization: `Bearer ${key}` }),
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  const json = body === undefined ? {} : { body: JSON.stringify(body) }
  const signal = AbortSignal.timeout(TIMEOUT_MS)
  const response = await fetch(`${url}${path}`, { method, headers, signal, ...json }).catch((cause) => {
    const reason = cause.cause instanceof Error ? cause.cause.message : cause.message
    throw new Fault(`${url} does not answer: ${reason}`, { cause })
  })
  const { ok, status } = response
  return { ok, status, text: await response.text() }
}
