// Which clients of this origin live: each holds a Web Lock, which the browser lets go when its page is gone.

/** Of `navigator.locks`, which not every platform has. */
type Locks = {
  request(name: string, hold: () => Promise<void>): Promise<unknown>
  query(): Promise<{ readonly held?: readonly { readonly name?: string }[] }>
}

export type Owners = {
  /** Of all pages. Null where the platform has no locks: whoever is not this client may be dead or alive. */
  living(): Promise<ReadonlySet<string> | null>
  leave(): void
}

/** Resolves once this client is seen to live. */
export async function joinOwners(name: string, owner: string): Promise<Owners> {
  const { locks } = (globalThis as { navigator?: { locks?: Locks } }).navigator ?? {}
  if (!locks) return { living: async () => null, leave: () => {} }
  const prefix = `${name}/`
  let leave = () => {}
  await new Promise<void>((joined, failed) => {
    const held = new Promise<void>((resolve) => {
      leave = resolve
    })
    locks
      .request(prefix + owner, () => {
        joined()
        return held
      })
      .catch(failed)
  })
  return {
    async living() {
      const { held = [] } = await locks.query()
      return new Set(
        held.flatMap((lock) => (lock.name?.startsWith(prefix) ? lock.name.slice(prefix.length) : [])),
      )
    },
    leave,
  }
}

/** Says of a key whether its owner is gone. Without locks only the first one may say so: at the start. */
export function deadKeys(owners: Owners, owner: string): () => Promise<(key: string) => boolean> {
  let asked = false
  return async () => {
    const living = await owners.living()
    const isBlind = living === null && asked
    asked = true
    return (key) => {
      const other = key.slice(0, key.indexOf('.'))
      return !isBlind && other !== owner && !living?.has(other)
    }
  }
}
