// A program of CommonJS modules.
const { createClient } = require('@tally/sdk')
const { createReader } = require('@tally/sdk/read')

const [url, videoId] = process.argv.slice(2)
const send = createClient({ url }).processEvents([{ videoId, type: 'view' }])
send.then(({ accepted }) => console.log(JSON.stringify({ accepted, reads: typeof createReader })))
