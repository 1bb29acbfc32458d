// Takes out of scripts and style sheets what only readers of the sources need, for browsers: comments on lines of their
// own, indentation, and what types leave when they are stripped. No text of theirs goes over several lines. Pure.

const COMMENTS = /^[ \t]*(\/\/.*|\/\*(?:(?!\*\/)[\s\S])*\*\/[ \t]*)$/gm
const BLANKS = /^[ \t]+|[ \t]+$/gm
const EMPTY_LINES = /\n{2,}/g

export function withoutComments(text: string): string {
  return text.replaceAll(COMMENTS, '').replaceAll(BLANKS, '').replaceAll(EMPTY_LINES, '\n')
}
