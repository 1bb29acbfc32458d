// The page: makes a video, follows it, and shows what is sent. In a project of your own, import from `@tally/sdk`,
// `@tally/sdk/page` and `@tally/sdk/player`.
import { createClient } from '../../sdk/src/index.ts'
import { pageAttributes } from '../../sdk/src/page.ts'
import { type PlayerEvent, trackMedia } from '../../sdk/src/player/index.ts'
import { makeVideo } from './make-video.ts'

const SECONDS = 10

const tally = createClient({
  url: location.origin,
  onDropped: (events, reason) => console.warn(`${events.length} events dropped: ${reason}`),
})
const video = document.querySelector('video')!

function track(event: PlayerEvent): void {
  show(event)
  tally.track(event)
}

function show({ type, value, id = '', attributes }: PlayerEvent): void {
  const row = document.querySelector('tbody')!.insertRow(0)
  row.dataset.type = type
  const details = Object.entries(attributes).map(([key, text]) => `${key}: ${text}`)
  for (const text of [type, value === undefined ? '' : `${value} ms`, details.join(', '), id]) {
    row.insertCell().textContent = text
  }
}

trackMedia(video, {
  tally: { track, nowMs: tally.nowMs },
  videoId: 'example-clip',
  attributes: pageAttributes(),
})
video.src = URL.createObjectURL(await makeVideo({ seconds: SECONDS }))
