// Against a whole process, and now and then the command as people call it.
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { Fault } from '../../lib/fault.ts'
import { freePort } from '../../lib/free-port.ts'
import { StandaloneChild } from '../../testing/standalone-child.ts'
import { temporaryDirectory } from '../../testing/temporary-directory.ts'
import { until } from '../../testing/until.ts'
import { parseOptions } from './ask-options.ts'
import { ask } from './run-ask.ts'

type Ended = { readonly code: number; readonly out: string; readonly err: string }

const MAIN = fileURLToPath(new URL('main.ts', import.meta.url))

function run(args: readonly string[], environment: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const env = { ...process.env, ...environment }
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { env }, (error, out, err) => {
      resolve({ code: Number(error?.code ?? 0), out, err })
    })
  })
}

describe('An answer', () => {
  let directory: Awaited<ReturnType<typeof temporaryDirectory>>
  let server: StandaloneChild
  let url: string

  /** What it prints, without the last line, which says how far the answer goes. */
  const lines = async (...args: string[]) => {
    const { text } = await asked([...args, '--key', 'key'])
    assert.match(text, /\nAll that the log had taken by \S+Z is counted\.$/)
    return text.split('\n').slice(0, -2)
  }
  const asked = (args: readonly string[]) =>
    ask(parseOptions([...args, '--url', url, '--zone', 'UTC'], undefined), Date.now())

  before(async () => {
    directory = await temporaryDirectory()
    server = new StandaloneChild({
      ...{ DATA_DIR: directory.path, FLUSH_INTERVAL_MS: '50', PROBE_INTERVAL_S: '0', API_KEYS: 'key=acme' },
    })
    url = await server.url()
    const send = async (method: string, path: string, body: object) => {
      const headers = { 'content-type': 'application/json', 'x-api-key': 'key' }
      const answer = await fetch(url + path, { method, headers, body: JSON.stringify(body) })
      assert.ok(answer.ok, await answer.text())
    }
    const time = Date.now()
    const view = (videoId: string, attributes: object, i: number) => ({
      id: `e${i}`,
      videoId,
      type: 'view',
      time,
      attributes,
    })
    const events = [
      ...Array.from({ length: 6 }, (_, i) => view('猫', { country: 'DE', device: i < 2 ? 'tv' : 'web' }, i)),
      ...Array.from({ length: 2 }, (_, i) => view('猫', { country: 'FR' }, 6 + i)),
      ...[view('猫', {}, 8), view('dogs', { country: 'DE' }, 9)],
      { id: 'l1', videoId: '猫', type: 'like', time, value: 2.5 },
    ]
    await send('POST', '/v1/events', events)
    await send('PUT', '/v1/videos/%E7%8C%AB', { title: 'Two cats', channel: 'Pets' })
    await until('all is archived', async () => {
      const { answer } = await asked(['breakdown', '--key', 'key'])
      return (answer as { total: number }).total === 10
    })
    await until('all is counted', async () => {
      const { answer } = await asked(['top', '--key', 'key'])
      return (answer as { videos: { count: number }[] }).videos.map(({ count }) => count).join() === '9,1'
    })
  })
  after(async () => {
    await server.kill('SIGTERM')
    await directory[Symbol.asyncDispose]()
  })

  test('about the most counted videos', async () => {
    const [header, first, second, ...more] = await lines('top', '--last', '1h')
    assert.match(header!, /^ +video +view +by minute +title$/)
    assert.match(first!, /^1 +猫 +9 +▁*█[▁█]* +Two cats$/)
    assert.match(second!, /^2 +dogs +1 +▁*█[▁█]*$/)
    assert.deepEqual(more, [])
    assert.match((await lines('top', '--rising', '--limit', '1'))[0]!, /view +before +by hour/)
    const month = await lines('top', '--last', '30d')
    assert.match(month[0]!, /^ +video +view +by day +title$/)
    assert.match(month[1]!, /^1 +猫 +9 +▁*█+▁? +Two cats$/)
    assert.match(
      (await lines('top', '--last', 'all', '--limit', '1')).join('\n'),
      /^1 +猫 +9 +\S+ +Two cats$/m,
    )
    const tv = await lines('top', '--where', 'device:tv')
    assert.match(tv[1]!, /^1 +猫 +2 /)
    assert.equal(tv.length, 2)
  })

  test('about a video, a channel and all videos', async () => {
    const video = await lines('video', '猫', '--last', '7d')
    assert.deepEqual(video.slice(0, 3), [
      '猫: Two cats, the last 7 days',
      '',
      `type  count  sum  average  by day`,
    ])
    assert.match(video[3]!, /^view +9 +– +– +▁*█+▁?$/) // a day may have begun since
    assert.match(video[4]!, /^like +1 +2\.5 +2\.5 +▁*█+▁?$/)
    const channel = await lines('channel', 'Pets', '--last', '1d')
    assert.equal(channel[0], 'Pets, the last day')
    assert.match(channel[3]!, /^view +9 +▁*█+/)
    const site = await lines('site', '--last', '45m', '--type', 'like')
    assert.equal(site[0], 'all videos, the last 45 minutes')
    assert.match(site[3]!, /^like +1 /)
    assert.match((await lines('site', '--last', 'all'))[3]!, /^view +10 +█▁?$/)
    const { text } = await asked(['video', 'nobody', '--key', 'key'])
    assert.equal(text, 'Nothing was counted of nobody, the last day.')
  })

  test('about attributes', async () => {
    const rows = await lines('breakdown', '猫', '--by', 'country')
    assert.deepEqual(rows, [
      '猫, the last day: count of view 9',
      '',
      'country  count',
      'DE           6  66.7 %  ████████████████████',
      'FR           2  22.2 %  ███████',
      '(none)       1  11.1 %  ███',
    ])
    const few = await lines('breakdown', '--limit', '1', '--where', 'device:tv', '--where', 'device:')
    assert.deepEqual(few.slice(3), [
      'DE            3  50.0 %  ████████████████████',
      '(others)      3  50.0 %  ████████████████████',
    ])
    assert.match((await lines('breakdown', '--channel', 'Pets'))[0]!, /^Pets, .* 9$/)
    const germany = await lines('site', '--where', 'country:DE')
    assert.equal(germany[0], 'all videos, the last day, only country:DE')
    assert.match(germany[3]!, /^view +7 /)
    const elsewhere = await lines('channel', 'Pets', '--where', 'country:FR', '--where', 'country:')
    assert.match(elsewhere[3]!, /^view +3 /)
    assert.equal((await lines('breakdown', '--type', 'share'))[2], 'Nothing was counted.')
  })

  test('is printed, or that of the server where JSON is asked for', async () => {
    const [plain, json] = await Promise.all([
      run(['top', '--limit', '1', '--url', url, '--key', 'key']),
      run(['top', '--json', '--url', url], { API_KEY: 'key' }),
    ])
    assert.match(plain.out, /\n1 +猫 +9 .*\n\nAll that the log had taken by /)
    const { eventType, videos } = JSON.parse(json.out)
    assert.deepEqual([eventType, videos.length, videos[0].count], ['view', 2, 9])
    assert.deepEqual([plain.code, plain.err, json.code, json.err], [0, '', 0, ''])
  })

  test('is missing where the server refuses, and it is said why', async () => {
    const refused = async (...args: string[]) => {
      const fault = await asked(args).then(
        () => null,
        (error: unknown) => error,
      )
      assert.ok(fault instanceof Fault)
      return fault.message
    }
    assert.match(await refused('top'), /^http:\S+ refuses: .*key/)
    assert.match(
      await refused('breakdown', '--by', 'zodiac', '--key', 'key'),
      /refuses: by must be one of the attr/,
    )
    assert.match(await refused('video', '..', '--key', 'key'), /cannot be asked for/)
  })
})

test('a server that is not there is told in a sentence', async () => {
  const port = await freePort()
  const { code, out, err } = await run(['top', '--url', `http://127.0.0.1:${port}`])
  assert.deepEqual([code, out], [1, ''])
  assert.equal(
    err,
    `http://127.0.0.1:${port} does not answer: is a server running there? (--url names another one)\n`,
  )
})

test('wrong use is told all at once, with the usage', async () => {
  const faultsOf = (...args: string[]) => {
    try {
      parseOptions(args, undefined)
    } catch (error) {
      return (error as Error).message.split('\n')
    }
    return []
  }
  assert.deepEqual(
    faultsOf('top', 'cats', '--rising', '--last', '2d', '--where', 'a:b', '--zone', 'Mars', '--url', 'x')
      .length,
    5,
  )
  assert.deepEqual(faultsOf('top', '--last', '2d', '--where', 'a:b'), [])
  assert.deepEqual(faultsOf('video', 'cats', '--where', 'country:DE'), [
    '--where is for top, channel, site, breakdown alone',
  ])
  assert.deepEqual(faultsOf('video'), ['name a video: npm run ask -- video ID'])
  assert.deepEqual(faultsOf('breakdown', 'cats', '--channel', 'c', '--where', 'DE').length, 2)
  assert.match(faultsOf('cats')[0]!, /say what to ask: top, video, channel, site, breakdown/)
  assert.deepEqual(faultsOf('site', '--last', '0h'), [
    '--last must be a number and m, h, d or w, such as 24h, or all',
  ])
  assert.deepEqual(
    faultsOf('breakdown', 'cats', '--last', '4w', '--where', 'country:', '--where', 'country:a:b'),
    [],
  )
  const { code, err } = await run(['video'])
  assert.equal(code, 2)
  assert.match(err, /name a video[\s\S]*npm run ask -- top/)
})
