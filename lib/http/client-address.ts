// Normalises addresses of clients: without one form for each, a client could escape limits by writing its address in
// another way. Balancers write a client as `1.2.3.4`, `1.2.3.4:1001`, `[2001:db8::1]:1001` or `fe80::1%eth0`. Pure.
import { BlockList, isIP, isIPv4 } from 'node:net'

/** Whether forwarding headers are believed that came from this address. */
export type TrustedProxies = (address: string) => boolean

export const NO_PROXIES: TrustedProxies = () => false

/** Names that stand for ranges (RFC 6890), as nginx, Express and others know them. */
const RANGES: Readonly<Record<string, readonly string[]>> = {
  loopback: ['127.0.0.0/8', '::1/128'],
  linklocal: ['169.254.0.0/16', 'fe80::/10'],
  uniquelocal: ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7'],
}
const RULE = `must be addresses or ranges like 10.0.0.7 or 10.0.0.0/8, or ${Object.keys(RANGES).join(', ')}`
const WITH_PORT = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d+)?$/
const GROUPS = 8
/** A household or a server gets at least a /64, so whoever has one address of it has all of them. */
const NETWORK_GROUPS = 4
const MAPPED_PREFIX = '0:0:0:0:0:ffff:'

/**
 * An address in its usual form, without port, zone and brackets; null if the text is not an address.
 * @param text undefined: Node knows no address of a client that is gone already, whatever its types say
 */
export function addressOf(text: string | undefined): string | null {
  if (text === undefined) return null
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? []
  const address = (bracketed ?? dotted ?? text).replace(/%.*$/, '')
  if (isIP(address) === 0) return null
  if (isIPv4(address)) return address
  const groups = groupsOf(address)
  const written = groups.join(':')
  if (!written.startsWith(MAPPED_PREFIX)) return URL.parse(`http://[${address}]`)!.hostname.slice(1, -1)
  const [high, low] = groups.slice(-2).map((group) => Number.parseInt(group, 16))
  return [high! >> 8, high! & 255, low! >> 8, low! & 255].join('.')
}

/** What identifies a client in limits: an IPv4 address, or the network of an IPv6 address. */
export function clientOf(text: string | undefined): string {
  const address = addressOf(text)
  if (address === null) return 'unknown'
  return isIPv4(address) ? address : `${groupsOf(address).slice(0, NETWORK_GROUPS).join(':')}::/64`
}

/** Reads a setting like `10.0.0.7, 10.1.0.0/16, loopback`. Fails with an Error that names what is wrong. */
export function parseTrustedProxies(setting: string | undefined): TrustedProxies {
  if (setting === undefined) return NO_PROXIES
  const list = new BlockList()
  const faults = setting.split(',').filter((entry) => !addTo(list, entry.trim()))
  if (faults.length > 0) {
    throw new Error(`${faults.map((fault) => JSON.stringify(fault.trim())).join(', ')}: ${RULE}`)
  }
  return (text) => {
    const address = addressOf(text)
    return address !== null && list.check(address, isIPv4(address) ? 'ipv4' : 'ipv6')
  }
}

function addTo(list: BlockList, entry: string): boolean {
  const range = RANGES[entry]
  if (range !== undefined) return range.every((one) => addTo(list, one))
  const [text = '', bits, ...rest] = entry.split('/')
  const family = isIP(text)
  if (family === 0 || rest.length > 0) return false
  const longest = family === 4 ? 32 : 128
  if (bits !== undefined && (!/^\d{1,3}$/.test(bits) || Number(bits) > longest)) return false
  list.addSubnet(text, Number(bits ?? longest), family === 4 ? 'ipv4' : 'ipv6')
  return true
}

/** The eight groups of an IPv6 address, in hex without leading zeros. */
function groupsOf(address: string): string[] {
  const [front, back] = URL.parse(`http://[${address}]`)!.hostname.slice(1, -1).split('::')
  const before = front === '' ? [] : front!.split(':')
  const after = back === undefined || back === '' ? [] : back.split(':')
  const zeros = new Array<string>(GROUPS - before.length - after.length).fill('0')
  return [...before, ...zeros, ...after]
}
