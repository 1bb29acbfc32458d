// What k6 has and this runner lacks is refused with its name, so that no script is run in part.
import { Fault } from '../../../lib/fault.ts'

export function missing(what: string, instead?: string): Fault {
  const advice = instead === undefined ? '' : ` ${instead}`
  return new Fault(`This runner has no ${what}.${advice} k6 itself runs the script: k6 run SCRIPT.`)
}

/** The object with what it holds; anything else that is asked of it is refused as `name.member`. */
export function complete<T extends object>(name: string, held: T): T {
  return new Proxy(held, {
    get(target, member, receiver) {
      if (typeof member === 'symbol' || member in target) return Reflect.get(target, member, receiver)
      throw missing(`${name}.${member}`)
    },
  })
}
