// Sends events from the standard input, one JSON object a line:
//
//   TALLY_URL=http://localhost:8080 node send-lines.mjs < events.ndjson
//
// Every line is accounted for: accepted, rejected (with its number and the rule), or unresolved, when Tally could not be
// reached. Unresolved events go to the standard output with the ids that they got, so that sending that output again
// counts nothing twice.
import process from 'node:process'
import { createInterface } from 'node:readline'
import { createClient, TallyError } from '@tally/sdk'

const BATCH_EVENTS = 10_000

/** @typedef {import('@tally/sdk').TallyEvent} TallyEvent */

const tally = createClient({ url: process.env.TALLY_URL ?? 'http://localhost:8080' })
const totals = { accepted: 0, rejected: 0, unresolved: 0 }
/** @type {{ line: number, event: TallyEvent }[]} */
let batch = []

/** @param {number} line @param {string} why */
function reject(line, why) {
  totals.rejected++
  console.error(`line ${line}: ${why}`)
}

async function send() {
  const sent = batch
  batch = []
  try {
    const { accepted, rejected } = await tally.processEvents(sent.map(({ event }) => event))
    totals.accepted += accepted
    for (const { index, code, detail } of rejected) reject(sent[index]?.line ?? 0, `${code}: ${detail}`)
  } catch (error) {
    if (!(error instanceof TallyError) || error.unresolved.length === 0) throw error
    totals.unresolved += error.unresolved.length
    console.error(error.message)
    for (const { event } of error.unresolved) console.log(JSON.stringify(event))
  }
}

let line = 0
for await (const text of createInterface({ input: process.stdin })) {
  line++
  try {
    batch.push({ line, event: JSON.parse(text) })
  } catch {
    reject(line, 'not JSON')
  }
  if (batch.length === BATCH_EVENTS) await send()
}
if (batch.length > 0) await send()
console.error(`${totals.accepted} accepted, ${totals.rejected} rejected, ${totals.unresolved} unresolved`)
process.exitCode = totals.rejected + totals.unresolved === 0 ? 0 : 1
