// The videos of the demo, most watched first. All made up.
import { DAY_MS } from '../../../model/bucket.ts'

export type DemoVideo = {
  readonly videoId: string
  readonly title: string
  readonly channel: string
  readonly durationSeconds: number
}

const VIDEOS: readonly (readonly [string, string, string, number])[] = [
  ['sourdough-basics', 'Sourdough from nothing: flour, water, patience', 'Slow Kitchen', 1_124],
  ['night-train-lisbon', 'The night train to Lisbon, window seat, no talking', 'Rail & Rain', 3_540],
  ['tiny-desk-cellos', 'Four cellos in a very small room', 'Room Tone', 742],
  ['knife-skills', 'Hold the knife like this', 'Slow Kitchen', 486],
  ['northern-lights-live', 'Northern lights above Tromsø, whole night', 'Long Exposure', 7_200],
  ['bike-gears', 'Every noise your bike makes, explained', 'Spoke & Chain', 931],
  ['kyoto-in-snow', 'Kyoto in the first snow', 'Long Exposure', 645],
  ['pour-over', 'Pour-over coffee: what actually matters', 'Slow Kitchen', 583],
  ['repair-a-radio', 'Repairing a 1958 valve radio', 'Second Life', 2_215],
  ['fold-a-map', 'How to fold a map again', 'Useful Minutes', 92],
  ['alps-on-foot', 'Across the Alps on foot, day 1 to 9', 'Rail & Rain', 4_120],
  ['desk-plants', 'Seven plants that survive an office', 'Green Corner', 388],
  ['chess-endings', 'Rook endings without fear', 'Sixty-Four', 1_860],
  ['harbour-morning', 'A harbour wakes up', 'Long Exposure', 1_015],
  ['octopus-jar', 'The octopus that opens the jar from inside', 'Tide Pool', 47],
  ['darn-a-sock', 'Darn a sock in ten minutes', 'Second Life', 612],
  ['tomatoes-balcony', 'Tomatoes on a north balcony: three years of notes', 'Green Corner', 1_334],
  ['wheel-truing', 'True a wheel with a zip tie', 'Spoke & Chain', 417],
  ['tuning-forks', 'What a room does to a sound', 'Room Tone', 858],
  ['queens-gambit-why', 'Why the Queen’s Gambit is no gambit', 'Sixty-Four', 1_221],
  ['crab-migration', 'Forty million crabs cross a road', 'Tide Pool', 534],
  ['knots-five', 'Five knots, and when to trust them', 'Useful Minutes', 301],
  ['miso-soup', 'Miso soup the way my aunt makes it', 'Slow Kitchen', 274],
  ['ferry-orkney', 'The long ferry to Orkney', 'Rail & Rain', 2_870],
]

export const CATALOGUE: readonly DemoVideo[] = VIDEOS.map(([videoId, title, channel, durationSeconds]) => {
  return { videoId, title, channel, durationSeconds }
})

/** The one that goes viral while somebody looks. */
export const VIRAL = CATALOGUE.findIndex(({ videoId }) => videoId === 'octopus-jar')
/** The one that had an hour of fame some days ago. */
export const FAMOUS = CATALOGUE.findIndex(({ videoId }) => videoId === 'fold-a-map')

/** The viral one is a day old, the others were there before the history begins. */
export function publishedMs(at: number, startMs: number): number {
  return startMs - (at === VIRAL ? 1 : 70 + 13 * at) * DAY_MS
}
