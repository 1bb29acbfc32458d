// A ledger as a list of numbers, the form in which stores write it. The numbers of the probe come last, and only if
// there are any; so ledgers of earlier releases can be read too.
import type { Ledger } from './counts.ts'

export function ledgerNumbers(ledger: Ledger): number[] {
  const { records, events, counted, duplicate, late, dead, deadRecords, probe } = ledger
  const all = [records, events, counted, duplicate, late, dead, deadRecords]
  if (probe === undefined) return all
  return [...all, probe.records, probe.events, probe.counted, probe.duplicate, probe.late, probe.dead]
}

export function ledgerOf(numbers: readonly number[]): Ledger {
  const [records, events, counted, duplicate, late, dead, deadRecords] = numbers as LedgerNumbers
  const all = { records, events, counted, duplicate, late, dead, deadRecords }
  const ofProbe = numbers.slice(7)
  if (ofProbe.length < 6 || ofProbe.every((number) => number === 0)) return all
  const [probeRecords, probeEvents, probeCounted, probeDuplicate, probeLate, probeDead] =
    ofProbe as ProbeNumbers
  return {
    ...all,
    probe: {
      records: probeRecords,
      events: probeEvents,
      counted: probeCounted,
      duplicate: probeDuplicate,
      late: probeLate,
      dead: probeDead,
    },
  }
}

type ProbeNumbers = [number, number, number, number, number, number]
type LedgerNumbers = [...ProbeNumbers, number]
