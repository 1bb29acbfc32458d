// Bounded concurrency in which no tenant can take all of the room. What is far beyond the room of a tenant is refused.
import { Slots } from '../../lib/slots.ts'

export type TenantSlotsOptions = {
  /** Tasks at once, of all tenants. */
  readonly tasksMax: number
  readonly ofTenantMax: number
  /** Of a tenant, with those that wait for a place. */
  readonly askedOfTenantMax: number
  /** What a task beyond that fails with. */
  readonly refusal: () => Error
}

type Room = { readonly slots: Slots; asked: number }

export class TenantSlots {
  readonly #options: TenantSlotsOptions
  readonly #all: Slots
  /** Of tenants that ask for something now. */
  readonly #rooms = new Map<string, Room>()

  constructor(options: TenantSlotsOptions) {
    this.#options = options
    this.#all = new Slots(options.tasksMax)
  }

  async use<T>(tenant: string, task: () => Promise<T>): Promise<T> {
    const { ofTenantMax, askedOfTenantMax, refusal } = this.#options
    const newRoom = (): Room => ({ slots: new Slots(ofTenantMax), asked: 0 })
    const room = this.#rooms.getOrInsertComputed(tenant, newRoom)
    if (room.asked >= askedOfTenantMax) throw refusal()
    room.asked++
    try {
      return await room.slots.use(() => this.#all.use(task))
    } finally {
      room.asked--
      if (room.asked === 0) this.#rooms.delete(tenant)
    }
  }
}
