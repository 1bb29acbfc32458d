// Whom an address stands for where limits are kept: one client may choose any port, and any address of its own network.
import { isIPv6 } from 'node:net'

const GROUPS = 8
/** One customer has a /64 at least. */
const GROUPS_OF_NETWORK = 4
const IPV4_IN_IPV6 = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i
const WITH_PORT = /^(?:\[([^\]]+)\]|([^:]+))(?::\d+)?$/

/** An IPv4 address, or the first 64 bits of an IPv6 one, without a port or zone; what is neither stays as it is. */
export function clientNetwork(address: string): string {
  const match = WITH_PORT.exec(address)
  const [host = ''] = (match?.[1] ?? match?.[2] ?? address).split('%')
  const ipv4 = IPV4_IN_IPV6.exec(host)
  if (ipv4 !== null) return ipv4[1]!
  if (!isIPv6(host)) return host
  const [head = '', tail] = host.toLowerCase().split('::')
  const [before, after] = [head, tail ?? ''].map((part) => part.split(':').filter(Boolean))
  const zeros = new Array<string>(Math.max(0, GROUPS - before!.length - after!.length)).fill('0')
  const groups = tail === undefined ? before! : [...before!, ...zeros, ...after!]
  const network = groups.slice(0, GROUPS_OF_NETWORK).map((group) => Number.parseInt(group, 16).toString(16))
  return `${network.join(':')}::/64`
}
