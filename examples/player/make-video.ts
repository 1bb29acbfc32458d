// Makes a real video on the spot: frames drawn on a canvas, encoded by the browser (WebCodecs), in a WebM file with an
// index, so that a browser can seek in it. Nothing is downloaded, and nobody's licence is needed.

export type VideoShape = {
  readonly seconds: number
  readonly width?: number
  readonly height?: number
  readonly framesPerSecond?: number
}

type Chunk = { readonly timeMs: number; readonly isKey: boolean; readonly bytes: Uint8Array }
type Part = Uint8Array | readonly Part[]

const CODEC = 'vp8'
const BITS_PER_SECOND = 400_000

/** A clock that runs, on a ground that changes its colour. Needs a secure page, as localhost is. */
export async function makeVideo(shape: VideoShape): Promise<Blob> {
  const { seconds, width = 480, height = 270, framesPerSecond = 20 } = shape
  const chunks: Chunk[] = []
  let fault: Error | null = null
  const encoder = new VideoEncoder({
    output(chunk) {
      const bytes = new Uint8Array(chunk.byteLength)
      chunk.copyTo(bytes)
      chunks.push({ timeMs: Math.round(chunk.timestamp / 1_000), isKey: chunk.type === 'key', bytes })
    },
    error(error) {
      fault = error
    },
  })
  encoder.configure({ codec: CODEC, width, height, bitrate: BITS_PER_SECOND, framerate: framesPerSecond })
  const canvas = new OffscreenCanvas(width, height)
  const pen = canvas.getContext('2d')!
  for (let i = 0; i < seconds * framesPerSecond && fault === null; i++) {
    const timeS = i / framesPerSecond
    draw(pen, timeS, seconds)
    const frame = new VideoFrame(canvas, { timestamp: timeS * 1e6, duration: 1e6 / framesPerSecond })
    encoder.encode(frame, { keyFrame: i % framesPerSecond === 0 }) // one a second: where a seek can land
    frame.close()
  }
  await encoder.flush()
  encoder.close()
  if (fault !== null) throw fault
  return new Blob([webm(chunks, { seconds, width, height }) as BlobPart], { type: 'video/webm' })
}

function draw(pen: OffscreenCanvasRenderingContext2D, timeS: number, seconds: number): void {
  const { width, height } = pen.canvas
  pen.fillStyle = `hsl(${(timeS * 24) % 360} 60% 35%)`
  pen.fillRect(0, 0, width, height)
  pen.fillStyle = 'white'
  pen.font = `${height / 3}px sans-serif`
  pen.textAlign = 'center'
  pen.fillText(timeS.toFixed(1), width / 2, height * 0.6)
  pen.fillRect(0, height - 12, (width * timeS) / seconds, 12)
}

// Matroska is a tree of elements: id, length, content. https://www.matroska.org/technical/elements.html
function webm(chunks: readonly Chunk[], shape: Required<Omit<VideoShape, 'framesPerSecond'>>): Uint8Array {
  const clusters = clustersOf(chunks)
  const info = element(0x1549a966, [uint(0x2ad7b1, 1_000_000), float(0x4489, shape.seconds * 1_000)])
  const video = element(0xe0, [uint(0xb0, shape.width), uint(0xba, shape.height)])
  const track = [uint(0xd7, 1), uint(0x73c5, 1), uint(0x83, 1), text(0x86, 'V_VP8'), video]
  const tracks = element(0x1654ae6b, element(0xae, track))
  const cuesOf = (bytes: number) => {
    let at = sizeOf(info) + sizeOf(tracks) + bytes
    return element(
      0x1c53bb6b,
      clusters.map(({ timeMs, part }) => {
        const place = element(0xb7, [uint(0xf7, 1), uint(0xf1, at, 4)])
        at += sizeOf(part)
        return element(0xbb, [uint(0xb3, timeMs), place])
      }),
    )
  }
  const cues = cuesOf(sizeOf(cuesOf(0))) // its own length moves what it points to, and does not change by that
  const head = [uint(0x4286, 1), uint(0x42f7, 1), uint(0x42f2, 4), uint(0x42f3, 8)]
  const file: Part = [
    element(0x1a45dfa3, [...head, text(0x4282, 'webm'), uint(0x4287, 4), uint(0x4285, 2)]),
    element(0x18538067, [info, tracks, cues, clusters.map(({ part }) => part)]),
  ]
  return flat(file)
}

/** A cluster for each key frame. */
function clustersOf(chunks: readonly Chunk[]): { readonly timeMs: number; readonly part: Part }[] {
  const starts = chunks.flatMap(({ isKey }, i) => (isKey ? [i] : []))
  return starts.map((start, i) => {
    const { timeMs } = chunks[start]!
    const blocks = chunks.slice(start, starts[i + 1]).map((chunk) => {
      const sinceMs = chunk.timeMs - timeMs
      const head = [0x81, sinceMs >> 8, sinceMs & 0xff, chunk.isKey ? 0x80 : 0]
      return element(0xa3, [Uint8Array.from(head), chunk.bytes])
    })
    return { timeMs, part: element(0x1f43b675, [uint(0xe7, timeMs), ...blocks]) }
  })
}

function element(id: number, content: Part): Part {
  return [bigEndian(id), length(sizeOf(content)), content]
}

function uint(id: number, value: number, bytes?: number): Part {
  return element(id, bigEndian(value, bytes))
}

function text(id: number, value: string): Part {
  return element(id, new TextEncoder().encode(value))
}

function float(id: number, value: number): Part {
  const bytes = new Uint8Array(8)
  new DataView(bytes.buffer).setFloat64(0, value)
  return element(id, bytes)
}

/** Always of four bytes, the first of which says so. */
function length(bytes: number): Uint8Array {
  return bigEndian(bytes + 0x1000_0000, 4)
}

function bigEndian(value: number, bytes = Math.max(1, Math.ceil(Math.log2(value + 1) / 8))): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) & 0xff)
}

function sizeOf(part: Part): number {
  return part instanceof Uint8Array ? part.length : part.reduce((sum, one) => sum + sizeOf(one), 0)
}

function flat(part: Part): Uint8Array {
  const bytes = new Uint8Array(sizeOf(part))
  let at = 0
  const write = (one: Part) => {
    if (!(one instanceof Uint8Array)) return one.forEach(write)
    bytes.set(one, at)
    at += one.length
  }
  write(part)
  return bytes
}
