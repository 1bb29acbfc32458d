// The addresses of receivers. The lookup of the system takes one of the few threads with which this process also reads
// files and databases, for as long as a resolver is silent. So public names are asked of DNS directly, which takes
// none, and listed hosts, which may stand in a file of hosts or below a search domain, are looked up one at a time.
import { type LookupAddress, NODATA, NOTFOUND } from 'node:dns'
import { lookup, Resolver } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { Slots } from '../../../lib/slots.ts'
import { SECOND_MS } from '../../../model/bucket.ts'
import { isPublicAddress } from './public-address.ts'

export type DnsResolver = Pick<Resolver, 'resolve4' | 'resolve6' | 'cancel'>

/** Each server is asked twice, the second time for twice as long: less than an attempt may take. */
const DNS = { timeout: 2 * SECOND_MS, tries: 2 }
const LISTED_AT_ONCE_MAX = 1
const NOT_PUBLIC = 'the host has no address in the public internet'

/** A new one for each lookup: it asks the servers that the system names at the time, and is cancelled alone. */
export function newDnsResolver(): DnsResolver {
  return new Resolver(DNS)
}

/**
 * Finds public addresses alone. Whoever answers for a name cannot send us to a private one: the connection goes to what
 * is returned here.
 */
export function publicLookup(signal: AbortSignal, newResolver: () => DnsResolver): LookupFunction {
  return answering((hostname) => publicAddresses(hostname, signal, newResolver()))
}

export class ListedLookups {
  readonly #slots = new Slots(LISTED_AT_ONCE_MAX)

  /** Finds what the system does. */
  until(signal: AbortSignal): LookupFunction {
    return answering((hostname) =>
      this.#slots.use(async () => {
        signal.throwIfAborted() // it may have waited for long
        return lookup(hostname, { all: true })
      }),
    )
  }
}

async function publicAddresses(
  hostname: string,
  signal: AbortSignal,
  resolver: DnsResolver,
): Promise<LookupAddress[]> {
  if (!isPublicName(hostname)) throw new Error(NOT_PUBLIC)
  const cancel = () => resolver.cancel()
  signal.addEventListener('abort', cancel, { once: true })
  try {
    const asked = [resolver.resolve4(hostname), resolver.resolve6(hostname)]
    const [four, six] = await Promise.allSettled(asked)
    const found = [...addressesOf(four!, 4), ...addressesOf(six!, 6)]
    const fault = faultOf(four!) ?? faultOf(six!)
    if (found.length === 0 && fault !== null)
      throw new Error(`the addresses of the host are not known: ${fault}`)
    return found.filter(({ address }) => isPublicAddress(address))
  } finally {
    signal.removeEventListener('abort', cancel)
  }
}

/** Names of one label are of this machine or its network. */
function isPublicName(hostname: string): boolean {
  return /[^.]\.[^.]/.test(hostname) && !/\.localhost\.?$/i.test(hostname)
}

/** Why DNS did not answer; null if it did. A name that is not there is told like one of our network. */
function faultOf(asked: PromiseSettledResult<string[]>): string | null {
  const isAnswered = asked.status === 'fulfilled' || [NODATA, NOTFOUND].includes(asked.reason.code)
  return isAnswered ? null : `DNS fails (${asked.reason.code})`
}

function addressesOf(asked: PromiseSettledResult<string[]>, family: 4 | 6): LookupAddress[] {
  return asked.status === 'rejected' ? [] : asked.value.map((address) => ({ address, family }))
}

function answering(find: (hostname: string) => Promise<LookupAddress[]>): LookupFunction {
  return (hostname, { all }, callback) => {
    const answer = (found: LookupAddress[]) => {
      const [first] = found
      if (first === undefined) callback(new Error(NOT_PUBLIC), '', 0)
      else if (all) callback(null, found)
      else callback(null, first.address, first.family)
    }
    find(hostname).then(answer, (error) => callback(error, '', 0))
  }
}
