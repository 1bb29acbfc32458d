// The SDK's types, which are written by hand, against the description of the API. The compiler checks: a type that
// differs is an error of `npm run check`.
import { test } from 'node:test'
import type {
  Breakdown,
  BreakdownRow,
  ChannelBreakdown,
  ChannelStats,
  ProcessResult,
  Query,
  QueryAnswer,
  QueryPoint,
  QueryPrevious,
  QueryRow,
  QueryValues,
  Rejection,
  RejectionCode,
  Share,
  ShareLink,
  SiteBreakdown,
  SiteStats,
  Stats,
  StatsMeta,
  Summary,
  TallyEvent,
  Top,
  TopVideo,
  TypeSummary,
  VideoInfo,
} from '../sdk/src/index.ts'
import type { SchemaType } from '../testing/schema-type.ts'

/** Without readonly and intersections, which make types different that allow the same. */
type Plain<T> = T extends object ? { -readonly [Name in keyof T]: Plain<T[Name]> } : T
type Identical<A, B> =
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? 'same' : { given: A; described: B }
type Compared<Given, Described> = Identical<Plain<Given>, Plain<Described>>
/** Times may be Dates as well. */
type Timeless<T> = Omit<Plain<T>, 'startTime' | 'endTime'>

function same<_ extends 'same'>(): void {}

test('answers are as described', () => {
  same<Compared<StatsMeta, SchemaType<'Meta'>>>()
  same<Compared<Stats, SchemaType<'Stats'>>>()
  same<Compared<ChannelStats, SchemaType<'ChannelStats'>>>()
  same<Compared<SiteStats, SchemaType<'SiteStats'>>>()
  same<Compared<TypeSummary, SchemaType<'TypeSummary'>>>()
  same<Compared<Summary, SchemaType<'Summary'>>>()
  same<Compared<VideoInfo, SchemaType<'Video'>>>()
  same<Compared<QueryValues, SchemaType<'QueryValues'>>>()
  same<Compared<QueryPoint, SchemaType<'QueryPoint'>>>()
  same<Compared<QueryPrevious, SchemaType<'QueryPrevious'>>>()
  same<Compared<QueryRow, SchemaType<'QueryRow'>>>()
  same<Compared<QueryAnswer, SchemaType<'QueryAnswer'>>>()
  same<Compared<TopVideo, SchemaType<'TopVideo'>>>()
  same<Compared<Top, SchemaType<'Top'>>>()
  same<Compared<Omit<Breakdown, 'rows'>, Omit<SchemaType<'Breakdown'>, 'rows'>>>()
  same<Compared<BreakdownRow<never>, SchemaType<'BreakdownRow'>>>()
  same<Compared<keyof Breakdown, keyof SchemaType<'Breakdown'>>>()
  same<Compared<Omit<ChannelBreakdown, 'rows'>, Omit<SchemaType<'ChannelBreakdown'>, 'rows'>>>()
  same<Compared<Omit<SiteBreakdown, 'rows'>, Omit<SchemaType<'SiteBreakdown'>, 'rows'>>>()
  same<Compared<ShareLink, SchemaType<'ShareLink'>>>()
  same<Compared<keyof ProcessResult, keyof SchemaType<'Receipt'>>>()
  same<Compared<keyof Rejection, keyof SchemaType<'Rejection'>>>()
  same<Compared<RejectionCode, SchemaType<'Rejection'>['code']>>()
})

test('questions and events are as described', () => {
  same<Compared<Timeless<Query>, Timeless<SchemaType<'Query'>>>>()
  same<Compared<keyof Query, keyof SchemaType<'Query'>>>()
  same<Compared<keyof Share, keyof SchemaType<'ShareInput'>>>()
  same<Compared<keyof TallyEvent, keyof SchemaType<'Event'>>>()
})

test('what differs is told', () => {
  // @ts-expect-error
  same<Compared<Stats, SchemaType<'Summary'>>>()
  // @ts-expect-error: what is optional in one alone
  same<Compared<{ a: string; b?: number }, { a: string }>>()
})
