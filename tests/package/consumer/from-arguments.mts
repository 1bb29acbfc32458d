// For Node, Deno and Bun: the address and the video are arguments, the outcome is printed.
import process from 'node:process'
import { sendAndReadBack } from './send-and-read.mjs'

const [url, videoId] = process.argv.slice(2)
if (url === undefined || videoId === undefined) throw new Error('from-arguments URL VIDEO')
console.log(JSON.stringify(await sendAndReadBack(url, videoId)))
