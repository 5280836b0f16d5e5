// biome-ignore-all lint/suspicious/noControlCharactersInRegex: NUL parts values, and attackers send the others.
/*
 * HTML and scripts in a value: elements that run or load something, handlers, addresses that run, and what leaves a script's own text. All expressions
 * begin with a fixed text and have no repetition of a repetition, so that they take linear time; texts are in lower case.
 */

/** Elements that nobody needs in a value, whatever their attributes. */
const ELEMENTS =
  /<[/\x01-\x20]*(?:script|iframe|frame|frameset|object|embed|applet|base|link|meta|style|xml|xss|isindex|handler|listener|import|noscript|template|layer|bgsound|vmlframe|portal|svg|math)(?=[\s/>\x01]|$)/
/** Handlers of events by their usual names: a list, since `on` begins many words. */
const HANDLER =
  /[\s"'`/\x01;>]on(?:abort|activate|after[a-z]{4,12}|animation[a-z]{3,9}|auxclick|before[a-z]{3,14}|begin|blur|bounce|canplay(?:through)?|cellchange|change|click|contextmenu|copy|cut|dblclick|drag[a-z]{0,5}|drop|durationchange|end|ended|error|finish|focus(?:in|out)?|formdata|fullscreenchange|hashchange|input|invalid|keydown|keypress|keyup|load(?:eddata|edmetadata|end|start)?|message|mouse[a-z]{2,6}|offline|online|page(?:hide|show)|paste|play(?:ing)?|pointer[a-z]{2,14}|popstate|progress|propertychange|readystatechange|repeat|reset|resize|scroll(?:end)?|search|seek(?:ed|ing)|select(?:start)?|show|start|submit|suspend|timeupdate|toggle|touch[a-z]{3,6}|transition[a-z]{3,6}|unload|unhandledrejection|volumechange|waiting|webkit[a-z]{5,24}|wheel)[\s\x01]{0,8}=/
/** What a handler's value has, where it is one and no word in a sentence. */
const CALLS = /[(`]|&#|location|document|\\u|top\[|window/
/** `javascript:` with what browsers pass over between its letters, and what follows it in a program. */
const GAP = '[\\s\\x01-\\x1f]{0,3}'
const spaced = (text: string) => text.split('').join(GAP)
const ADDRESS = new RegExp(`(?:^|["'=(\\x00>\\s,])${GAP}(?:${spaced('javascript')}|${spaced('vbscript')}|${spaced('livescript')})${GAP}:(?=[^\\s\\x00][^\\x00]{0,200}?[(\`=[/])`)
const DATA_ADDRESS = /data:(?:text\/html|text\/xml|application\/xhtml|application\/xml|image\/svg)[;,]/
/** A quote, and a call that shows that a script runs. */
const PROOF =
  /["'`\\)\]}/][\s\x01]{0,3}[;,+*|&^%<>?:/)}\]-]{1,4}[\s\x01]{0,3}(?:(?:top|window|self|parent|globalthis)\s{0,2}[.[]["'a-z]{0,8}["'\]]{0,2}|\(?)(?:alert|confirm|prompt|eval|print|settimeout|setinterval|function|constructor|import)[\s\x01]{0,2}[(`[]/
const BARE = /(?:^|\x00)[\s;]{0,4}(?:alert|confirm|prompt|eval)[\s]{0,2}[(`]["'`/\d]?[^\x00]{0,40}[)`]/
const STYLE = /expression[\s\x01]{0,3}\(|-moz-binding[\s]{0,3}:|behavior[\s]{0,3}:[\s]{0,3}url|@import[\s]{0,3}["'u]/
const CLOSES = /<\/(?:textarea|title|style|noembed|plaintext|xmp)[\s]{0,3}>[^\x00]{0,3}</
const SOURCE =
  /\bsrcdoc[\s]{0,3}=|<!entity|<!\[cdata\[[^\x00]{0,20}<|\+adw-|document\.(?:cookie|write|domain)[\s(=]|\.innerhtml[\s]{0,3}=|string\.fromcharcode|\[\]\[["'(]|\[\]\[\(/

/** True where a text in a value of HTML would run, load or leave its place. */
export function findScript(text: string): boolean {
  if (text.includes('<') && (ELEMENTS.test(text) || CLOSES.test(text))) return true
  if (text.includes('=') && findHandler(text)) return true
  if (text.includes('script') || text.includes(':')) {
    if (ADDRESS.test(text) || DATA_ADDRESS.test(text)) return true
  }
  return PROOF.test(text) || BARE.test(text) || STYLE.test(text) || SOURCE.test(text)
}

/** Characters behind `=` that are looked at. */
const HANDLER_LENGTH = 80

function findHandler(text: string): boolean {
  for (let at = text.indexOf('on'); at !== -1; at = text.indexOf('on', at + 2)) {
    // Most of what has these letters is a word: only a few are handlers, and those are read on.
    const code = at === 0 ? 32 : text.charCodeAt(at - 1)
    const isFree = code <= 32 || code === 34 || code === 39 || code === 96 || code === 47 || code === 59 || code === 62
    if (!isFree) continue
    const piece = text.slice(Math.max(0, at - 1), at + 28)
    const found = HANDLER.exec(at === 0 ? ` ${piece}` : piece)
    if (found !== null && found.index === 0 && CALLS.test(text.slice(at + found[0].length - 1, at + found[0].length + HANDLER_LENGTH))) return true
  }
  return false
}

const INCLUDE = /<!--[\s]{0,4}#[\s]{0,4}(?:include|exec|echo|config|printenv|fsize|flastmod|set|if)\b/
const AXIS = /(?:^|[\s/|([\x00=])(?:ancestor(?:-or-self)?|descendant(?:-or-self)?|following(?:-sibling)?|preceding(?:-sibling)?|parent|child|self|namespace)::(?:[a-z*_@]|node\()/
/** A path with a test in brackets, or one that goes out of its place: alone a path is in every address. */
const PATH =
  /\/\/(?:\*|[a-z_][\w-]{0,40}|@[\w*]{1,40})\[|(?:["'\])]|\bor\b|\band\b)[\s]{0,4}\/\/?[a-z*@][\w-]{0,40}(?:\[|\/)|\][\s]{0,4}\|[\s]{0,4}(?:\/\/|\/\*|a\[)|count\(\/|name\(\/|string-length\((?:\/|name)|text\(\)[\s]{0,4}=|\*\[[\s]{0,4}(?:1|position|contains|starts-with)/
const EXCEPTION =
  /exception in thread[\s]{1,4}"|\bat [a-z_$][\w$.]{3,120}\([a-z_$][\w$]{1,60}\.java:\d{1,6}\)|java\.(?:lang|io|net|util|sql)\.[a-z]{3,40}exception|caused by: [a-z_$][\w$.]{3,120}exception/

/** Directives of server-side includes. */
export const findInclude = (text: string): boolean => text.includes('<!--') && INCLUDE.test(text)
export const findXpathAxis = (text: string): boolean => text.includes('::') && AXIS.test(text)
export const findXpath = (text: string): boolean => PATH.test(text)
/** What a Java program says when it fails, which a caller has no reason to send. */
export const findJavaException = (text: string): boolean => EXCEPTION.test(text)
