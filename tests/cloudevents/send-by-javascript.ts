// Sends CloudEvents by the official SDK for JavaScript, in each of its modes.
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Sent } from './sent.ts'

type Message = { readonly headers: Readonly<Record<string, string>>; readonly body: string }
type Emit = (event: object, options?: object) => Promise<{ readonly body: string }>

/** What is used of the package. */
type Sdk = {
  readonly CloudEvent: new (fields: object) => object
  readonly HTTP: Readonly<Record<'binary' | 'structured', (event: object) => Message>>
  readonly Mode: Readonly<Record<'BINARY' | 'STRUCTURED', string>>
  readonly CONSTANTS: { readonly MIME_CE_BATCH: string }
  readonly emitterFor: (transport: unknown, options?: object) => Emit
  readonly httpTransport: (url: string) => unknown
}

/** The SDK escapes nothing in headers, so in binary mode it can name this video and none beyond ASCII. */
const PLAIN = 'two cats: #1 (new)'
const ANY = 'Zwei Katzen: "50 %" \u20ac \u{1f600} #1'
/** The first one is sent twice. */
const NUMBERS = [0, 1, 2, 0]

/** `folder`: where the package is installed. */
export async function sendByJavaScript(folder: string, url: string, time: string): Promise<readonly Sent[]> {
  const sdk = createRequire(join(folder, 'package.json'))('cloudevents') as Sdk
  const { HTTP, Mode, CONSTANTS, emitterFor, httpTransport } = sdk
  const address = `${url}/v1/events`
  const made = (subject: string) => (number: number) =>
    new sdk.CloudEvent({
      ...{ id: `e${number}`, source: '/javascript', type: 'view', subject, time },
      ...{ data: { value: 1.5, viewerId: `u${number}` }, traceparent: '00-a-b-01' },
    })
  const emit = emitterFor(httpTransport(address)) // of no mode: the default, which is the binary one
  const emitStructured = emitterFor(httpTransport(address), { mode: Mode.STRUCTURED })
  const forms: Readonly<Record<string, [string, (event: object) => Promise<string>]>> = {
    'javascript-emitter': [PLAIN, async (event) => (await emit(event)).body],
    'javascript-emitter-structured': [ANY, async (event) => (await emitStructured(event)).body],
    'javascript-binary': [PLAIN, (event) => post(address, HTTP.binary(event))],
    'javascript-structured': [ANY, (event) => post(address, HTTP.structured(event))],
  }
  const sent: Sent[] = []
  for (const [form, [subject, send]] of Object.entries(forms)) {
    const videoId = `${form} ${subject}`
    for (const event of NUMBERS.map(made(videoId))) sent.push({ form, videoId, answer: await send(event) })
  }
  const batch = `javascript-batch ${ANY}`
  const headers = { 'content-type': CONSTANTS.MIME_CE_BATCH }
  const body = JSON.stringify(NUMBERS.map(made(batch)))
  sent.push({ form: 'javascript-batch', videoId: batch, answer: await post(address, { headers, body }) })
  return sent
}

async function post(address: string, { headers, body }: Message): Promise<string> {
  const answer = await fetch(address, { method: 'POST', headers, body })
  return answer.text()
}
