// Distinguishes "no such address" from "not with this method", which the router itself does not.

/** A route's pattern, such as `/v1/videos/:videoId/stats` or `/docs/*`. */
export type KnownRoute = { readonly url: string; readonly methods: readonly string[] }

/**
 * The methods that this path takes, in alphabetical order; none where no route's pattern matches. A route with
 * exactly this path takes precedence over those with a parameter in its place. OPTIONS is answered wherever there is
 * a route.
 */
export function allowedMethods(routes: readonly KnownRoute[], path: string): string[] {
  const exact = routes.filter((route) => route.url === path)
  const matching =
    exact.length > 0 ? exact : routes.filter((route) => matches(route.url.split('/'), path.split('/')))
  if (matching.length === 0) return []
  return [...new Set([...matching.flatMap((route) => route.methods), 'OPTIONS'])].sort()
}

function matches(pattern: readonly string[], path: readonly string[]): boolean {
  const open = pattern.at(-1) === '*'
  if (open ? path.length < pattern.length : path.length !== pattern.length) return false
  const fixed = open ? pattern.slice(0, -1) : pattern
  return fixed.every((part, at) => part.startsWith(':') || part === path[at])
}
