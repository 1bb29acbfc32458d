// How many bytes a page may pay for each part of the SDK.

/** An entry and what is taken of it; all of it where no names are given. */
export type Part = { readonly entry: string; readonly names?: readonly string[] }

export type SizeBudget = {
  readonly what: string
  readonly part: Part
  /** What the page has already, which is not counted again. */
  readonly beside?: Part
  readonly bytesMax: number
}

/** Queue, retries and unload: all of a page that only sends. A bundler leaves out what reads. */
const SENDER: Part = { entry: '@tally/sdk', names: ['createSender'] }
const CLIENT: Part = { entry: '@tally/sdk', names: ['createClient'] }
const PLAYER: Part = { entry: '@tally/sdk/player' }
const PLAYERS = ['hls', 'video-js', 'shaka', 'vidstack']

export const SIZE_BUDGETS: readonly SizeBudget[] = [
  { what: 'sender', part: SENDER, bytesMax: 6_000 },
  { what: 'client: sends and reads', part: CLIENT, bytesMax: 10_200 },
  { what: 'reader', part: { entry: '@tally/sdk/read' }, bytesMax: 3_300 },
  { what: 'persistence', part: { entry: '@tally/sdk/persist' }, beside: CLIENT, bytesMax: 1_500 },
  { what: 'page', part: { entry: '@tally/sdk/page' }, beside: CLIENT, bytesMax: 600 },
  { what: 'player', part: PLAYER, beside: CLIENT, bytesMax: 3_000 },
  ...PLAYERS.map((name) => ({
    what: `player for ${name}`,
    part: { entry: `@tally/sdk/player/${name}` },
    beside: PLAYER,
    bytesMax: 400,
  })),
]
