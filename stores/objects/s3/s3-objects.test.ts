// Against a scripted server, because no real one fails on demand.
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { beforeEach, test } from 'node:test'
import { inspect } from 'node:util'
import { crc32 } from 'node:zlib'
import { freePort } from '../../../lib/free-port.ts'
import { systemClock } from '../../../lib/system-clock.ts'
import { temporaryDirectory } from '../../../testing/temporary-directory.ts'
import { S3_LIMITS, type S3Limits } from './s3-calls.ts'
import { openS3Objects, type S3Objects } from './s3-objects.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const HASTY: S3Limits = { ...S3_LIMITS, attemptsMax: 3, backoff: { baseMs: 1, capMs: 1 } }
/** Enough for a busy machine to answer. */
const IMPATIENT: S3Limits = { ...HASTY, answerTimeoutMs: 1_000 }
const CONTENT = 'content of some length'

beforeEach(() => {
  process.env.AWS_ACCESS_KEY_ID = 'AKIDSESAME'
  process.env.AWS_SECRET_ACCESS_KEY = 'secret-sesame'
})

type Scripted = AsyncDisposable & {
  readonly objects: S3Objects
  /** Bodies of the received requests. */
  readonly requests: string[]
  readonly endpoint: string
  scratch(): Promise<string[]>
}

/** Answers the first request with the first answer and so on, and all further ones with the last. */
async function scripted(answers: readonly Answer[], limits = HASTY): Promise<Scripted> {
  const requests: string[] = []
  const server = createServer(async (request, response) => {
    let body = ''
    request.on('error', () => {})
    for await (const chunk of request) body += chunk
    requests.push(body)
    answers[Math.min(requests.length, answers.length) - 1]!(request, response)
  })
  server.listen(await freePort(), '127.0.0.1') // nobody else gets it once the server is gone
  await once(server, 'listening')
  const directory = await temporaryDirectory()
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const settings = {
    bucket: 'raw',
    prefix: '',
    endpoint,
    region: 'here',
    pathStyle: true,
    scratchBytesMax: 1e6,
  }
  const scratchDirectory = join(directory.path, 'scratch')
  const deps = { clock: systemClock, random: Math.random, scratchDirectory, limits }
  const objects = await openS3Objects(settings, deps)
  return {
    objects,
    requests,
    endpoint,
    scratch: () => readdir(scratchDirectory),
    async [Symbol.asyncDispose]() {
      objects.close()
      server.closeAllConnections()
      server.close()
      await directory[Symbol.asyncDispose]()
    },
  }
}

const ok: Answer = (_, response) => response.end()
const silence: Answer = () => {}

function refusal(status: number, code: string, more = ''): Answer {
  return (_, response) =>
    response
      .writeHead(status, { 'content-type': 'application/xml' })
      .end(`<Error><Code>${code}</Code><Message>because of ${code}</Message>${more}</Error>`)
}

function content(checksumOf: string, send: (response: ServerResponse) => void): Answer {
  const checksum = Buffer.alloc(4)
  checksum.writeUInt32BE(crc32(checksumOf))
  return (_, response) => {
    response.writeHead(200, {
      'content-length': CONTENT.length,
      'x-amz-checksum-crc32': checksum.toString('base64'),
    })
    send(response)
  }
}

const whole = content(CONTENT, (response) => response.end(CONTENT))
const otherBytes = content(CONTENT, (response) => response.end(CONTENT.toUpperCase()))
const brokenOff = content(CONTENT, (response) =>
  response.write(CONTENT.slice(0, 5), () => response.destroy()),
)
const stuck = content(CONTENT, (response) => response.write(CONTENT.slice(0, 5)))

test('a server in trouble is asked again, with the whole body each time', async () => {
  await using on = await scripted([refusal(503, 'SlowDown'), refusal(500, 'InternalError'), ok])
  await on.objects.write('k', Buffer.from('body'))
  assert.deepEqual(on.requests, ['body', 'body', 'body'])
})

test('attempts are bounded, and their last fault is told', async () => {
  await using on = await scripted([refusal(503, 'SlowDown')])
  await assert.rejects(on.objects.list(''), { code: 'overloaded', message: /fewer requests.*SlowDown/ })
  assert.equal(on.requests.length, HASTY.attemptsMax)
})

test('a server that does not answer is waited for so long and no longer', async () => {
  await using on = await scripted([silence], IMPATIENT)
  await assert.rejects(on.objects.read('k'), { code: 'timeout', message: /did not answer within \d+ ms/ })
  assert.equal(on.requests.length, IMPATIENT.attemptsMax)
})

test('a server that is away is named', async () => {
  let gone: Scripted
  {
    await using on = await scripted([ok])
    gone = on
  }
  await assert.rejects(gone.objects.write('k', Buffer.from('x')), {
    code: 'unavailable',
    message: new RegExp(`^${gone.endpoint} cannot be reached.*ECONNREFUSED`),
  })
})

test('an object that breaks off, stands still or arrives changed is fetched again', async () => {
  await using on = await scripted([brokenOff, stuck, otherBytes, whole], { ...IMPATIENT, attemptsMax: 4 })
  const { path, release } = await on.objects.open('k')
  assert.equal(await readFile(path, 'utf8'), CONTENT)
  assert.equal((await on.scratch()).length, 1)
  await release()
  assert.deepEqual(await on.scratch(), [])
})

test('nothing is left of an object that never arrives as it should', async () => {
  for (const [answer, code] of [
    [brokenOff, 'unavailable'],
    [stuck, 'timeout'],
    [otherBytes, 'damaged'],
  ] as const) {
    await using on = await scripted([answer], IMPATIENT)
    await assert.rejects(on.objects.open('k'), { code })
    await assert.rejects(on.objects.read('k'), { code })
    assert.equal(on.requests.length, 2 * IMPATIENT.attemptsMax)
    assert.deepEqual(await on.scratch(), [])
  }
})

test('refused credentials are told at once, and never shown', async () => {
  const repeated = '<AWSAccessKeyId>AKIDSESAME</AWSAccessKeyId>'
  for (const code of ['InvalidAccessKeyId', 'SignatureDoesNotMatch', 'AccessDenied']) {
    await using on = await scripted([refusal(403, code, repeated)])
    await assert.rejects(on.objects.write('k', Buffer.from('x')), (error) => {
      assert.match(inspect(error, { depth: 9, showHidden: true }), new RegExp(`refuses these.*raw.*${code}`))
      assert.doesNotMatch(inspect(error, { depth: 9, showHidden: true }), /sesame/i)
      return (error as { code: string }).code === 'forbidden'
    })
    assert.equal(on.requests.length, 1)
  }
})

test('where there are no credentials, it is said how to give some', async () => {
  delete process.env.AWS_ACCESS_KEY_ID
  delete process.env.AWS_SECRET_ACCESS_KEY
  const nowhere = {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_SHARED_CREDENTIALS_FILE: '/-',
    AWS_CONFIG_FILE: '/-',
  }
  Object.assign(process.env, nowhere)
  await using on = await scripted([ok])
  await assert.rejects(on.objects.list(''), { code: 'forbidden', message: /set AWS_ACCESS_KEY_ID and/ })
  assert.equal(on.requests.length, 0)
})

test('what waiting does not mend is told at once', async () => {
  for (const [status, said, code, message] of [
    [404, 'NoSuchBucket', 'bucket_missing', /has no bucket raw: make it/],
    [400, 'AuthorizationHeaderMalformed', 'wrong_region', /not in the region here: set S3_REGION/],
    [301, 'PermanentRedirect', 'wrong_region', /set S3_REGION/],
    [400, 'InvalidRequest', 'refused', /because of InvalidRequest/],
  ] as const) {
    await using on = await scripted([refusal(status, said)])
    await assert.rejects(on.objects.write('k', Buffer.from('x')), { code, message })
    assert.equal(on.requests.length, 1, said)
  }
})

test('objects that could not be removed are told', async () => {
  const partly: Answer = (_, response) =>
    response.end(
      '<DeleteResult><Error><Key>b</Key><Code>AccessDenied</Code><Message>not you</Message></Error></DeleteResult>',
    )
  await using on = await scripted([partly])
  await assert.rejects(on.objects.remove(['a', 'b']), {
    code: 'forbidden',
    message: /1 of 2 objects were not removed, b among them: AccessDenied not you/,
  })
})
