// A path under which a site of a customer passes requests on to this server, so that its pages send to their own site.
// Pure.

const PREFIX = /^(\/[A-Za-z0-9_~-][A-Za-z0-9._~-]*)+$/

/** Reads a setting like `/tally`. Fails with an Error that says the rule. */
export function parsePathPrefix(setting: string | undefined): string {
  if (setting === undefined || PREFIX.test(setting)) return setting ?? ''
  throw new Error(`${JSON.stringify(setting)}: must be a path like /tally, without a slash at its end`)
}

/** The same address without the prefix; as it is, where it has none: a proxy may have removed it. */
export function withoutPrefix(path: string, prefix: string): string {
  if (prefix === '' || !path.startsWith(prefix)) return path
  const rest = path.slice(prefix.length)
  if (rest.startsWith('/')) return rest
  return rest === '' || rest.startsWith('?') ? `/${rest}` : path
}
