// The module `k6/http`: asynchronous requests over keep-alive connections.
import { Agent as HttpAgent, request as httpRequest, type IncomingMessage } from 'node:http'
import { Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { durationMs } from '../../../../load-tests/lib/durations.ts'
import { contextFor, Interrupted, measure } from '../context.ts'
import type { Tags } from '../measure/registry.ts'
import { complete, missing } from '../missing.ts'
import { Response } from './response.ts'

type Params = {
  readonly headers?: Readonly<Record<string, string>>
  readonly tags?: Tags
  readonly timeout?: string | number
}

type Sent = {
  readonly method: string
  readonly url: string
  readonly body: string | null
  readonly params: Params
}

const PARAMS = ['headers', 'tags', 'timeout']
const TIMEOUT = '60s'
const EXPECTED_FROM = 200
const UNEXPECTED_FROM = 400
const AGENTS = {
  'http:': new HttpAgent({ keepAlive: true }),
  'https:': new HttpsAgent({ keepAlive: true }),
}
const WAITING_MEMBERS = ['get', 'post', 'put', 'patch', 'del', 'head', 'options', 'request', 'batch']

/** Status 0 and `error` if there is no answer; rejects only if the iteration is interrupted. */
export async function asyncRequest(
  method: string,
  url: string,
  body: string | null = null,
  params: Params | null = null,
): Promise<Response> {
  const odd = Object.keys(params ?? {}).find((field) => !PARAMS.includes(field))
  if (odd !== undefined) throw missing(`parameter ${odd} of http.asyncRequest`)
  if (body !== null && typeof body !== 'string')
    throw missing('http.asyncRequest with a body that is no text')
  const context = contextFor('http.asyncRequest')
  const sent = { method: method.toUpperCase(), url, body, params: params ?? {} }
  const response = await answerTo(sent, context.signal)
  if (context.signal.aborted) throw new Interrupted()
  measureRequest(sent, response)
  return response
}

function answerTo({ method, url, body, params }: Sent, signal: AbortSignal): Promise<Response> {
  const { protocol } = new URL(url)
  const send = protocol === 'https:' ? httpsRequest : httpRequest
  const agent = AGENTS[protocol as keyof typeof AGENTS]
  const timeoutMs = durationMs(params.timeout ?? TIMEOUT)
  const startedMs = performance.now()
  return new Promise((resolve) => {
    const unanswered = (error: Error) => {
      clearTimeout(timer)
      resolve(Response.none(error.message || error.name, performance.now() - startedMs))
    }
    const request = send(url, { method, agent, headers: headersOf(body, params), signal })
    const timer = setTimeout(() => request.destroy(new Error(`no answer in ${timeoutMs} ms`)), timeoutMs)
    request.on('error', unanswered)
    request.on('response', (incoming) => {
      textOf(incoming).then((text) => {
        clearTimeout(timer)
        resolve(new Response(incoming, text, performance.now() - startedMs))
      }, unanswered)
    })
    request.end(body)
  })
}

function headersOf(body: string | null, { headers = {} }: Params): Record<string, string | number> {
  return body === null ? headers : { 'content-length': Buffer.byteLength(body), ...headers }
}

async function textOf(incoming: IncomingMessage): Promise<string> {
  let text = ''
  incoming.setEncoding('utf8')
  for await (const piece of incoming) text += piece
  return text
}

function measureRequest(
  { method, url, body, params }: Sent,
  { status, timings, body: text }: Response,
): void {
  const isExpected = status >= EXPECTED_FROM && status < UNEXPECTED_FROM
  const tags = {
    name: url,
    url,
    method,
    status: String(status),
    expected_response: String(isExpected),
    ...params.tags,
  }
  measure('http_reqs', 1, tags)
  measure('http_req_duration', timings.duration, tags)
  measure('http_req_failed', isExpected ? 0 : 1, tags)
  measure('data_sent', body?.length ?? 0, tags)
  measure('data_received', text.length, tags)
}

/** Blocking requests are refused, because they would block all virtual users here. */
const waiting = Object.fromEntries(
  WAITING_MEMBERS.map((member) => [
    member,
    () => {
      throw missing(`http.${member}`, 'Use await http.asyncRequest(…).')
    },
  ]),
)

export default complete('k6/http', { ...waiting, asyncRequest })
