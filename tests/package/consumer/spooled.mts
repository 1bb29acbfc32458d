// For Node: what is tracked is kept in files until it is stored.
import process from 'node:process'
import { createSender } from '@tally/sdk/send'
import { createSpool } from '@tally/sdk/spool'

const [url, videoId, directory] = process.argv.slice(2)
if (url === undefined || videoId === undefined || directory === undefined) {
  throw new Error('spooled URL VIDEO DIRECTORY')
}
const sender = createSender({ url, store: createSpool({ directory }) })
for (const type of ['view', 'view', 'like']) sender.track({ videoId, type })
const left = await sender.close()
console.log(JSON.stringify({ left: left.length, delivered: sender.ledger().delivered }))
