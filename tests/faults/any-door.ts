// Requests go to one of several balancers, and to the next one after a failure, as clients do that know several
// addresses. Who sends again after a failure is up to the caller.

/** A fetch for requests to the first of these addresses. */
export function fetchAtAny(urls: readonly string[]): typeof fetch {
  let current = 0
  return async (input, init) => {
    const tried = current
    try {
      const { body, status, headers } = await fetch(urls[tried] + String(input).slice(urls[0]!.length), init)
      return new Response(body, { status, headers }) // without its address, which the SDK takes for a redirect
    } catch (error) {
      if (tried === current) current = (current + 1) % urls.length // else another request has moved on already
      throw error
    }
  }
}
