/*
 * Words of SQL by what they are in a statement, as a detector sees them. Only words that change what a text means are here: a table or column may
 * have any other name.
 */

/** What a token is. Numbers, so that a scan over a megabyte makes no texts. */
export const TOKEN = {
  /** A name that means nothing to SQL. */
  word: 1,
  number: 2,
  string: 3,
  /** true, null, current_user, @@version: a value that is no name. */
  value: 4,
  /** = <> like in between is … */
  comparison: 5,
  /** or, and, xor, ||, && */
  logic: 6,
  /** not, binary, distinct, all: between an operator and its operand. */
  modifier: 7,
  union: 8,
  select: 9,
  /** insert, delete …: begins a statement. */
  statement: 10,
  from: 11,
  /** into, table, set, values, where, database …: follows the beginning of a statement. */
  clause: 12,
  /** by, after order and group; having counts as logic. */
  order: 13,
  by: 14,
  /** Functions that attackers wait with or read with, and that texts name only in code. */
  sleep: 15,
  /** Functions that nobody names outside of an attack. */
  attack: 16,
  /** Tables of the database about itself. */
  catalog: 17,
  arithmetic: 18,
  open: 19,
  close: 20,
  comma: 21,
  dot: 22,
  semicolon: 23,
  comment: 24,
  /** Braces, question marks and whatever else a value cannot go on with. */
  other: 25,
  /** exec, declare, shutdown, waitfor, call: a statement that goes on with anything. */
  command: 26,
  /** update: a statement with a name behind it at once. */
  update: 27,
  /** drop, alter, create …: whole with a name. */
  definition: 28,
} as const

const WORDS: readonly [number, string][] = [
  [TOKEN.value, 'true false null current_user session_user system_user current_database current_timestamp'],
  [TOKEN.arithmetic, 'div mod'],
  [TOKEN.comparison, 'like rlike regexp in between is ilike similar glob sounds'],
  [TOKEN.logic, 'or and xor having'],
  [TOKEN.modifier, 'not binary distinct all exists any some case if'],
  [TOKEN.union, 'union intersect except minus'],
  [TOKEN.select, 'select'],
  [TOKEN.statement, 'insert delete merge replace'],
  [TOKEN.update, 'update'],
  [TOKEN.definition, 'drop alter create truncate rename'],
  [TOKEN.command, 'exec execute declare shutdown waitfor call'],
  [TOKEN.from, 'from'],
  [TOKEN.clause, 'into table database schema set values where delay procedure index view outfile dumpfile collate limit offset escape'],
  [TOKEN.order, 'order group'],
  [TOKEN.by, 'by'],
  [TOKEN.sleep, 'sleep benchmark'],
  [
    TOKEN.attack,
    'pg_sleep load_file extractvalue updatexml xp_cmdshell xp_dirtree sp_executesql sp_configure randomblob utl_http utl_inaddr dbms_pipe dbms_lock dbms_xmlgen ctxsys lo_import pg_read_file pg_ls_dir group_concat sys_eval openrowset dbms_session xmltype',
  ],
  [
    TOKEN.catalog,
    'information_schema sysobjects syscolumns sqlite_master sqlite_schema pg_catalog pg_shadow pg_user pg_tables all_tables user_tables all_tab_columns sysusers sysdatabases msysobjects dual',
  ],
]

const TABLE_SIZE = 4_096
/** Longest word of the list, in characters. */
const LENGTH_MAX = 20

/** As the scan works it out while it reads a word. */
export const hashStep = (hash: number, code: number): number => (Math.imul(hash, 31) + code) | 0

interface Entry {
  text: string
  token: number
}

const table: (Entry[] | null)[] = Array.from({ length: TABLE_SIZE }, () => null)
for (const [token, texts] of WORDS) {
  for (const text of texts.split(' ')) {
    const slot = [...text].reduce((hash, character) => hashStep(hash, character.charCodeAt(0)), 0) & (TABLE_SIZE - 1)
    table[slot] = [...(table[slot] ?? []), { text, token }]
  }
}

/** What the word at `from` is; its letters are lower case. */
export function wordToken(text: string, { from, to, hash }: { from: number; to: number; hash: number }): number {
  const entries = table[hash & (TABLE_SIZE - 1)]
  if (entries === null || entries === undefined || to - from > LENGTH_MAX) return TOKEN.word
  for (const entry of entries) if (entry.text.length === to - from && text.startsWith(entry.text, from)) return entry.token
  return TOKEN.word
}
