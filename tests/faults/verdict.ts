// The end of a run: waits until everything acknowledged must be visible, then compares every count and the ledger
// with the truth.
import { setTimeout as sleep } from 'node:timers/promises'
import type { Cluster } from '../../infra/cluster/cluster.ts'
import type { Client } from '../../sdk/src/index.ts'
import type { Truth } from './acknowledged-counts.ts'
import { check, type Findings } from './check.ts'
import { type LedgerEntry, ledgerFaults } from './ledger.ts'
import type { Sender } from './sender.ts'

const VISIBLE_MS_MAX = 600_000
const LOOK_MS = 200
/** How many answers in a row, so that every query service has given some. */
const ANSWERS = 20

export type Verdict = Findings & { readonly ledger: string[] }

/** Fails if the acknowledged events do not become visible. */
export async function judge(
  cluster: Cluster,
  client: Client,
  truth: Truth,
  sender: Sender,
  signal: AbortSignal,
): Promise<Verdict> {
  const sentMs = Date.now()
  let current = 0
  await until('every answer is up to date', signal, async () => {
    const { meta } = await client.getStats('video.1', 'view', 'count', undefined, undefined, { signal })
    current = Date.parse(meta.asOf ?? '') > sentMs && !meta.stale ? current + 1 : 0
    return current === ANSWERS
  })
  const findings = await check(client, truth, signal)
  const answer = await fetch(`${cluster.url}/v1/audit`, { signal })
  const { ledger } = (await answer.json()) as { ledger: LedgerEntry[] }
  const handed = { distinct: truth.events, accepted: sender.accepted }
  const faults = ledgerFaults(ledger, handed)
  if (sender.late > 0) faults.push(`${sender.late} events were too old at the door`)
  for (const { code, detail } of sender.rejections) faults.push(`rejected: ${code}, ${detail}`)
  return { ...findings, ledger: faults }
}

async function until(what: string, signal: AbortSignal, holds: () => Promise<boolean>): Promise<void> {
  const deadlineMs = performance.now() + VISIBLE_MS_MAX
  while (!(await holds())) {
    if (performance.now() > deadlineMs) throw new Error(`waited ${VISIBLE_MS_MAX} ms in vain until ${what}`)
    await sleep(LOOK_MS, undefined, { signal })
  }
}
