// biome-ignore-all lint/suspicious/noControlCharactersInRegex: NUL parts values, and attackers send the others.
/*
 * Expressions for a template engine, and lines for the head of a message. Texts are in lower case, values are parted by NUL. Every search ends at the
 * next opening or closing, so that a text of nothing but openings is read once.
 */

const SUM = /(?:^|[\s({["'=])-?\d{1,9}[\s]{0,3}[*+%-][\s]{0,3}["']?-?\d{1,9}["']?(?:$|[\s)}\]"'|])/
/** What templates are for is a name; these lead out of the template. */
const REACHES =
  /__\w{2,20}__|\bconfig\b(?:$|[\s.[|])|\bself\b(?:$|[.\s])|\brequest\s{0,2}[.[|]|constructor|\bclass\b|getclass|\.mro\b|\bimport\b|\bsystem\s{0,2}\(|\bexec\s{0,2}\(|\bpopen\b|lipsum|cycler|joiner|namespace\(|_self\b|\bdump\s{0,2}\(|\bsettings\.|get_flashed|url_for\b|runtime|\bprocess\.|\brequire\s{0,2}\(|\breflect|subprocess|\bt\s{0,2}\(\s{0,2}java|java\.|jndi:|(?:env|sys|lower|upper|date|ctx|main|base64):|\bnew\s[a-z]|registerundefined|\bfile\.|\bio\.|%x|\bphp\b|\['|\["|\|\s{0,2}(?:attr|map|filter|join|reduce|sort)\b|\bdebug\b|range\(|\beval\b|alert\(|\$on\b|tojson|session|param\.|application(?:scope)?[.[]|::|<#|freemarker|execute|range\.|[*]\d|`/
/** Pairs of signs around an expression. */
const PAIRS: readonly { open: string; close: string }[] = [
  { open: '{{', close: '}}' },
  { open: '${', close: '}' },
  { open: '#{', close: '}' },
  { open: '*{', close: '}' },
  { open: '<%', close: '%>' },
  { open: '{%', close: '%}' },
  { open: '@{', close: '}' },
]
/** Characters of one expression that are looked at. */
const EXPRESSION_LENGTH = 200
const OTHERS =
  /\{php\}|\{\/?literal\}|#set[\s]{0,3}\([\s]{0,3}\$|\$class\.(?:inspect|type)|@\([\s]{0,3}\d{1,9}[\s]{0,3}[*+-][\s]{0,3}\d|@\{[\s]{0,3}(?:var|int)|<#assign|\{\$smarty|\[#(?:assign|if)|freemarker\.template|\{system\(|\{if[\s]{1,3}(?:system|php|readfile|phpinfo)|\$\{\$\{|=\d{1,6}\*\d{1,6}\}/

export function findTemplate(text: string): boolean {
  if (!['{', '%', '#', '@', '$'].some((sign) => text.includes(sign))) return false
  if (OTHERS.test(text)) return true
  return PAIRS.some(({ open, close }) => text.includes(open) && hasExpression(text, open, close))
}

function hasExpression(text: string, open: string, close: string): boolean {
  let from = text.indexOf(open)
  let end = -1
  while (from !== -1) {
    const next = text.indexOf(open, from + 1)
    const inside = from + open.length
    // Where the next closing is was found already, unless it lies behind.
    if (end < inside) end = text.indexOf(close, inside)
    if (end === -1) return false
    const to = Math.min(end, inside + EXPRESSION_LENGTH, next === -1 ? text.length : next)
    if (to > inside) {
      const expression = text.slice(inside, to)
      if (!expression.includes('\0') && (SUM.test(` ${expression} `) || REACHES.test(expression))) return true
    }
    from = next
  }
  return false
}

const FIELD =
  /[\r\n][ \t\x01]{0,4}(?:set-cookie2?|location|content-(?:type|length|encoding|disposition|security-policy|location)|transfer-encoding|refresh|x-[a-z-]{2,40}|access-control-[a-z-]{5,30}|host|cookie|authorization|connection|cache-control|link|status|server|via|referer|user-agent|proxy-[a-z]{4,20})[\s]{0,4}:/
const MAIL_FIELD = /[\r\n][ \t\x01]{0,4}(?:bcc|cc|to|from|subject|reply-to|mime-version|content-type)[\s]{0,4}:[^\r\n\x00]{0,200}/
const START_LINE = /[\r\n][ \t\x01]{0,4}(?:http\/\d|(?:get|post|put|delete|head|options|patch|trace|connect)[\s]{1,4}(?:\/|http)[^\r\n\x00]{0,200}http\/\d)/
const BODY = /\r?\n\r?\n[\s]{0,4}</

/** True where a value would add a line to the head of a message. @param isFree the place holds texts of several lines. */
export function findHeaderLine(text: string, isFree: boolean): boolean {
  if (!text.includes('\n') && !text.includes('\r')) return false
  if (START_LINE.test(text)) return true
  // Mails and configuration that people write have such lines too; only those of HTTP are one, and only with the end that HTTP has.
  if (isFree) return FIELD_IN_BODY.test(text)
  return FIELD.test(text) || MAIL_FIELD.test(text) || BODY.test(text)
}

const FIELD_IN_BODY = /[\r\n][ \t\x01]{0,4}(?:set-cookie|location|content-length|transfer-encoding|access-control-allow-origin|bcc)[\s]{0,4}:[\s]{0,4}[^\s\x00]/
