import { SqlTokens } from './sql-tokens.ts'
import { TOKEN } from './sql-words.ts'

const QUOTE = 0x27
const DOUBLE = 0x22
/** Between values of one text. */
const SEPARATOR = '\0'

/** Where a test of the form `or 1 = 1` is. */
const NONE = 0
const AFTER_LOGIC = 1
const AFTER_OPERAND = 2
const AFTER_COMPARISON = 3

/** Where a statement such as `drop table a` is. */
const NO_STATEMENT = 0
const BEGUN = 1
const HAS_CLAUSE = 2
const HAS_NAME = 3
const IS_COMMAND = 4
const IS_UPDATE = 5
const HAS_UPDATED = 6

const setOf = (...tokens: number[]): Uint8Array => {
  const set = new Uint8Array(32)
  for (const token of tokens) set[token] = 1
  return set
}

/** Tokens that a value in SQL can go on with where a string or number of it ended. A name cannot: `it's` and `2 apples` are no SQL. */
const GOES_ON = setOf(
  TOKEN.comparison,
  TOKEN.logic,
  TOKEN.modifier,
  TOKEN.union,
  TOKEN.order,
  TOKEN.clause,
  TOKEN.from,
  TOKEN.arithmetic,
  TOKEN.close,
  TOKEN.comma,
  TOKEN.semicolon,
  TOKEN.comment,
  TOKEN.string,
)
const LITERAL = setOf(TOKEN.string, TOKEN.number, TOKEN.value)
const OPERAND = setOf(TOKEN.string, TOKEN.number, TOKEN.value, TOKEN.word, TOKEN.sleep)
/** Behind these sleep( is a call in SQL; in a program it is a statement of its own. */
const OPERATOR = setOf(TOKEN.logic, TOKEN.arithmetic, TOKEN.comparison, TOKEN.comma, TOKEN.select, TOKEN.modifier)
/** Tokens that change nothing where nothing was begun. */
const PLAIN = setOf(TOKEN.word, TOKEN.number, TOKEN.string, TOKEN.value, TOKEN.comparison, TOKEN.arithmetic, TOKEN.comma, TOKEN.dot, TOKEN.modifier, TOKEN.from, TOKEN.clause)
const REPEATED = setOf(TOKEN.open, TOKEN.close, TOKEN.comma, TOKEN.dot, TOKEN.semicolon, TOKEN.arithmetic, TOKEN.comparison, TOKEN.modifier, TOKEN.logic, TOKEN.string)
/** What `name` in `drop table name` is followed by, where it is a statement and no sentence. */
const AFTER_NAME = setOf(TOKEN.semicolon, TOKEN.comment, TOKEN.open, TOKEN.clause, TOKEN.select, TOKEN.comma)
const isIn = (set: Uint8Array, token: number) => set[token] === 1

/**
 * Follows one value, token by token, as if it stood in a statement: as it is, or within quotes. Says where it leaves its place: a test that is always
 * true, a union, another statement, a comment that cuts off the rest, a query within, a function that waits. It gives up at the first token
 * with which no statement could go on, which for most prose is the second or third.
 */
class SqlReading {
  readonly #tokens: SqlTokens
  readonly #isStrict: boolean
  /** Within quotes: names may be compared too, since whoever closed the quote meant to. */
  #isQuoted = false
  #count = 0
  #last = 0
  #before = 0
  #test = NONE
  #operand = 0
  #opened = 0
  #hasUnion = false
  #statement = NO_STATEMENT
  #isSecond = false
  #isDefinition = false
  #hasSelect = false
  #hasFrom = false

  constructor(tokens: SqlTokens, isStrict: boolean) {
    this.#tokens = tokens
    this.#isStrict = isStrict
  }

  isAttack(isQuoted: boolean): boolean {
    this.#begin(isQuoted)
    for (;;) {
      const token = this.#tokens.next()
      if (token === 0) return this.#atEnd()
      // The same sign for the third time changes nothing.
      if (token === this.#last && token === this.#before && isIn(REPEATED, token)) continue
      const isPlain = isIn(PLAIN, token) && this.#count > 2 && this.#last !== TOKEN.clause && this.#test === NONE && !this.#hasSelect && this.#statement === NO_STATEMENT
      if (!isPlain && this.#finds(token)) return true
      if (this.#isDead(token)) return false
      this.#before = this.#last
      this.#last = token
      this.#count += 1
    }
  }

  #begin(isQuoted: boolean): void {
    this.#isQuoted = isQuoted
    this.#count = isQuoted ? 1 : 0
    this.#last = isQuoted ? TOKEN.string : 0
    this.#before = 0
    this.#test = NONE
    this.#operand = 0
    this.#opened = 0
    this.#hasUnion = false
    this.#statement = NO_STATEMENT
    this.#isSecond = false
    this.#hasSelect = false
    this.#hasFrom = false
  }

  #finds(token: number): boolean {
    if (token === TOKEN.comment) return this.#atComment()
    if (token === TOKEN.attack) return this.#count > 0
    return this.#findsTest(token) || this.#findsQuery(token) || this.#findsStatement(token) || this.#findsCall(token) || this.#findsClause(token)
  }

  /** True where no statement goes on like this. */
  #isDead(token: number): boolean {
    if (token === TOKEN.other) return true
    if (this.#isQuoted && this.#count === 1) return !isIn(GOES_ON, token)
    // Names in a row are a sentence; within a query or statement they may be an alias.
    if (token !== TOKEN.word || this.#hasSelect || this.#statement === IS_COMMAND) return false
    return this.#last === TOKEN.word || this.#last === TOKEN.number || this.#last === TOKEN.string
  }

  #findsTest(token: number): boolean {
    if (token === TOKEN.logic) {
      const isChained = this.#isQuoted && this.#test === AFTER_OPERAND && isIn(LITERAL, this.#operand)
      this.#test = AFTER_LOGIC
      return isChained && !this.#isStrict
    }
    if (token === TOKEN.open || token === TOKEN.modifier || token === TOKEN.close) return false
    if (this.#test === AFTER_LOGIC) {
      this.#operand = token
      if (token !== TOKEN.arithmetic) this.#test = isIn(OPERAND, token) ? AFTER_OPERAND : NONE
    } else if (this.#test === AFTER_OPERAND) {
      if (token === TOKEN.comparison) this.#test = AFTER_COMPARISON
      else if (token !== TOKEN.dot && token !== TOKEN.comma && this.#last !== TOKEN.dot && this.#opened === 0) this.#test = NONE
    } else if (this.#test === AFTER_COMPARISON && token !== TOKEN.arithmetic && token !== TOKEN.comparison) {
      this.#test = NONE
      return this.#isTest(token)
    }
    return false
  }

  #isTest(token: number): boolean {
    if (isIn(LITERAL, this.#operand) && isIn(LITERAL, token)) return true
    return this.#isQuoted && isIn(OPERAND, token) && !this.#isStrict
  }

  #findsQuery(token: number): boolean {
    if (token === TOKEN.open) this.#opened += 1
    else if (token === TOKEN.close) this.#opened = Math.max(0, this.#opened - 1)
    else if (token === TOKEN.union) this.#hasUnion = this.#count > 0
    if (token === TOKEN.select) {
      const isWithin = this.#last === TOKEN.open || (this.#last === TOKEN.modifier && this.#before === TOKEN.open)
      if (this.#hasUnion && (this.#last === TOKEN.union || this.#last === TOKEN.modifier || this.#last === TOKEN.open)) return true
      this.#hasSelect ||= isWithin || this.#count === 0 || this.#last === TOKEN.semicolon
      return false
    }
    return this.#hasSelect && this.#findsSelected(token)
  }

  /** After `(select`, `; select` or a select at the start: what only a query has. */
  #findsSelected(token: number): boolean {
    if (token === TOKEN.catalog) return true
    if (this.#last === TOKEN.select) {
      // select * and select sleep; what follows a star is awaited as what follows from.
      this.#hasFrom ||= token === TOKEN.arithmetic && this.#tokens.isStar
      return token === TOKEN.value || token === TOKEN.sleep
    }
    if (this.#before === TOKEN.select) {
      if (token === TOKEN.open && this.#last === TOKEN.word) return true
      if ((token === TOKEN.close || token === TOKEN.comment) && isIn(LITERAL, this.#last)) return true
    }
    if (token === TOKEN.from) {
      const isStarred = this.#hasFrom && this.#last === TOKEN.arithmetic
      this.#hasFrom = true
      return isStarred
    }
    return this.#hasFrom && (token === TOKEN.clause || token === TOKEN.close || token === TOKEN.semicolon || token === TOKEN.union || token === TOKEN.comparison)
  }

  #findsStatement(token: number): boolean {
    if (this.#last === TOKEN.semicolon || this.#count === 0) {
      this.#isSecond = this.#count > 0
      this.#isDefinition = token === TOKEN.definition
      if (token === TOKEN.statement || token === TOKEN.definition) this.#statement = BEGUN
      else if (token === TOKEN.update) this.#statement = IS_UPDATE
      else this.#statement = token === TOKEN.command && this.#isSecond ? IS_COMMAND : NO_STATEMENT
      return false
    }
    switch (this.#statement) {
      case BEGUN:
        // drop table, insert into, delete from
        this.#statement = token === TOKEN.clause || token === TOKEN.from ? HAS_CLAUSE : NO_STATEMENT
        return false
      case HAS_CLAUSE:
        if (token !== TOKEN.modifier) this.#statement = token === TOKEN.word || token === TOKEN.string ? HAS_NAME : NO_STATEMENT
        return false
      case IS_UPDATE:
        this.#statement = token === TOKEN.word ? HAS_UPDATED : NO_STATEMENT
        return false
      case HAS_NAME:
      case HAS_UPDATED:
        return this.#findsAfterName(token)
      case IS_COMMAND:
        return token !== TOKEN.word || this.#last !== TOKEN.command
      default:
        return false
    }
  }

  #findsAfterName(token: number): boolean {
    if (token === TOKEN.dot || this.#last === TOKEN.dot) return false
    const isUpdate = this.#statement === HAS_UPDATED
    this.#statement = NO_STATEMENT
    return isUpdate ? token === TOKEN.clause : this.#isSecond || isIn(AFTER_NAME, token)
  }

  #findsCall(token: number): boolean {
    if (token !== TOKEN.open || this.#last !== TOKEN.sleep) return false
    // sleep( is in many programs: only behind an operator or within a call it is one of SQL.
    return isIn(OPERATOR, this.#before) || (this.#before === TOKEN.open && this.#count > 3)
  }

  #findsClause(token: number): boolean {
    if (token === TOKEN.by) return this.#last === TOKEN.order && this.#isQuoted
    // into outfile 'name'
    return token === TOKEN.string && this.#last === TOKEN.clause && this.#before === TOKEN.clause && this.#isQuoted
  }

  /** A comment that cuts off what the statement has behind the value. */
  #atComment(): boolean {
    if (this.#hasFrom || this.#statement === HAS_NAME || this.#statement === IS_COMMAND) return true
    if (this.#test === AFTER_OPERAND && isIn(LITERAL, this.#operand) && this.#isQuoted) return true
    if (this.#isStrict) return false
    const isCut = !this.#tokens.hasWords || this.#tokens.isAdjacent
    if (this.#isQuoted && (this.#last === TOKEN.string || this.#last === TOKEN.close || this.#last === TOKEN.semicolon)) return isCut
    return isCut && this.#before === TOKEN.number && (this.#last === TOKEN.close || this.#last === TOKEN.semicolon)
  }

  #atEnd(): boolean {
    if (this.#last === TOKEN.number && this.#before === TOKEN.by && this.#count > 3) return true
    if (this.#statement === HAS_NAME) return this.#isDefinition || (this.#isSecond && this.#before === TOKEN.from)
    if (this.#statement === IS_COMMAND) return this.#last === TOKEN.command
    if (this.#hasFrom && this.#isQuoted) return true
    if (!this.#isQuoted || this.#isStrict || this.#last !== TOKEN.string || !this.#tokens.isOpen) return false
    // ' or 'a, '=' and ' like 'a: the statement's own quote closes it. MySQL makes a number of '-'.
    return this.#test === AFTER_OPERAND || (this.#count === 3 && (this.#before === TOKEN.comparison || (this.#before === TOKEN.arithmetic && this.#tokens.isEmpty)))
  }
}

/**
 * Finds SQL that would leave its place, in the manner of libinjection: by classes of tokens, in each place where a value can stand (bare, in single
 * quotes, in double quotes). `text` is in lower case, its values parted by NUL. Linear: each character is read once per place.
 * @param isStrict only what is hardly ever in prose: tests of two constants, unions, queries, statements.
 */
export function findSql(text: string, isStrict: boolean): boolean {
  const tokens = new SqlTokens(text)
  const reading = new SqlReading(tokens, isStrict)
  let from = 0
  while (from < text.length) {
    const end = text.indexOf(SEPARATOR, from)
    const to = end === -1 ? text.length : end
    if (to - from > 2) {
      tokens.begin(from, to)
      if (reading.isAttack(false)) return true
      tokens.begin(from, to)
      if (tokens.leaveString(QUOTE) && reading.isAttack(true)) return true
      tokens.begin(from, to)
      if (tokens.leaveString(DOUBLE) && reading.isAttack(true)) return true
    }
    from = to + 1
  }
  return false
}
