/** Made when it is needed first, and kept: what a phone takes tens of milliseconds for does not hold up the page. */
export function lazy<T extends object | string>(make: () => T): () => T {
  let made: T | null = null
  return () => {
    made ??= make()
    return made
  }
}
