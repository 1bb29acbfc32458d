// Which addresses a tenant may have us send to: those of the public internet, and hosts that whoever runs the service
// has listed. Without that, an alert could reach what only this machine can reach.
import { BlockList, isIP, isIPv4 } from 'node:net'

/** Special purposes (RFC 6890 and the registries of IANA), shared address space, multicast, reserved. */
const NOT_PUBLIC_V4 = [
  ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '169.254.0.0/16', '172.16.0.0/12'],
  ...['192.0.0.0/24', '192.0.2.0/24', '192.31.196.0/24', '192.52.193.0/24', '192.88.99.0/24'],
  ...['192.168.0.0/16', '192.175.48.0/24', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
  ...['224.0.0.0/4', '240.0.0.0/4'],
]
/** All that is assigned for the internet, but what embeds addresses of IPv4 or is for documents. */
const GLOBAL_V6 = ['2000::/3']
const NOT_PUBLIC_V6 = ['2001::/23', '2001:db8::/32', '2002::/16', '2620:4f:8000::/48', '3fff::/20']

const notPublicV4 = listOf(NOT_PUBLIC_V4, 'ipv4')
const globalV6 = listOf(GLOBAL_V6, 'ipv6')
const notPublicV6 = listOf(NOT_PUBLIC_V6, 'ipv6')

/** Names, or names with a port, in lower case, as URLs write them. */
export type AllowedReceivers = ReadonlySet<string>

export const URL_CHARS_MAX = 2_048
const LISTED = /^(?:\[[0-9a-f:.]+\]|[a-z0-9_-]+(?:\.[a-z0-9_-]+)*)(?::\d{1,5})?$/

export function isPublicAddress(address: string): boolean {
  if (isIPv4(address)) return !notPublicV4.check(address)
  return isIP(address) === 6 && globalV6.check(address, 'ipv6') && !notPublicV6.check(address, 'ipv6')
}

/** Reads a setting like `hooks.internal,127.0.0.1:9000`. Fails with an Error that names what is wrong. */
export function parseReceivers(setting: string | undefined): AllowedReceivers {
  const hosts = (setting ?? '').split(',').flatMap((entry) => entry.trim().toLowerCase() || [])
  const faults = hosts.filter((host) => !LISTED.test(host))
  if (faults.length === 0) return new Set(hosts)
  const named = faults.map((fault) => JSON.stringify(fault)).join(', ')
  throw new Error(`${named}: must be hosts like hooks.internal or 127.0.0.1:9000`)
}

export function isListed({ host, hostname }: URL, allowed: AllowedReceivers): boolean {
  return allowed.has(host) || allowed.has(hostname)
}

/** What is wrong with a receiver's address, as the end of "must …"; null if nothing is that can be seen in it. */
export function receiverFault(given: unknown, allowed: AllowedReceivers): string | null {
  const url = typeof given === 'string' && given.length <= URL_CHARS_MAX ? URL.parse(given) : null
  if (url === null) return `be an https:// address of at most ${URL_CHARS_MAX} characters`
  const mayBePrivate = isListed(url, allowed)
  if (url.protocol !== 'https:' && !(mayBePrivate && url.protocol === 'http:')) {
    return 'begin with https://; http:// is for hosts that WEBHOOK_HOSTS lists'
  }
  if (url.username !== '' || url.password !== '') return 'hold no name and password'
  if (url.hash !== '') return 'hold no fragment'
  const address = addressIn(url)
  if (address === null || mayBePrivate || isPublicAddress(address)) return null
  return 'be of the public internet, or of a host that WEBHOOK_HOSTS lists'
}

/** The address that a URL names instead of a host; null where it names a host. */
export function addressIn({ hostname }: URL): string | null {
  const address = hostname.replace(/^\[|\]$/g, '')
  return isIP(address) === 0 ? null : address
}

function listOf(networks: readonly string[], family: 'ipv4' | 'ipv6'): BlockList {
  const list = new BlockList()
  for (const network of networks) {
    const [address, bits] = network.split('/')
    list.addSubnet(address!, Number(bits), family)
  }
  return list
}
