// Refuses, by name, features of k6 that this runner lacks, so that no script runs only in part.
import { Fault } from '../../../lib/fault.ts'

export function missing(what: string, instead?: string): Fault {
  const advice = instead === undefined ? '' : ` ${instead}`
  return new Fault(`This runner has no ${what}.${advice} k6 itself runs the script: k6 run SCRIPT.`)
}

/** A proxy of the object; access to a missing member is refused as `name.member`. */
export function complete<T extends object>(name: string, held: T): T {
  return new Proxy(held, {
    get(target, member, receiver) {
      if (typeof member === 'symbol' || member in target) return Reflect.get(target, member, receiver)
      throw missing(`${name}.${member}`)
    },
  })
}
