// Numbers in words, no more exact than what they were computed from. Pure.
import type { Range } from './results.ts'

/** Whole up to a thousand, then two digits that mean something; rounded up. */
export function count(value: number): string {
  if (value < 1_000) return Math.ceil(value).toLocaleString('en-US')
  const unit = 10 ** (Math.floor(Math.log10(value)) - 1)
  return (Math.ceil(value / unit) * unit).toLocaleString('en-US')
}

/** Two digits, also of what is small. */
export function digits(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en-US')
}

export function bytes(some: Range): string {
  return range(some, (value) => {
    const units = ['B', 'KB', 'MB', 'GB', 'TB', 'PB']
    const unit = Math.min(units.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(1, value)) / 3)))
    return `${Number((value / 1_000 ** unit).toPrecision(2))} ${units[unit]}`
  })
}

export function gigabits(bytesPerSecond: Range): string {
  const [low, high] = [bytesPerSecond.low, bytesPerSecond.high].map((value) => digits((value * 8) / 1e9))
  return low === high ? `${low} Gbit/s` : `${low} to ${high} Gbit/s`
}

export function duration(seconds: number): string {
  if (seconds < 120) return `${Math.ceil(seconds)} s`
  return seconds < 7_200 ? `${Math.ceil(seconds / 60)} min` : `${Math.ceil(seconds / 3_600)} h`
}

export function range({ low, high }: Range, text: (value: number) => string): string {
  const [from, to] = [text(low), text(high)]
  return from === to ? from : `${from} to ${to}`
}
