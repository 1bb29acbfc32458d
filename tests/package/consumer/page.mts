// For a page, which is served by Tally's own origin: the video is in the address, the outcome a global.
import { sendAndReadBack } from './send-and-read.mjs'

const videoId = new URLSearchParams(location.search).get('video')
if (videoId === null) throw new Error('?video=')
Object.assign(globalThis, { outcome: sendAndReadBack(location.origin, videoId) })
