// Runs in the page of player.e2e.ts: plays a video by a script that keeps the truth about what was watched, while the
// player helper, which knows nothing of the script, reports.
import { makeVideo } from '../../examples/player/make-video.ts'
import {
  type PlayerEvent,
  type PlayerOptions,
  type PlayerTracker,
  trackMedia,
} from '../../sdk/src/player/index.ts'

const LOOK_MS = 5
const STANDING_MS = 1_500
/** Hidden pages are called once a second at least. */
const ASLEEP_MS = 3_000

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

export class Script {
  readonly video = document.querySelector('video')!
  readonly events: PlayerEvent[] = []
  readonly tracker: PlayerTracker
  /** The truth. */
  watchedMs = 0
  #leaptS = 0
  #noticed = { nowMs: performance.now(), currentTime: 0 }

  constructor(options: Partial<PlayerOptions> = {}) {
    const tally = { track: (event: PlayerEvent) => void this.events.push(event) }
    setInterval(this.#notice, LOOK_MS)
    document.addEventListener('freeze', this.#notice)
    this.tracker = trackMedia(this.video, { tally, videoId: 'cat-1', ...options })
  }

  async source(src: string): Promise<this> {
    this.video.src = src
    return this
  }

  /**
   * Watches for so long from the first movement on, also where a busy machine lets the playhead wait. Between two
   * commands of a script it only plays, so the way that it came is the truth.
   */
  async watch(ms: number): Promise<this> {
    const { video } = this
    void video.play()
    while (video.seeking) await pause(LOOK_MS)
    const from = video.currentTime
    while (video.currentTime === from) await pause(LOOK_MS)
    const watchedMs = () => ((video.currentTime - from) / video.playbackRate) * 1_000
    while (watchedMs() < ms && !video.ended) await pause(LOOK_MS)
    this.watchedMs += watchedMs()
    return this
  }

  /** For a video in which nobody seeks: all the way of the playhead, but what it leapt while no code ran. */
  trustPlayhead(): this {
    this.watchedMs = (this.video.currentTime - this.#leaptS) * 1_000
    return this
  }

  readonly #notice = () => {
    const nowMs = performance.now()
    const { currentTime } = this.video
    if (nowMs - this.#noticed.nowMs > ASLEEP_MS) this.#leaptS += currentTime - this.#noticed.currentTime
    this.#noticed = { nowMs, currentTime }
  }

  pause(): this {
    this.video.pause()
    return this
  }

  async wait(ms: number): Promise<this> {
    await pause(ms)
    return this
  }

  /** Plays until the playhead has stood still for long enough, has the rest sent, and tells how long it stood. */
  async standstill(): Promise<number> {
    const { video } = this
    void video.play()
    while (video.currentTime < 1) await pause(LOOK_MS)
    let at = video.currentTime
    let sinceMs = performance.now()
    while (performance.now() - sinceMs < STANDING_MS) {
      if (video.currentTime !== at) {
        at = video.currentTime
        sinceMs = performance.now()
      }
      await pause(LOOK_MS)
    }
    await fetch('/release')
    while (video.currentTime === at) await pause(LOOK_MS)
    return performance.now() - sinceMs
  }

  /** Ends the script. */
  result() {
    this.tracker.stop()
    const { events, watchedMs } = this
    const values = (type: string) => events.flatMap((one) => (one.type === type ? [one.value ?? -1] : []))
    const reportedMs = values('watch').reduce((sum, value) => sum + value, 0)
    return { events, watchedMs, reportedMs, stalls: values('stall'), types: events.map(({ type }) => type) }
  }
}

/** Takes the video to the server, which then serves it in several ways. */
export async function upload(seconds: number): Promise<void> {
  const shape = { seconds, width: 160, height: 90, framesPerSecond: 10 }
  await fetch('/video', { method: 'POST', body: await makeVideo(shape) })
}

/** A picture that changes, as of a camera. */
export function camera(): MediaStream {
  const canvas = document.createElement('canvas')
  const pen = canvas.getContext('2d')!
  setInterval(() => {
    pen.fillStyle = `hsl(${performance.now() % 360} 50% 50%)`
    pen.fillRect(0, 0, canvas.width, canvas.height)
  }, 50)
  return canvas.captureStream(20)
}

/** An HLS playlist of one fragmented MP4 file, which the browser records of a camera: it takes as long as it lasts. */
export async function playlist(seconds: number): Promise<string> {
  const recorder = new MediaRecorder(camera(), { mimeType: 'video/mp4;codecs=avc1.42E01E' })
  const recorded = new Promise<Blob>((resolve) => {
    recorder.addEventListener('dataavailable', ({ data }) => resolve(data), { once: true })
  })
  recorder.start()
  await pause(seconds * 1_000)
  recorder.stop()
  const file = await recorded
  const view = new DataView(await file.arrayBuffer())
  let head = 0 // boxes up to the first fragment: length, then name
  while (view.getUint32(head + 4) !== 0x6d6f6f66) head += view.getUint32(head)
  const url = URL.createObjectURL(file)
  const lines = [
    ...['#EXTM3U', '#EXT-X-VERSION:7', `#EXT-X-TARGETDURATION:${seconds + 1}`, '#EXT-X-PLAYLIST-TYPE:VOD'],
    `#EXT-X-MAP:URI="${url}",BYTERANGE="${head}@0"`,
    ...[`#EXTINF:${seconds},`, `#EXT-X-BYTERANGE:${file.size - head}@${head}`, url, '#EXT-X-ENDLIST', ''],
  ]
  return URL.createObjectURL(new Blob([lines.join('\n')], { type: 'application/vnd.apple.mpegurl' }))
}
