// What a viewer does, and what is reported of it.
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryStorage, ScriptedPlayer } from './scripted-player.ts'
import type { PlayerEvent } from './track-media.ts'

/** Script and truth may differ by the last quarter of a second before what no event announces. */
const TOLERANCE_MS = 250

/** Runs the script, and holds the watch time reported against the script's own clock. */
function watch(script: (player: ScriptedPlayer) => unknown, options = {}): ScriptedPlayer {
  const player = new ScriptedPlayer()
  const tracker = player.follow(options)
  script(player)
  tracker.stop()
  const errorMs = player.sum('watch') - player.watchedMs
  assert.ok(Math.abs(errorMs) <= TOLERANCE_MS, `${errorMs} ms off the truth of ${player.watchedMs} ms`)
  assert.equal(player.held, 0, 'listeners or timers are left')
  return player
}

const count = (player: ScriptedPlayer, type: string) => player.values(type).length

test('a play starts with the first movement of the playhead, not with the event that promises it', () => {
  assert.deepEqual(watch((player) => player.play().pause()).types(), [])
  const player = watch((player) => {
    player.isStalled = true
    player.play().run(800)
    assert.deepEqual(player.types(), [])
    player.isStalled = false
    player.run(500)
  })
  assert.equal(player.types()[0], 'play')
  assert.ok(Math.abs(player.sum('play') - 800) <= 50, `start-up of ${player.sum('play')} ms`)
})

test('start-up counts from the load where the browser starts by itself, and not while it must not', () => {
  const auto = watch((player) => {
    Object.assign(player, { autoplay: true, readyState: 0 })
    player.load().run(600)
    player.readyState = 4
    player.play().run(1_000)
  })
  assert.ok(Math.abs(auto.sum('play') - 600) <= 50, `start-up of ${auto.sum('play')} ms`)
  const blocked = watch((player) => {
    Object.assign(player, { autoplay: true, readyState: 4 })
    player.load().run(5_000).play().run(1_000)
  })
  assert.ok(blocked.sum('play') <= 50, `start-up of ${blocked.sum('play')} ms`)
})

test('of a video that was running already, the start-up is not known', () => {
  const player = new ScriptedPlayer()
  player.play().run(3_000)
  player.follow()
  player.run(1_000)
  assert.deepEqual(
    player.events.map(({ type, value }) => [type, value]),
    [['play', undefined]],
  )
})

test('half a minute of watch time makes a view, and a short video 95 % of itself', () => {
  const check = (durationS: number, viewAfterMs: number | undefined, expectedMs: number, rate = 1) => {
    const player = new ScriptedPlayer()
    player.duration = durationS
    player.playbackRate = rate
    player.follow(viewAfterMs === undefined ? {} : { viewAfterMs })
    player.play()
    while (count(player, 'view') === 0 && player.nowMs < 200_000) player.run(50)
    const errorMs = player.nowMs - 1_000 - expectedMs
    assert.ok(errorMs >= 0 && errorMs <= 300, `${durationS} s, ${viewAfterMs}, ${rate}: ${errorMs} ms off`)
  }
  check(60, undefined, 30_000)
  check(10, undefined, 9_500)
  check(600, 60_000, 60_000)
  check(600, 2_000, 2_000)
  check(600, 0, 0)
  check(Number.POSITIVE_INFINITY, undefined, 30_000)
  check(Number.NaN, undefined, 30_000)
  check(600, undefined, 30_000, 2) // wall time, however fast
  check(10, undefined, 4_750, 2) // all of it, however fast
})

test('a load makes one view: loops, seeking back and playing it again make none', () => {
  const looped = watch((player) => {
    Object.assign(player, { loop: true, duration: 10 })
    player.play().run(95_000)
  })
  assert.equal(count(looped, 'view'), 1)
  assert.equal(count(looped, 'play'), 1)
  const again = watch((player) => player.play().run(40_000).seek(0).run(60_000).seek(0).play().run(40_000))
  assert.equal(count(again, 'view'), 1)
  assert.equal(
    count(
      watch((p) => p.play().run(40_000).load().play().run(40_000)),
      'view',
    ),
    2,
  )
})

test('seeking towards the end makes no view', () => {
  const player = watch((p) => p.play().run(5_000).seek(50).run(5_000).seek(58).run(3_000))
  assert.equal(count(player, 'view'), 0)
})

test('the same video tried again after an error is one load, another video is not', () => {
  let videoId = 'cat-1'
  const script = (player: ScriptedPlayer) => player.play().run(31_000).fire('error').load().play().run(31_000)
  assert.equal(count(watch(script), 'view'), 1)
  const other = watch(
    (player) => {
      player.play().run(31_000).fire('error')
      videoId = 'dog-1'
      player.load('b.webm').play().run(31_000)
    },
    { videoId: () => videoId },
  )
  assert.deepEqual(
    other.events.filter(({ type }) => type === 'view').map((event) => event.videoId),
    ['cat-1', 'dog-1'],
  )
})

test('watch time is wall time while the playhead moves: no pause, seek, stall, ad or sleep', () => {
  const check = (name: string, expectedMs: number, script: (player: ScriptedPlayer) => unknown) => {
    const reportedMs = watch(script).sum('watch')
    assert.ok(Math.abs(reportedMs - expectedMs) <= TOLERANCE_MS, `${name}: ${reportedMs} ms`)
  }
  check('pause', 7_000, (p) => p.play().run(4_000).pause().run(60_000).play().run(3_000))
  check('seek', 7_000, (p) => p.play().run(4_100).seek(40, 1_500).run(2_900))
  check('seek back', 7_000, (p) => p.play().run(4_100).seek(1, 700).run(2_900))
  check('stall', 7_000, (p) => p.play().run(4_000).stall(5_000).run(3_000))
  check('twice as fast', 7_000, (p) => p.play().run(3_000).rate(2).run(4_000))
  check('half as fast', 7_000, (p) => p.play().run(3_000).rate(0.5).run(4_000))
  check('to the end and over', 60_000, (p) => p.play().run(90_000))
  check('sleep', 7_000, (p) => p.play().run(4_000).sleep(3_600_000).run(3_000))
  const liveMs = new ScriptedPlayer()
  liveMs.duration = Number.POSITIVE_INFINITY
  const tracker = liveMs.follow()
  liveMs.play().run(4_000).sleep(3_600_000, true).run(3_000)
  tracker.stop()
  assert.ok(Math.abs(liveMs.sum('watch') - 7_000) <= TOLERANCE_MS, `live: ${liveMs.sum('watch')} ms`)
})

test('an ad in the element itself is no watch time', () => {
  const player = new ScriptedPlayer()
  const tracker = player.follow()
  player.play().run(3_000)
  tracker.ad(true)
  player.run(15_000)
  tracker.ad(false)
  player.run(3_000)
  tracker.stop()
  assert.ok(Math.abs(player.sum('watch') - 6_000) <= TOLERANCE_MS, `${player.sum('watch')} ms`)
  assert.equal(count(player, 'stall'), 0)
})

test('a heartbeat comes every ten seconds, and the rest with a pause, a hidden page and the end', () => {
  const player = watch((p) => {
    p.play().run(25_000).pause()
    p.play().run(3_000).hide().run(2_000).hide(false).run(1_000).leave()
  })
  const values = player.values('watch')
  assert.ok(values.every(Number.isInteger), `${values}`)
  const expected = [10_000, 10_000, 5_000, 3_000, 2_000, 1_000]
  assert.equal(values.length, expected.length, `${values}`)
  values.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= TOLERANCE_MS, `${values}`)
  })
  assert.deepEqual(
    player.events.filter(({ type }) => type === 'watch').map(({ attributes }) => attributes.hidden),
    [undefined, undefined, undefined, undefined, 'true', undefined],
  )
})

test('watch time says at which rate, and whether the tab was born hidden', () => {
  const player = watch((p) => {
    p.hide()
    p.load().play().run(2_000).hide(false).run(1_000).rate(1.5).run(2_000)
  })
  assert.deepEqual(
    player.events.filter(({ type }) => type === 'watch').map(({ attributes }) => attributes),
    [
      { player: 'html5', bornHidden: 'true', hidden: 'true' },
      { player: 'html5', bornHidden: 'true' },
      { player: 'html5', bornHidden: 'true', rate: '1.5' },
    ],
  )
})

test('a stall is a standstill of a second or more, with its whole length', () => {
  const check = (expected: readonly number[], script: (player: ScriptedPlayer) => unknown) => {
    const values = watch(script).values('stall')
    assert.equal(values.length, expected.length, `${values}`)
    values.forEach((value, i) => {
      assert.ok(Math.abs(value - expected[i]!) <= TOLERANCE_MS, `${values}`)
    })
  }
  check([3_000, 1_600], (p) => p.play().run(4_000).stall(3_000).run(2_000).stall(1_600).run(500))
  check([], (p) => p.play().run(4_000).stall(500).run(2_000).stall(700).run(500))
  check([], (p) => p.play().run(2_000).seek(30, 4_000).run(2_000).pause().run(5_000))
  check([2_000], (p) => p.play().run(2_000).stall(2_000).pause())
  check([20_000], (p) => {
    p.play().run(2_000)
    p.isStalled = true
    p.fire('waiting').run(20_000).leave()
  })
})

test('quartiles are of what was seen of the video, each part once', () => {
  const quartiles = (script: (player: ScriptedPlayer) => unknown) =>
    watch(script)
      .types()
      .filter((type) => type.startsWith('quartile'))
  const all = ['quartile-25', 'quartile-50', 'quartile-75', 'quartile-100']
  assert.deepEqual(
    quartiles((p) => p.play().run(61_000)),
    all,
  )
  assert.deepEqual(
    quartiles((p) => p.play().run(10_000).seek(0).run(10_000).seek(0).run(10_000)),
    [],
  )
  assert.deepEqual(
    quartiles((p) => p.play().run(1_000).seek(55).run(6_000)),
    [],
  )
  assert.deepEqual(
    quartiles((p) => p.seek(30).play().run(31_000).seek(0).play().run(30_200)),
    all,
  )
  assert.deepEqual(
    quartiles((p) => {
      p.duration = Number.POSITIVE_INFINITY
      p.play().run(61_000)
    }),
    [],
  )
})

test('a reload makes the same view again, which the server knows as a copy; another tab makes another', () => {
  const tab = new MemoryStorage()
  const view = (storage: MemoryStorage, afterMs: number) => {
    const player = new ScriptedPlayer(storage, `page-after-${afterMs}`)
    player.nowMs += afterMs
    player.follow()
    player.play().run(31_000)
    const { id, time } = player.events.find(({ type }) => type === 'view')!
    return { id, time }
  }
  const first = view(tab, 0)
  assert.match(first.id!, /^[A-Za-z0-9._:-]{1,64}$/)
  assert.deepEqual(view(tab, 40_000), first)
  assert.notEqual(view(new MemoryStorage(), 50_000).id, first.id)
  assert.notEqual(view(tab, 60 * 60_000).id, first.id, 'after an hour, the play session is over')
})

test('a view has the time of the client, which knows the clock of the server, also after a reload', () => {
  const tab = new MemoryStorage()
  const aheadMs = 3 * 86_400_000
  const view = (offsetMs: number) => {
    const player = new ScriptedPlayer(tab)
    const track = (event: PlayerEvent) => void player.events.push(event)
    player.follow({ tally: { track, nowMs: () => player.page.epochMs() + offsetMs } })
    player.play().run(31_000)
    return { at: player.page.epochMs(), event: player.events.find(({ type }) => type === 'view')! }
  }
  const first = view(aheadMs)
  assert.ok(Math.abs(first.event.time! - first.at - aheadMs) < 2_000)
  assert.deepEqual(view(0).event, first.event, 'the client of the next page has yet to learn it')
})

test('an element that is followed again goes on with its load', () => {
  const player = new ScriptedPlayer()
  player.follow().stop()
  const first = player.follow()
  player.play().run(31_000)
  first.stop()
  const second = player.follow()
  player.run(31_000)
  second.stop()
  assert.deepEqual([count(player, 'view'), count(player, 'play')], [1, 1])
  assert.ok(Math.abs(player.sum('watch') - player.watchedMs) <= TOLERANCE_MS)
})

test('a page that refuses storage is followed all the same', () => {
  const refuse = () => {
    throw new Error('refused')
  }
  const player = new ScriptedPlayer({ getItem: refuse, setItem: refuse })
  player.follow()
  player.play().run(31_000)
  assert.equal(count(player, 'view'), 1)
})

test('events carry who and where, and options out of range are refused by name', () => {
  const player = watch((p) => p.play().run(1_000), {
    ...{ viewerId: 'u7', channelId: 'c1', attributes: { country: 'DE' } },
  })
  const { viewerId, channelId, attributes } = player.events[0]!
  assert.deepEqual(
    { viewerId, channelId, attributes },
    {
      ...{ viewerId: 'u7', channelId: 'c1', attributes: { country: 'DE', player: 'html5' } },
    },
  )
  assert.throws(() => new ScriptedPlayer().follow({ viewAfterMs: 60_001 }), /viewAfterMs is 60001/)
  assert.throws(() => new ScriptedPlayer().follow({ viewAfterMs: -1 }), /viewAfterMs/)
  assert.throws(() => new ScriptedPlayer().follow({ viewAfterMs: Number.NaN }), /viewAfterMs/)
  const many = Object.fromEntries(Array.from({ length: 13 }, (_, i) => [`a${i}`, '']))
  assert.throws(() => new ScriptedPlayer().follow({ attributes: many }), /attributes has 13 pairs/)
})
