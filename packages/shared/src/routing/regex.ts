import { RE2JS } from 're2js'

/** Longest pattern that is compiled, in characters. */
const PATTERN_LENGTH_MAX = 2_048

/** A compiled pattern in RE2 syntax: matching takes time linear in the input, whatever the pattern. */
export interface LinearRegex {
  /** Matches from the first character on, not necessarily to the last; null where it does not. */
  matchStart(text: string): RegexMatch | null
  /** True where it matches anywhere. */
  test(text: string): boolean
}

export interface RegexMatch {
  text: string
  /** Groups by position from 1, and by name; false where a group did not take part. */
  captures: Record<string, string | false>
}

/** Compiles a pattern; throws where it is not in linear-time syntax (look-around and back-references are not). */
export function compileRegex(pattern: string, options: { ignoreCase?: boolean } = {}): LinearRegex {
  const program = RE2JS.compile(pattern, options.ignoreCase === true ? RE2JS.CASE_INSENSITIVE : 0)
  const names = Object.entries(program.namedGroups())
  return {
    matchStart(text) {
      const matcher = program.matcher(text)
      if (!matcher.lookingAt()) return null
      const captures: Record<string, string | false> = {}
      for (let index = 1; index <= matcher.groupCount(); index += 1) captures[index] = matcher.group(index) ?? false
      for (const [name, index] of names) captures[name] = matcher.group(index) ?? false
      return { text: matcher.group(0) ?? '', captures }
    },
    test: (text) => program.matcher(text).find(),
  }
}

/** A pattern of ECMAScript in RE2 syntax, as far as there is one for it: `\u00e9`, named groups. What has none is refused when it is compiled. */
export function fromScriptPattern(pattern: string): string {
  return RE2JS.translateRegExp(pattern)
}

/** Null where the pattern compiles, else a sentence that says why not. */
export function regexProblem(pattern: string): string | null {
  if (pattern.length > PATTERN_LENGTH_MAX) return `invalid regex: longer than ${PATTERN_LENGTH_MAX} characters`
  try {
    RE2JS.compile(pattern)
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `invalid regex: ${reason} (linear-time RE2 syntax: no look-around, no back-references)`
  }
}
