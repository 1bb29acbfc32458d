// Numbers with what they count, as commands say them: "1 row", "2 rows". Pure.

/** @param noun in the singular, of the kind that gets an s */
export function amountText(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
