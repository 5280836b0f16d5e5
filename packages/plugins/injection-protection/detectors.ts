import { findCommand, findTraversal } from './files-and-commands.ts'
import { findInclude, findJavaException, findScript, findXpath, findXpathAxis } from './markup.ts'
import type { InjectionType, PlaceName } from './schema.ts'
import { findSql } from './sql.ts'
import { findHeaderLine, findTemplate } from './templates-and-headers.ts'

/** True where the text, in lower case, has an attack of one kind. */
type Detector = (text: string, place: PlaceName) => boolean

/** People write texts into bodies: there a path, a line or a command must be plainer to count. */
const isFree = (place: PlaceName) => place === 'body'

export const DETECTORS = {
  sql: (text) => findSql(text, false),
  sql_low_sensitivity: (text) => findSql(text, true),
  js: (text) => findScript(text),
  ssi: (text) => findInclude(text),
  xpath_abbreviated: (text) => findXpath(text),
  xpath_extended: (text) => findXpathAxis(text),
  java_exception: (text) => findJavaException(text),
  path_traversal: (text, place) => findTraversal(text, isFree(place)),
  command: (text, place) => findCommand(text, isFree(place)),
  template: (text) => findTemplate(text),
  header: (text, place) => findHeaderLine(text, isFree(place)),
} as const satisfies Record<InjectionType, Detector>
