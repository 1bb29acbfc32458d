// For Node: what is tracked is kept in files until it is stored, and a server that is away is noticed soon.
import process from 'node:process'
import { createNodeFetch } from '@tally/sdk/node'
import { createSender } from '@tally/sdk/send'
import { createSpool } from '@tally/sdk/spool'

const [url, videoId, directory] = process.argv.slice(2)
if (url === undefined || videoId === undefined || directory === undefined) {
  throw new Error('spooled URL VIDEO DIRECTORY')
}
const fetch = createNodeFetch({ connectTimeoutMs: 3_000 })
const sender = createSender({ url, fetch, store: createSpool({ directory }) })
for (const type of ['view', 'view', 'like']) sender.track({ videoId, type })
const left = await sender.close()
console.log(JSON.stringify({ left: left.length, delivered: sender.ledger().delivered }))
