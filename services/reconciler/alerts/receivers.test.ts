// The receivers that docs/alerts.md shows, run as they are written there, take what is sent and refuse what is forged.
import assert from 'node:assert/strict'
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { freePort } from '../../../lib/free-port.ts'
import { alertOf } from '../../../testing/alert-fixture.ts'
import { docBlock } from '../../../testing/doc-samples.ts'
import { until } from '../../../testing/until.ts'
import { milestoneId, noted } from './milestones.ts'
import { parseReceivers } from './public-address.ts'
import { webhookSender } from './send-webhook.ts'
import { newSecret, signedHeaders, webhookBody } from './webhook.ts'

const NEVER = new AbortController().signal
const ALERT = alertOf({ kind: 'passes', thresholds: [5] })
const REASON = { kind: 'passes', threshold: 5 } as const
const [MILESTONE] = noted(ALERT, [{ reason: REASON, count: 7, asOfMs: 1 }], 2).milestones

const PROGRAMS = {
  js: {
    text: docBlock('docs/alerts.md', 'js'),
    ...{ command: process.execPath, args: ['--input-type=module', '-e'] },
  },
  py: { text: docBlock('docs/alerts.md', 'py'), command: 'python3', args: ['-c'] },
} as const

function untilItAnswers(url: string, child: ChildProcess): Promise<void> {
  return until('it answers', async () => {
    assert.equal(child.exitCode, null, 'it has ended')
    return (await fetch(url).catch(() => null)) !== null
  })
}

for (const [language, { text, command, args }] of Object.entries(PROGRAMS)) {
  const isThere = spawnSync(command, ['--version']).status === 0
  test(`the receiver in ${language} takes what is genuine, once`, { skip: !isThere }, async () => {
    const [port, secret] = [await freePort(), newSecret()]
    const env = { ...process.env, PORT: String(port), WEBHOOK_SECRET: secret }
    const child = spawn(command, [...args, text], { env, stdio: ['ignore', 'pipe', 'inherit'] })
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (piece: string) => {
      output += piece
    })
    try {
      const url = `http://127.0.0.1:${port}/tally`
      await untilItAnswers(url, child)
      const send = webhookSender(parseReceivers(`127.0.0.1:${port}`), 'Tally/test')
      const body = webhookBody(ALERT, MILESTONE!)
      const { id } = MILESTONE!
      const sent = (headers: Record<string, string>, sentBody = body) =>
        send({ url, headers, body: sentBody }, NEVER)
      const signed = (atMs: number, by = secret) => signedHeaders(id, body, by, atMs)
      for (let times = 0; times < 2; times++) assert.deepEqual(await sent(signed(Date.now())), { ok: true })
      const refused = { ok: false, error: 'The receiver answered 401.', isGone: false }
      assert.deepEqual(await sent(signed(Date.now(), newSecret())), refused, 'of another')
      assert.deepEqual(await sent(signed(Date.now() - 3_600_000)), refused, 'of an hour ago')
      assert.deepEqual(await sent(signed(Date.now()), `${body} `), refused, 'changed on its way')
      await until('it has printed it', () => output.includes(milestoneId(ALERT, REASON)))
      assert.equal(output.split('alert.passes').length - 1, 1, output)
    } finally {
      child.kill('SIGKILL')
    }
  })
}
